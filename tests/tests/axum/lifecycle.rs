//! How requests end: well, with an error, in a panic, too late, or with nobody left to hear the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use session_runtime::testing::FaultyStore;
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionData, SessionLayer, Store};
use session_tests::browser::Browser;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

#[derive(SessionData)]
struct Data {
    #[session(default)]
    n: u32,
}

async fn n(session: Session<Data>) -> Result<String, Error> {
    Ok(session.n().get()?.to_string())
}

fn set_then(status: StatusCode, session: &Session<Data>) -> Result<StatusCode, Error> {
    session.n().set(7)?;
    Ok(status)
}

fn routes() -> Router {
    Router::new()
        .route("/n", get(n))
        .route("/one", post(async |session: Session<Data>| session.n().set(1)))
        .route("/200", post(async |session: Session<Data>| set_then(StatusCode::OK, &session)))
        .route("/404", post(async |session: Session<Data>| set_then(StatusCode::NOT_FOUND, &session)))
        .route("/408", post(async |session: Session<Data>| set_then(StatusCode::REQUEST_TIMEOUT, &session)))
        .route(
            "/500",
            post(async |session: Session<Data>| set_then(StatusCode::INTERNAL_SERVER_ERROR, &session)),
        )
        .route(
            "/404-discard",
            post(async |session: Session<Data>| {
                session.n().set(7)?;
                session.discard();
                Ok::<_, Error>(StatusCode::NOT_FOUND)
            }),
        )
        .route(
            "/destroy-500",
            post(async |session: Session<Data>| {
                session.n().set(7)?;
                session.destroy()?;
                Ok::<_, Error>(StatusCode::INTERNAL_SERVER_ERROR)
            }),
        )
        .route(
            "/panic",
            post(async |session: Session<Data>| {
                let _ = session.n().set(7);
                if session.id().is_some() {
                    panic!("the handler's own");
                }
            }),
        )
        .route(
            "/slow",
            post(async |session: Session<Data>| {
                session.n().set(7)?;
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok::<_, Error>(())
            }),
        )
}

async fn prepared(app: Router) -> Browser {
    let mut browser = Browser::new(app);
    assert_eq!(browser.post("/one").await.status, 200);
    browser
}

#[tokio::test]
async fn a_failed_request_changes_nothing_and_a_refused_one_does() {
    let mut browser = prepared(routes().layer(SessionLayer::new(MemoryStore::new()))).await;
    for (path, kept) in [("/408", "1"), ("/500", "1"), ("/404-discard", "1"), ("/404", "7"), ("/200", "7")] {
        browser.post(path).await;
        assert_eq!(browser.get("/n").await.body, kept, "{path}");
    }
}

#[tokio::test]
async fn destroy_counts_whatever_the_status() {
    let mut browser = prepared(routes().layer(SessionLayer::new(MemoryStore::new()))).await;
    let id = browser.cookie.clone();
    let reply = browser.post("/destroy-500").await;
    assert_eq!(reply.status, 500);
    assert!(reply.set_cookies()[0].contains("=deleted;"));
    browser.cookie = id;
    assert_eq!(browser.get("/n").await.body, "0");
}

#[tokio::test]
async fn a_panic_under_catch_panic_changes_nothing() {
    for inside in [true, false] {
        let layer = SessionLayer::new(MemoryStore::new());
        let app = match inside {
            true => routes().layer(CatchPanicLayer::new()).layer(layer),
            false => routes().layer(layer).layer(CatchPanicLayer::new()),
        };
        let mut browser = prepared(app).await;
        assert_eq!(browser.post("/panic").await.status, 500);
        assert_eq!(browser.get("/n").await.body, "1");
    }
}

#[tokio::test]
async fn a_closure_that_panics_when_it_runs_again_is_a_500_and_writes_nothing() {
    let store = Arc::new(MemoryStore::new());
    let app = Router::new()
        .route("/n", get(n))
        .route("/one", post(async |session: Session<Data>| session.n().set(1)))
        .route(
            "/brittle",
            post(async |session: Session<Data>| {
                session.n().update(|n| *n = if *n == 1 { 5 } else { panic!("only ones") })?;
                tokio::time::sleep(Duration::from_millis(40)).await;
                Ok::<_, Error>(())
            }),
        )
        .route("/nine", post(async |session: Session<Data>| session.n().set(9)))
        .layer(SessionLayer::new(store));
    let mut browser = prepared(app).await;
    let mut other = browser.clone();
    let (brittle, nine) = tokio::join!(browser.post("/brittle"), async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        other.post("/nine").await
    });
    assert_eq!((brittle.status.as_u16(), nine.status.as_u16()), (500, 200));
    assert_eq!(browser.get("/n").await.body, "9");
}

