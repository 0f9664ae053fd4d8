//! actix-session, and ours on actix-web: two threads, each with an app and a connection of its own, as actix has it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_http::Request;
use actix_session::config::CookieContentSecurity;
use actix_session::storage::RedisSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::body::MessageBody;
use actix_web::cookie::Key;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::{App, Error, HttpResponse, test, web};
use session_runtime::{RedisStore, SessionConfig, Sessions};

use crate::axum_apps::Shop;
use crate::data::{self, modify};
use crate::measure::{Contender, Served, Turns, on_threads};
use crate::server::Server;

#[derive(Clone)]
pub struct Actix {
    library: Library,
    url: String,
    cart: usize,
    writing: bool,
}

#[derive(Clone, Copy)]
enum Library {
    Peer,
    Ours,
}

pub fn contenders(server: &Server, cart: usize, writing: bool) -> [Actix; 2] {
    [Library::Peer, Library::Ours].map(|library| Actix { library, url: server.url(), cart, writing })
}

impl Contender for Actix {
    fn name(&self) -> &'static str {
        match self.library {
            Library::Peer => "actix-session",
            Library::Ours => "ours, on actix-web",
        }
    }

    fn serve(&self, concurrency: usize, time: Duration) -> Served {
        let own = self.clone();
        on_threads(concurrency, move |tasks, turns| {
            actix_web::rt::System::new().block_on(own.clone().work(tasks, time, turns))
        })
    }
}

impl Actix {
    async fn work(self, tasks: usize, time: Duration, turns: &Turns) -> u64 {
        match self.library {
            Library::Peer => {
                let store = RedisSessionStore::new(&self.url).await.expect("a store");
                let layer = SessionMiddleware::builder(store, Key::from(&[7; 64]))
                    .cookie_secure(false)
                    // The cheaper of its two ways.
                    .cookie_content_security(CookieContentSecurity::Signed)
                    .build();
                let app = App::new()
                    .wrap(layer)
                    .route("/fill/{cart}", web::post().to(fill))
                    .route("/read", web::get().to(read))
                    .route("/modify", web::get().to(change));
                self.load(test::init_service(app).await, tasks, time, turns).await
            }
            Library::Ours => {
                let store = RedisStore::connect(&self.url).await.expect("a store");
                let sessions = Sessions::new(store, SessionConfig::default());
                let app = App::new()
                    .wrap(session_runtime::SessionMiddleware::new(sessions))
                    .route("/fill/{cart}", web::post().to(our_fill))
                    .route("/read", web::get().to(our_read))
                    .route("/modify", web::get().to(our_change));
                self.load(test::init_service(app).await, tasks, time, turns).await
            }
        }
    }

    async fn load<S, B>(self, app: S, tasks: usize, time: Duration, turns: &Turns) -> u64
    where
        S: Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        let app = Rc::new(app);
        let path = if self.writing { "/modify" } else { "/read" };
        let mut cookies = Vec::new();
        for _ in 0..tasks {
            let request = test::TestRequest::post().uri(&format!("/fill/{}", self.cart)).to_request();
            let reply = test::call_service(&*app, request).await;
            let cookie = reply.headers().get("set-cookie").expect("a cookie").to_str().expect("a text");
            cookies.push(cookie.split(';').next().expect("a cookie").to_owned());
        }
        turns.begin();
        let begun = Instant::now();
        let running: Vec<_> = cookies
            .into_iter()
            .map(|cookie| {
                let app = Rc::clone(&app);
                actix_web::rt::spawn(async move {
                    let mut requests = 0;
                    while begun.elapsed() < time {
                        let request =
                            test::TestRequest::get().uri(path).insert_header(("cookie", cookie.as_str()));
                        let reply = test::call_service(&*app, request.to_request()).await;
                        assert!(reply.status().is_success());
                        requests += 1;
                    }
                    requests
                })
            })
            .collect();
        let mut requests = 0;
        for task in running {
            requests += task.await.expect("no panic");
        }
        turns.end();
        requests
    }
}

async fn fill(session: Session, cart: web::Path<usize>) -> HttpResponse {
    let whole = data::whole(cart.into_inner());
    session.insert("user", whole.user).expect("insert");
    session.insert("cart", whole.cart).expect("insert");
    session.insert("seen", whole.seen).expect("insert");
    HttpResponse::Ok().finish()
}

async fn read(session: Session) -> String {
    session.get::<Vec<String>>("cart").expect("get").expect("kept").len().to_string()
}

async fn change(session: Session) -> HttpResponse {
    let mut cart = session.get::<Vec<String>>("cart").expect("get").expect("kept");
    modify(&mut cart);
    session.insert("cart", cart).expect("insert");
    HttpResponse::Ok().finish()
}

async fn our_fill(
    session: session_runtime::Session<Shop>,
    cart: web::Path<usize>,
) -> Result<HttpResponse, session_runtime::Error> {
    let whole = data::whole(cart.into_inner());
    session.user().set(whole.user)?;
    session.cart().set(whole.cart)?;
    session.seen().set(whole.seen)?;
    Ok(HttpResponse::Ok().finish())
}

async fn our_read(session: session_runtime::Session<Shop>) -> Result<String, session_runtime::Error> {
    Ok(session.cart().get()?.len().to_string())
}

async fn our_change(session: session_runtime::Session<Shop>) -> Result<HttpResponse, session_runtime::Error> {
    session.cart().update(|cart| modify(cart))?;
    Ok(HttpResponse::Ok().finish())
}
