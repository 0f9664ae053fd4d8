//! The middleware among others: around itself, and around some that fail.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorForbidden;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::init_service;
use actix_web::{App, HttpMessage, web};
use session_runtime::testing::{self, Fault, FaultyStore, Operation};
use session_runtime::{Error, Exchange, MemoryStore, Session, SessionConfig, SessionMiddleware, Sessions};

use crate::browser::Browser;

/// A middleware that writes to the session of the request before its handler does.
async fn visited(
    session: Session,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    session.set("visited", 1)?;
    next.call(request).await
}

async fn set(session: Session) -> Result<&'static str, Error> {
    session.set("user", 1).map(|()| "set")
}

async fn show(session: Session) -> Result<String, Error> {
    Ok(format!("{:?} {:?}", session.get::<u32>("user")?, session.get::<u32>("visited")?))
}

macro_rules! nested {
    ($outer:expr, $inner:expr) => {{
        let routes = web::scope("/app")
            .wrap(SessionMiddleware::new($inner))
            .route("/set", web::post().to(set))
            .route("/show", web::post().to(show));
        let app = App::new().service(routes).wrap(from_fn(visited)).wrap(SessionMiddleware::new($outer));
        Browser::new(init_service(app).await)
    }};
}

#[actix_web::test]
async fn a_middleware_inside_its_like_leaves_the_session_to_it() {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let mut browser = nested!(sessions.clone(), sessions.clone());
    assert_eq!(browser.post("/app/set").await.all("set-cookie").len(), 1);
    assert_eq!(browser.post("/app/show").await.body, "Some(1) Some(1)");
}

#[actix_web::test]
async fn middlewares_of_different_sessions_each_have_their_own() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let outer = Sessions::new(store, SessionConfig::default().cookie_name("outer"));
    let inner = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let mut browser = nested!(outer, inner);
    let names = |cookies: Vec<&str>| -> Vec<String> {
        cookies.iter().map(|set| set.split('=').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(browser.post("/app/set").await.all("set-cookie")), ["__Host-session", "outer"]);
    // The outer one fails: what the inner one has done is done, and the client has to know its new id.
    browser.cookie = None;
    faults.on(Operation::Put, Fault::Fails);
    let failed = browser.post("/app/set").await;
    assert_eq!((failed.status, names(failed.all("set-cookie"))), (503, vec!["__Host-session".to_owned()]));
}

/// A guard that changes the session, and then refuses the request with an error.
async fn refuses(
    session: Session,
    request: ServiceRequest,
    _: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, actix_web::Error> {
    session.set("user", 2)?;
    if request.path() == "/out" {
        session.destroy()?;
    }
    Err(ErrorForbidden("not for you"))
}

#[actix_web::test]
async fn where_a_middleware_inside_fails_only_a_sign_out_counts() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let cookie = testing::cookie(&sessions, |session: &Session| session.set("user", 1)).await?;
    let user = async || {
        let session = sessions.begin([cookie.as_bytes()]).load().await?.untyped();
        session.get::<u32>("user")
    };
    let app = App::new().wrap(from_fn(refuses)).wrap(SessionMiddleware::new(sessions.clone()));
    let mut browser = Browser::new(init_service(app).await);
    browser.cookie = Some(cookie.clone());
    assert_eq!(browser.post("/in").await.status, 403);
    assert_eq!(user().await?, Some(1));
    assert_eq!(browser.post("/out").await.status, 403);
    assert_eq!(user().await?, None);
    Ok(())
}

#[actix_web::test]
async fn a_middleware_finds_the_exchange_in_the_extensions() {
    async fn id(request: actix_web::HttpRequest) -> Result<String, Error> {
        let exchange = request.extensions().get::<Exchange>().cloned().expect("the middleware is around it");
        Ok(exchange.load().await?.id().is_some().to_string())
    }
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let app = App::new().wrap(SessionMiddleware::new(sessions)).route("/", web::post().to(id));
    assert_eq!(Browser::new(init_service(app).await).post("/").await.body, "false");
}
