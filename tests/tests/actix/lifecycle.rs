//! How requests end: well, with an error, or with nobody left to hear the answer.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::test::init_service;
use actix_web::{App, HttpMessage, HttpResponse, web};
use futures_util::future::join_all;
use session_runtime::testing::{Fault, FaultyStore, Operation};
use session_runtime::{
    Error, Exchange, MemoryStore, Session, SessionConfig, SessionData, SessionMiddleware, Sessions,
};

use crate::browser::Browser;

#[derive(SessionData)]
struct Counter {
    #[session(default)]
    n: u32,
}

async fn n(session: Session<Counter>) -> Result<String, Error> {
    session.n().get().map(|n| n.to_string())
}

async fn add(session: Session<Counter>) -> Result<String, Error> {
    session.n().update(|n| *n += 1)?;
    n(session).await
}

/// Sets 7 and ends with a status.
async fn set_then(session: Session<Counter>, status: web::Path<u16>) -> Result<HttpResponse, Error> {
    session.n().set(7)?;
    Ok(HttpResponse::new(StatusCode::from_u16(*status).unwrap()))
}

async fn destroy_then(session: Session<Counter>, status: web::Path<u16>) -> Result<HttpResponse, Error> {
    session.destroy()?;
    Ok(HttpResponse::new(StatusCode::from_u16(*status).unwrap()))
}

async fn sign_in(session: Session<Counter>) -> Result<&'static str, Error> {
    session.regenerate().map(|()| "welcome")
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/bare", web::post().to(async || "bare"))
        .route("/n", web::post().to(n))
        .route("/add", web::post().to(add))
        .route("/sign-in", web::post().to(sign_in))
        .route("/set/{status}", web::post().to(set_then))
        .route("/destroy/{status}", web::post().to(destroy_then));
}

fn sessions() -> Sessions {
    Sessions::new(MemoryStore::new(), SessionConfig::default())
}

macro_rules! browser {
    ($sessions:expr) => {
        Browser::new(init_service(App::new().wrap(SessionMiddleware::new($sessions)).configure(routes)).await)
    };
}

#[actix_web::test]
async fn a_session_lasts_from_request_to_request() {
    let mut browser = browser!(sessions());
    let first = browser.post("/add").await;
    let cookies = first.all("set-cookie");
    let (cookie, attributes) = cookies[0].split_once("; ").expect("attributes");
    assert!(cookie.starts_with("__Host-session=") && cookies.len() == 1, "{cookies:?}");
    assert_eq!(attributes, "Path=/; HttpOnly; Secure; SameSite=Lax");
    assert!(first.headers.get("set-cookie").expect("a cookie").is_sensitive());
    assert_eq!((first.all("vary"), first.all("cache-control")), (vec!["Cookie"], vec!["private, no-cache"]));
    assert_eq!((first.status, first.body.as_str()), (200, "1"));
    let second = browser.post("/add").await;
    assert_eq!((second.body.as_str(), second.all("set-cookie").len()), ("2", 0));
    assert_eq!((second.all("vary"), second.all("cache-control")), (vec!["Cookie"], vec![]));
}

#[actix_web::test]
async fn a_request_that_does_not_use_its_session_costs_the_store_nothing() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let mut browser = browser!(Sessions::new(store, SessionConfig::default()));
    browser.post("/add").await;
    let before = faults.calls();
    let reply = browser.post("/bare").await;
    assert_eq!((reply.body.as_str(), reply.headers.contains_key("vary")), ("bare", false));
    assert_eq!(faults.calls(), before);
    browser.post("/n").await;
    assert_eq!(faults.calls()[0], before[0] + 1, "a read is one call");
    assert_eq!(faults.calls()[1..], before[1..], "and no other");
}

#[actix_web::test]
async fn a_failed_request_changes_nothing_and_a_refused_one_does() {
    let mut browser = browser!(sessions());
    browser.post("/add").await;
    for (status, kept) in [("408", "1"), ("500", "1"), ("404", "7")] {
        browser.post(&format!("/set/{status}")).await;
        assert_eq!(browser.post("/n").await.body, kept, "{status}");
    }
}

#[actix_web::test]
async fn destroy_counts_whatever_the_status() {
    for status in ["200", "500"] {
        let mut browser = browser!(sessions());
        browser.post("/add").await;
        let cookie = browser.cookie.clone();
        let reply = browser.post(&format!("/destroy/{status}")).await;
        assert!(reply.all("set-cookie")[0].starts_with("__Host-session=deleted;"), "{reply:?}");
        browser.cookie = cookie;
        assert_eq!(browser.post("/n").await.body, "0");
    }
}

#[actix_web::test]
async fn a_sign_in_gives_a_new_id_and_keeps_the_session() {
    let mut browser = browser!(sessions());
    browser.post("/add").await;
    let before = browser.cookie.clone();
    assert_eq!(browser.post("/sign-in").await.status, 200);
    assert!(browser.cookie.is_some() && browser.cookie != before);
    assert_eq!(browser.post("/n").await.body, "1");
}

#[actix_web::test]
async fn parallel_updates_are_all_kept() {
    let mut browser = browser!(sessions());
    browser.post("/add").await;
    let replies = join_all((0..64).map(|_| browser.begin("/add"))).await;
    assert!(replies.into_iter().all(|reply| reply.unwrap().status() == 200));
    assert_eq!(browser.post("/n").await.body, "65");
}

#[actix_web::test]
async fn nothing_is_left_of_a_request_whose_client_goes_away() {
    let held = Arc::new(());
    let handler = {
        let held = Arc::clone(&held);
        move |session: Session<Counter>| {
            let held = Arc::clone(&held);
            async move {
                let own = session.clone();
                let updated = session.n().update(move |n| {
                    let _ = (&held, &own);
                    *n += 1;
                });
                assert!(updated.is_ok());
                std::future::pending::<&str>().await
            }
        }
    };
    let app = App::new().wrap(SessionMiddleware::new(sessions())).route("/", web::post().to(handler));
    let browser = Browser::new(init_service(app).await);
    let before = Arc::strong_count(&held);
    for _ in 0..10 {
        let answer = tokio::time::timeout(Duration::from_millis(5), browser.begin("/"));
        assert!(answer.await.is_err());
    }
    assert_eq!(Arc::strong_count(&held), before);
}

/// actix-web keeps the request as long as the body of its response is sent, which may be for hours.
#[actix_web::test]
async fn the_session_does_not_stay_with_a_long_response() {
    let browser = browser!(sessions());
    let response = browser.begin("/add").await.unwrap();
    assert!(response.request().extensions().get::<Exchange>().is_none());
}

#[actix_web::test]
async fn an_answer_waits_for_what_was_changed() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let mut browser = browser!(Sessions::new(store, SessionConfig::default()));
    faults.next(Operation::Put, Fault::Late(Duration::from_millis(20)));
    let begun = std::time::Instant::now();
    assert_eq!(browser.post("/add").await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(20));
}
