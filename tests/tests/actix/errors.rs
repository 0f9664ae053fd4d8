//! What a client is told when a session fails, and that nothing is lost by it.

use actix_web::http::header::{HeaderValue, SET_COOKIE};
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use session_runtime::testing::{Fault, FaultyStore, Operation};
use session_runtime::{
    Error, ErrorKind, ErrorResponse, MemoryStore, Session, SessionConfig, SessionMiddleware, Sessions,
};

use crate::browser::Browser;

async fn n(session: Session) -> Result<String, Error> {
    Ok(session.get::<u32>("n")?.unwrap_or(0).to_string())
}

async fn set(session: Session) -> Result<HttpResponse, Error> {
    session.set("n", 1)?;
    let mut response = HttpResponse::Ok().body("done");
    response.headers_mut().append(SET_COOKIE, HeaderValue::from_static("own=1"));
    Ok(response)
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/bare", web::post().to(async || "bare"))
        .route("/n", web::post().to(n))
        .route("/set", web::post().to(set))
        .route("/maybe", web::post().to(async |session: Option<Session>| session.is_some().to_string()))
        .route(
            "/kind",
            web::post()
                .to(async |session: Result<Session, Error>| format!("{:?}", session.err().map(|e| e.kind()))),
        );
}

#[actix_web::test]
async fn a_store_that_is_down_is_503_and_the_first_request_after_it_succeeds() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let sessions = Sessions::new(store, SessionConfig::default().cookie_name("id"));
    let app = App::new().wrap(SessionMiddleware::new(sessions)).configure(routes);
    let mut browser = Browser::new(init_service(app).await);
    browser.post("/set").await;
    let cookie = browser.cookie.clone();

    faults.all(Fault::Fails);
    for path in ["/n", "/set"] {
        let reply = browser.post(path).await;
        assert_eq!(reply.status, 503, "{path}");
        assert_eq!(reply.body, "The session is unavailable at the moment. Please try again.");
        assert_eq!(reply.all("content-type"), ["text/plain; charset=utf-8"]);
        assert_eq!(reply.all("vary"), ["Cookie"]);
    }
    assert_eq!(browser.post("/bare").await.status, 200, "routes that use no session are not touched");
    assert_eq!(browser.post("/maybe").await.body, "false");
    assert_eq!(browser.post("/kind").await.body, format!("{:?}", Some(ErrorKind::Unavailable)));

    faults.clear();
    browser.cookie = cookie;
    assert_eq!(browser.post("/n").await.body, "1", "and nothing was overwritten with an empty session");
}

#[actix_web::test]
async fn what_could_not_be_written_is_answered_as_configured_and_other_cookies_stay() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let page = |error: &Error| ErrorResponse::new(error.status(), "text/html", "<h1>Back in a minute</h1>");
    let sessions = Sessions::new(store, SessionConfig::default().on_error(page));
    let app = App::new().wrap(SessionMiddleware::new(sessions)).configure(routes);
    let mut browser = Browser::new(init_service(app).await);
    faults.on(Operation::Put, Fault::Fails);
    let reply = browser.post("/set").await;
    assert_eq!((reply.status, reply.body.as_str()), (503, "<h1>Back in a minute</h1>"));
    assert_eq!(reply.all("content-type"), ["text/html"]);
    assert_eq!(reply.all("set-cookie"), ["own=1"]);
}

#[actix_web::test]
async fn without_the_middleware_the_answer_says_nothing_of_internals() {
    let mut browser = Browser::new(init_service(App::new().configure(routes)).await);
    let reply = browser.post("/n").await;
    assert_eq!((reply.status, reply.body.as_str()), (500, "Internal server error."));
    assert_eq!(browser.post("/kind").await.body, format!("{:?}", Some(ErrorKind::MissingLayer)));
    assert_eq!(browser.post("/maybe").await.body, "false");
}

#[actix_web::test]
async fn without_the_middleware_the_error_says_what_to_write() {
    let request = actix_web::test::TestRequest::default().to_http_request();
    let error = <Session as actix_web::FromRequest>::extract(&request).await.expect_err("no middleware");
    assert!(error.to_string().contains("SessionMiddleware::new(sessions)"), "{error}");
}
