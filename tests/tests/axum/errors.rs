//! What a client is told when a session fails, and that nothing is lost by it.

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use session_runtime::testing::{Fault, FaultyStore, Operation};
use session_runtime::{
    Error, ErrorKind, ErrorResponse, MemoryStore, Session, SessionConfig, SessionData, SessionId,
    SessionLayer, Sessions,
};
use session_tests::browser::Browser;

fn app(layer: SessionLayer) -> Router {
    Router::new()
        .route("/bare", get(async || "bare"))
        .route(
            "/n",
            get(async |session: Session| Ok::<_, Error>(session.get::<u32>("n")?.unwrap_or(0).to_string())),
        )
        .route("/set", post(async |session: Session| session.set("n", 1)))
        .route("/other", post(async |session: Session| session.set("other", 1)))
        .route("/destroy", post(async |session: Session| session.destroy()))
        .layer(layer)
}

#[tokio::test]
async fn a_store_that_is_down_is_503_and_the_first_request_after_it_succeeds() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let mut browser = Browser::new(app(SessionLayer::new(store)));
    browser.post("/set").await;

    faults.all(Fault::Fails);
    for path in ["/n", "/set"] {
        let reply = if path == "/n" { browser.get(path).await } else { browser.post(path).await };
        assert_eq!(reply.status, 503, "{path}");
        assert!(!reply.body.contains("refused"), "no internals: {}", reply.body);
        assert!(reply.set_cookies().is_empty());
    }
    assert_eq!(browser.get("/bare").await.status, 200, "routes that use no session are not touched");

    faults.clear();
    assert_eq!(browser.get("/n").await.body, "1", "and nothing was overwritten with an empty session");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_costs_one_bounded_wait() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = Router::new().route(
        "/twice",
        get(async |one: Result<Session, Error>, two: Result<Session, Error>| {
            assert_eq!(one.expect_err("down").kind(), ErrorKind::Unavailable);
            two.map(|_| ())
        }),
    );
    let config = SessionConfig::default().store_timeout(Duration::from_millis(500));
    let mut browser = Browser::new(app.layer(SessionLayer::with_config(store, config)));
    browser.cookie = Some(format!("__Host-session={}", SessionId::random().expose()));
    faults.on(Operation::Load, Fault::Hangs);
    let start = tokio::time::Instant::now();
    assert_eq!(browser.get("/twice").await.status, 503);
    assert_eq!(start.elapsed(), Duration::from_millis(500));
    assert_eq!(faults.calls(), [1, 0, 0, 0]);
}

#[tokio::test]
async fn a_failed_destroy_still_takes_the_cookie() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = Router::new()
        .route("/set", post(async |session: Session| session.set("n", 1)))
        .route(
            "/destroy",
            post(async move |session: Session| {
                faults.all(Fault::Fails);
                session.destroy()
            }),
        )
        .layer(SessionLayer::new(store));
    let mut browser = Browser::new(app);
    browser.post("/set").await;
    let reply = browser.post("/destroy").await;
    assert_eq!(reply.status, 503);
    assert!(reply.set_cookies()[0].starts_with("__Host-session=deleted"), "{reply:?}");
}

#[derive(SessionData)]
struct Counter {
    #[session(default)]
    n: u32,
}

/// A write is lost on its way, or its answer on the way back: the status of the request, and `n` afterwards.
async fn after_a_lost_put(path: &str, answer: bool) -> (u16, String) {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = Router::new()
        .route("/add", post(async |session: Session<Counter>| session.n().update(|n| *n += 1)))
        .route("/set", post(async |session: Session<Counter>| session.n().set(2)))
        .route("/n", get(async |session: Session<Counter>| session.n().get().map(|n| n.to_string())))
        .layer(SessionLayer::new(store));
    let mut browser = Browser::new(app);
    assert_eq!(browser.post("/add").await.status, 200);
    faults.next(Operation::Put, if answer { Fault::LosesAnswer } else { Fault::Fails });
    let status = browser.post(path).await.status.as_u16();
    (status, browser.get("/n").await.body)
}

#[tokio::test]
async fn a_lost_write_is_repeated_and_a_lost_answer_is_looked_up() {
    assert_eq!(after_a_lost_put("/set", false).await, (200, "2".to_owned()));
    assert_eq!(after_a_lost_put("/set", true).await, (200, "2".to_owned()));
    assert_eq!(after_a_lost_put("/add", false).await, (200, "2".to_owned()));
    // Whether the 2 is this request's or another's cannot be told, and adding again might count twice.
    assert_eq!(after_a_lost_put("/add", true).await, (503, "2".to_owned()));
}