#[tokio::test(start_paused = true)]
async fn timeouts_inside_and_outside_change_nothing() {
    let timeout = || TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(1));
    for inside in [true, false] {
        let layer = SessionLayer::new(MemoryStore::new());
        let app = match inside {
            true => routes().layer(timeout()).layer(layer),
            false => routes().layer(layer).layer(timeout()),
        };
        let mut browser = prepared(app).await;
        assert_eq!(browser.post("/slow").await.status, 408);
        assert_eq!(browser.get("/n").await.body, "1");
        assert_eq!(browser.post("/200").await.status, 200, "and the session is not blocked");
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_the_handler_runs_changes_nothing() {
    let mut browser = prepared(routes().layer(SessionLayer::new(MemoryStore::new()))).await;
    let mut leaving = browser.clone();
    let gone = tokio::time::timeout(Duration::from_millis(20), leaving.post("/slow")).await;
    assert!(gone.is_err());
    assert_eq!(browser.get("/n").await.body, "1");
}

/// A store whose puts wait before or after they take effect.
#[derive(Debug)]
struct Slow {
    store: MemoryStore,
    before: bool,
    waiting: tokio::sync::Semaphore,
}

impl Store for Slow {
    fn load<'a>(
        &'a self,
        key: &'a session_runtime::StoreKey,
    ) -> session_runtime::StoreFuture<'a, Option<session_runtime::Record>> {
        self.store.load(key)
    }

    fn put<'a>(
        &'a self,
        key: &'a session_runtime::StoreKey,
        condition: session_runtime::PutIf<'a>,
        record: &'a session_runtime::Record,
        expiry: session_runtime::Expiry,
    ) -> session_runtime::StoreFuture<'a, session_runtime::Put> {
        Box::pin(async move {
            if self.before && matches!(condition, session_runtime::PutIf::Unchanged(_)) {
                let _ = self.waiting.acquire().await;
            }
            let put = self.store.put(key, condition, record, expiry).await;
            if !self.before && matches!(condition, session_runtime::PutIf::Unchanged(_)) {
                let _ = self.waiting.acquire().await;
            }
            put
        })
    }

    fn delete<'a>(
        &'a self,
        key: &'a session_runtime::StoreKey,
        condition: session_runtime::DeleteIf<'a>,
    ) -> session_runtime::StoreFuture<'a, session_runtime::Delete> {
        self.store.delete(key, condition)
    }

    fn touch<'a>(
        &'a self,
        key: &'a session_runtime::StoreKey,
        expiry: session_runtime::Expiry,
    ) -> session_runtime::StoreFuture<'a, session_runtime::Touch> {
        self.store.touch(key, expiry)
    }
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_a_commit_leaves_a_legal_state() {
    for before in [true, false] {
        let store =
            Arc::new(Slow { store: MemoryStore::new(), before, waiting: tokio::sync::Semaphore::new(0) });
        let app = routes().layer(SessionLayer::new(store.clone()));
        let mut browser = prepared(app).await;
        let mut leaving = browser.clone();
        let gone = tokio::time::timeout(Duration::from_millis(30), leaving.post("/200")).await;
        assert!(gone.is_err());
        store.waiting.close();
        let expected = if before { "1" } else { "7" };
        assert_eq!(browser.get("/n").await.body, expected, "all or nothing");
        assert_eq!(browser.post("/404").await.status, 404, "and the queue is free");
        assert_eq!(browser.get("/n").await.body, "7");
    }
}

#[tokio::test]
async fn equal_sets_and_removals_of_nothing_write_nothing() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = routes()
        .route("/remove-nothing", post(async |session: Session| session.remove("nothing")))
        .route(
            "/remove-then-set",
            post(async |session: Session<Data>| {
                session.n().remove()?;
                session.n().set(3)
            }),
        )
        .layer(SessionLayer::with_config(store, SessionConfig::default().idle(None)));
    let mut browser = prepared(app).await;
    faults.take_calls();
    browser.post("/one").await;
    browser.post("/remove-nothing").await;
    assert_eq!(faults.take_calls(), [2, 0, 0, 0]);
    browser.post("/remove-then-set").await;
    assert_eq!(browser.get("/n").await.body, "3");
}
