//! actix-session over a concurrent map: the crate brings no store that keeps sessions in memory.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionMiddleware};
use actix_web::body::MessageBody;
use actix_web::cookie::Key;
use actix_web::cookie::time::Duration;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header;
use actix_web::{App, Error, test, web};
use dashmap::DashMap;
use uuid::Uuid;

use super::{Contender, Kind, Runner, path};
use crate::data::{self, WIDE_KEY, Wide};

#[derive(Clone, Default)]
struct Store(Arc<DashMap<String, HashMap<String, String>>>);

impl SessionStore for Store {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        Ok(self.0.get(key.as_ref()).map(|state| state.clone()))
    }

    async fn save(&self, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, SaveError> {
        let key = Uuid::new_v4().simple().to_string();
        self.0.insert(key.clone(), state);
        Ok(SessionKey::try_from(key).expect("a short key"))
    }

    async fn update(
        &self,
        key: SessionKey,
        state: HashMap<String, String>,
        _: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        self.0.insert(key.as_ref().to_owned(), state);
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.0.remove(key.as_ref());
        Ok(())
    }
}

async fn untouched() -> &'static str {
    "hello"
}

async fn read(session: Session) -> Result<String, Error> {
    Ok(session.get::<Vec<String>>("cart")?.unwrap_or_default().len().to_string())
}

async fn update(session: Session) -> Result<&'static str, Error> {
    let mut cart = session.get::<Vec<String>>("cart")?.unwrap_or_default();
    data::change(&mut cart);
    session.insert("cart", cart)?;
    Ok("hello")
}

async fn create(session: Session) -> Result<&'static str, Error> {
    let data::Whole { user, cart, last_visit } = data::whole();
    session.insert("user", user)?;
    session.insert("cart", cart)?;
    session.insert("last_visit", last_visit)?;
    Ok("hello")
}

async fn wide(session: Session) -> Result<String, Error> {
    Ok(session.get::<Wide>(WIDE_KEY)?.unwrap_or_default().len().to_string())
}

async fn fill_wide(session: Session, large: bool) -> Result<&'static str, Error> {
    for nth in 0..data::KEYS {
        session.insert(data::wide_key(nth), data::wide(nth, large))?;
    }
    Ok("hello")
}

pub(crate) async fn contender() -> Contender {
    let store = Store::default();
    let app = App::new()
        .wrap(SessionMiddleware::new(store, Key::from(&[7; 64])))
        .route("/untouched", web::get().to(untouched))
        .route("/read", web::get().to(read))
        .route("/update", web::get().to(update))
        .route("/create", web::get().to(create))
        .route("/wide", web::get().to(wide))
        .route("/fill/typical", web::get().to(create))
        .route("/fill/large", web::get().to(|session: Session| fill_wide(session, true)))
        .route("/fill/short", web::get().to(|session: Session| fill_wide(session, false)));
    let app = Rc::new(test::init_service(app).await);
    let mut runners = Vec::new();
    for kind in Kind::ALL {
        let fill = match kind {
            Kind::LargeTexts => "/fill/large",
            Kind::ShortStrings => "/fill/short",
            _ => "/fill/typical",
        };
        let cookie = match kind.with_cookie() {
            true => Some(cookies(&call(&*app, fill, None).await)),
            false => None,
        };
        runners.push((kind, runner(Rc::clone(&app), kind, cookie)));
    }
    Contender { name: "actix-session", runners }
}

fn runner<S, B>(app: Rc<S>, kind: Kind, cookie: Option<String>) -> Runner
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    Box::new(move |requests| {
        let (app, cookie) = (Rc::clone(&app), cookie.clone());
        Box::pin(async move {
            for _ in 0..requests {
                call(&*app, path(kind), cookie.as_deref()).await;
            }
        })
    })
}

async fn call<S, B>(app: &S, path: &str, cookie: Option<&str>) -> ServiceResponse<B>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
{
    let mut request = test::TestRequest::get().uri(path);
    if let Some(cookie) = cookie {
        request = request.insert_header((header::COOKIE, cookie));
    }
    let response = app.call(request.to_request()).await.expect("a response");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response
}

fn cookies<B>(response: &ServiceResponse<B>) -> String {
    let set = response.headers().get_all(header::SET_COOKIE);
    let pairs = set.filter_map(|value| value.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
