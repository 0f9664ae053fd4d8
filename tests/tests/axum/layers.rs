//! The layer among others: around itself, around services that fail, and when the client goes away.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use session_runtime::testing::{self, Fault, FaultyStore, Operation};
use session_runtime::{Error, Exchange, MemoryStore, Session, SessionConfig, SessionLayer, Sessions};
use session_tests::browser::Browser;
use tower::{Layer, ServiceExt, service_fn};

async fn visited(session: Session, request: Request, next: Next) -> Result<Response, Error> {
    session.set("visited", 1)?;
    Ok(next.run(request).await)
}

/// A router with a layer of its own, nested in one that has the same.
fn nested(outer: SessionLayer, inner: SessionLayer) -> Router {
    let routes = Router::new()
        .route("/set", get(async |session: Session| session.set("user", 1)))
        .route(
            "/sign-in",
            get(async |session: Session| {
                session.regenerate()?;
                session.set("user", 2)
            }),
        )
        .route(
            "/show",
            get(async |session: Session| {
                Ok::<_, Error>(format!(
                    "{:?} {:?}",
                    session.get::<u32>("user")?,
                    session.get::<u32>("visited")?
                ))
            }),
        )
        .layer(inner);
    Router::new().nest("/app", routes).layer(from_fn(visited)).layer(outer)
}

#[tokio::test]
async fn a_layer_inside_its_like_leaves_the_session_to_it() {
    let layer = SessionLayer::new(MemoryStore::new());
    let mut browser = Browser::new(nested(layer.clone(), layer));
    let reply = browser.get("/app/set").await;
    assert_eq!(reply.headers.get_all(SET_COOKIE).iter().count(), 1);
    assert_eq!(browser.get("/app/show").await.body, "Some(1) Some(1)");
    let before = browser.cookie.clone();
    assert_eq!(browser.get("/app/sign-in").await.status.as_u16(), 200);
    assert_ne!(browser.cookie, before);
    assert_eq!(browser.get("/app/show").await.body, "Some(2) Some(1)");
}

#[tokio::test]
async fn layers_of_different_sessions_each_have_their_own() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let outer = SessionLayer::with_config(store, SessionConfig::default().cookie_name("outer"));
    let app = nested(outer, SessionLayer::new(MemoryStore::new()));
    let call = async |path: &str| {
        app.clone()
            .oneshot(Request::get(path).body(Body::empty()).expect("a request"))
            .await
            .expect("infallible")
    };
    let names = |response: &Response| -> Vec<String> {
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        cookies
            .map(|set| set.to_str().expect("a text").split('=').next().unwrap_or_default().to_owned())
            .collect()
    };
    let both = call("/app/set").await;
    assert_eq!(names(&both), ["__Host-session", "outer"]);
    assert!(both.headers().get_all(SET_COOKIE).iter().all(axum::http::HeaderValue::is_sensitive));
    // The outer one fails: what the inner one has done is done, and the client has to know its new id.
    faults.on(Operation::Put, Fault::Fails);
    faults.on(Operation::Load, Fault::Fails);
    let failed = call("/app/set").await;
    assert_eq!((failed.status().as_u16(), names(&failed)), (503, vec!["__Host-session".to_owned()]));
}

#[tokio::test]
async fn a_sign_out_counts_although_the_service_inside_fails() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let cookie = testing::cookie(&sessions, |session: &Session| session.set("user", 1)).await?;
    let fails = service_fn(async |request: Request<Body>| {
        let exchange = request.extensions().get::<Exchange>().expect("the layer");
        let session = exchange.load().await.expect("memory").untyped();
        session.destroy().expect("open");
        session.set("user", 2).expect("open");
        Err::<axum::http::Response<String>, _>("out of order")
    });
    let service = SessionLayer::from(sessions.clone()).layer(fails);
    let request = Request::get("/").header(COOKIE, &cookie).body(Body::empty()).expect("a request");
    assert_eq!(service.oneshot(request).await.err(), Some("out of order"));
    let exchange = sessions.begin([cookie.as_bytes()]);
    assert!(exchange.load().await?.id().is_none());
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_of_a_request_whose_client_goes_away() {
    let held = Arc::new(());
    let handler = {
        let held = Arc::clone(&held);
        async move |session: Session| {
            let (own, held) = (session.clone(), Arc::clone(&held));
            let first = session.view::<Keys>().a().update(move |a| {
                let _ = &held;
                *a = own.get("b").ok().flatten();
            });
            assert!(first.is_ok());
            std::future::pending::<()>().await;
        }
    };
    let app: Router = Router::new().route("/", get(handler)).layer(SessionLayer::new(MemoryStore::new()));
    let before = Arc::strong_count(&held);
    for _ in 0..10 {
        let request = Request::get("/").body(Body::empty()).expect("a request");
        let answer = tokio::time::timeout(std::time::Duration::from_millis(5), app.clone().oneshot(request));
        assert!(answer.await.is_err());
    }
    assert_eq!(Arc::strong_count(&held), before);
}

#[derive(session_runtime::SessionData)]
struct Keys {
    a: u32,
}
