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

use super::bag::{self, COUNT};
use super::client::{Client, Reply, pairs};
use super::{Contender, Kind, Runner, filled, path};
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

/// The routes of [`bag`], whose trait asks for sessions that may change threads.
fn bag_routes(app: &mut web::ServiceConfig) {
    app.route("/fill/{keys}/{bytes}", web::get().to(fill))
        .route("/one/{nth}", web::get().to(one))
        .route("/put/{nth}/{bytes}", web::get().to(put))
        .route("/count/{millis}", web::get().to(count))
        .route("/counted", web::get().to(counted))
        .route("/mark/{nth}/{millis}", web::get().to(mark))
        .route("/logout", web::get().to(logout));
}

async fn fill(session: Session, path: web::Path<(usize, usize)>) -> Result<&'static str, Error> {
    let (keys, bytes) = *path;
    for nth in 0..keys {
        session.insert(data::wide_key(nth), bag::text(bytes))?;
    }
    Ok("hello")
}

async fn one(session: Session, nth: web::Path<usize>) -> Result<String, Error> {
    let value: Option<Wide> = session.get(&data::wide_key(*nth))?;
    Ok(value.unwrap_or_default().concat().len().to_string())
}

async fn put(session: Session, path: web::Path<(usize, usize)>) -> Result<&'static str, Error> {
    let (nth, bytes) = *path;
    session.insert(data::wide_key(nth), bag::text(bytes))?;
    Ok("hello")
}

async fn count(session: Session, millis: web::Path<u64>) -> Result<&'static str, Error> {
    let value = session.get(COUNT)?;
    bag::work(*millis).await;
    session.insert(COUNT, bag::next(value))?;
    Ok("hello")
}

async fn counted(session: Session) -> Result<String, Error> {
    Ok(bag::counted(session.get(COUNT)?))
}

async fn mark(session: Session, path: web::Path<(usize, u64)>) -> Result<&'static str, Error> {
    let (nth, millis) = *path;
    let _: Option<Wide> = session.get(COUNT)?;
    bag::work(millis).await;
    session.insert(data::wide_key(nth), bag::text(6))?;
    Ok("hello")
}

async fn logout(session: Session) -> &'static str {
    session.purge();
    "hello"
}

pub(crate) async fn contender() -> Contender {
    let store = Store::default();
    let app = App::new()
        .configure(bag_routes)
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
    let client = client(Rc::clone(&app));
    filled("actix-session", client, |kind, cookie| runner(Rc::clone(&app), kind, cookie)).await
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

fn client<S, B>(app: Rc<S>) -> Client
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    Client::new(move |path, cookie| {
        let app = Rc::clone(&app);
        Box::pin(async move {
            let mut request = test::TestRequest::get().uri(&path);
            if let Some(cookie) = cookie {
                request = request.insert_header((header::COOKIE, cookie));
            }
            let Ok(response) = app.call(request.to_request()).await else {
                return Reply { status: 500, cookie: None, body: String::new() };
            };
            let set = response.headers().get_all(header::SET_COOKIE);
            let cookie = pairs(set.filter_map(|value| value.to_str().ok()));
            let status = response.status().as_u16();
            let body = String::from_utf8_lossy(&test::read_body(response).await).into_owned();
            Reply { status, cookie, body }
        })
    })
}