#[tokio::test]
async fn on_error_answers_for_extractors_handlers_and_commits() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let config = SessionConfig::default()
        .on_error(|error| ErrorResponse::new(418, "text/html", format!("<p>{:?}</p>", error.kind())));
    let (breaks, mends) = (faults.clone(), faults);
    let app = Router::new()
        .route("/set", post(async |session: Session| session.set("n", 1)))
        .route("/handler", get(async |session: Session| session.get::<String>("n").map(|_| ())))
        .route(
            "/commit",
            post(async move |session: Session| {
                breaks.all(Fault::Fails);
                session.set("n", 2)
            }),
        )
        .layer(SessionLayer::with_config(store, config));
    let mut browser = Browser::new(app);
    browser.post("/set").await;
    let handler = browser.get("/handler").await;
    assert_eq!((handler.status.as_u16(), handler.body.as_str()), (418, "<p>Mismatch</p>"));
    for path in ["/commit", "/set"] {
        // The first fails when it is written, the second when it is loaded: the store is down by then.
        let reply = browser.post(path).await;
        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (418, "<p>Unavailable</p>"), "{path}");
        assert_eq!(reply.header("content-type").as_deref(), Some("text/html"), "{path}");
    }
    mends.clear();
    assert_eq!(browser.post("/set").await.status, 200);
}

#[derive(SessionData)]
struct Typed {
    cart: Vec<Item>,
    #[session(sensitive)]
    otp: u32,
}

#[derive(serde::Serialize, serde::Deserialize, Debug)]
struct Item {
    price: u32,
}

#[tokio::test]
async fn a_value_of_another_type_names_key_path_and_types_but_never_the_value() -> Result<(), Error> {
    let session: Session = session_runtime::testing::session();
    session.set("cart", serde_json::json!([{"price": 1}, {"price": "s3cret"}]))?;
    session.set("otp", "s3cret")?;
    let typed = session.view::<Typed>();
    for error in
        [typed.cart().get().map(|_| ()).expect_err("a string"), typed.otp().get().map(|_| ()).expect_err("")]
    {
        let text = format!("{error} {error:?}");
        assert_eq!(error.kind(), ErrorKind::Mismatch);
        assert!(!text.contains("s3cret"), "{text}");
        assert!(text.contains("string"), "{text}");
    }
    let text = typed.cart().get().expect_err("a string").to_string();
    assert!(text.contains("`cart`") && text.contains("[1].price"), "{text}");
    typed.otp().set(5)?;
    assert_eq!(typed.otp().get()?, Some(5), "other keys stay usable");
    Ok(())
}

#[tokio::test]
async fn a_thousand_malformed_cookies_are_no_session() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = app(SessionLayer::new(store));
    let good = "__Host-session=11111111-1111-4111-8111-111111111111";
    let odd = [b'%', b'"', b';', b'=', 0xff, b'/', b'.', b'g', b' ', b','];
    for nth in 0..1000_usize {
        let mut bytes = good.as_bytes().to_vec();
        let at = 15 + nth % 36;
        match nth % 4 {
            0 => bytes[at] = odd[nth % odd.len()],
            1 => bytes.truncate(at),
            2 => bytes.insert(at, odd[nth % odd.len()]),
            _ => bytes.extend(std::iter::repeat_n(b'1', nth)),
        }
        let request = http::Request::get("/n")
            .header("cookie", http::HeaderValue::from_bytes(&bytes).expect("a header"))
            .body(axum::body::Body::empty())
            .expect("a request");
        let response = tower::ServiceExt::oneshot(app.clone(), request).await.expect("infallible");
        assert_eq!(response.status(), 200, "{}", String::from_utf8_lossy(&bytes));
        assert!(response.headers().get("set-cookie").is_none());
    }
    assert_eq!(faults.calls()[1..], [0, 0, 0], "nothing is ever written for them");
}

#[tokio::test]
async fn a_session_is_never_shown_by_debug() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let exchange = sessions.begin([]);
    let session = exchange.load().await?.untyped();
    session.set("otp", "s3cret")?;
    let id = session.id().expect("named by `set`");
    let shown = format!("{session:?} {exchange:?} {sessions:?} {id:?} {:?}", session.view::<Typed>().otp());
    assert!(!shown.contains("s3cret") && !shown.contains(id.expose()), "{shown}");
    Ok(())
}
