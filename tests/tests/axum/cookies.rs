//! When a cookie is set, what it says, and what else a response says about it.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::routing::{get, post};
use session_runtime::testing::FaultyStore;
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionLayer};
use session_tests::browser::Browser;

fn app(config: SessionConfig) -> Router {
    Router::new()
        .route("/bare", get(async || "bare"))
        .route("/read", get(async |session: Session| session.exists("n").to_string()))
        .route("/set", post(async |session: Session| session.set("n", 1)))
        .route("/remove", post(async |session: Session| session.remove("n")))
        .route("/regenerate", post(async |session: Session| session.regenerate()))
        .route("/destroy", post(async |session: Session| session.destroy()))
        .route("/restart", post(restart))
        .route("/set-and-remove", post(set_and_remove))
        .route(
            "/public",
            post(async |session: Session| {
                session.set("n", 2)?;
                Ok::<_, Error>(([(CACHE_CONTROL, "private, max-age=60"), (VARY, "Accept, cookie")], ""))
            }),
        )
        .layer(SessionLayer::with_config(FaultyStore::new(MemoryStore::new()), config))
}

async fn restart(session: Session) -> Result<String, Error> {
    session.set("before", 1)?;
    session.destroy()?;
    session.set("after", 1)?;
    Ok(session.id().map(|id| id.expose().to_owned()).unwrap_or_default())
}

async fn set_and_remove(session: Session) -> Result<(), Error> {
    session.set("x", 1)?;
    session.remove("x")
}

#[tokio::test]
async fn a_request_that_does_not_use_the_session_asks_nothing_and_sets_nothing() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = Router::new().route("/", get(async || "hello")).layer(SessionLayer::new(store));
    let mut browser = Browser::new(app);
    browser.cookie = Some("__Host-session=11111111-1111-4111-8111-111111111111".to_owned());
    let reply = browser.get("/").await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, "hello"));
    assert_eq!(faults.calls(), [0, 0, 0, 0]);
    assert_eq!(
        (reply.set_cookies().len(), reply.header("vary"), reply.header("cache-control")),
        (0, None, None)
    );
}

#[tokio::test]
async fn the_cookie_is_set_when_the_id_changes_and_only_then() {
    let mut browser = Browser::new(app(SessionConfig::default()));
    let reply = browser.get("/read").await;
    assert!(reply.set_cookies().is_empty());
    assert_eq!(reply.header("vary").as_deref(), Some("Cookie"));

    let reply = browser.post("/set").await;
    let first = browser.id().expect("a session").to_owned();
    assert_eq!(
        reply.set_cookies(),
        [format!("__Host-session={first}; Path=/; HttpOnly; Secure; SameSite=Lax")]
    );
    assert_eq!(reply.header("cache-control").as_deref(), Some("private, no-cache"));

    for path in ["/set", "/remove", "/set-and-remove"] {
        assert!(browser.post(path).await.set_cookies().is_empty(), "{path}");
    }
    browser.post("/set").await;
    assert_eq!(browser.post("/regenerate").await.set_cookies().len(), 1);
    assert_ne!(browser.id(), Some(first.as_str()));
    assert_eq!(browser.get("/read").await.body, "true");

    let reply = browser.post("/destroy").await;
    assert_eq!(
        reply.set_cookies(),
        [
            "__Host-session=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax"
        ]
    );
    assert_eq!(browser.get("/read").await.body, "false");
}

#[tokio::test]
async fn ids_are_never_adopted_from_the_client() {
    for sent in [
        "11111111-1111-4111-8111-111111111111",
        "hello",
        "..%2f..%2fetc",
        "018f5e5e-0000-7000-8000-000000000000",
    ] {
        let mut browser = Browser::new(app(SessionConfig::astro()));
        browser.cookie = Some(format!("astro-session={sent}"));
        assert!(browser.get("/read").await.set_cookies().is_empty(), "{sent}");
        browser.post("/set").await;
        let given = browser.id().expect("a session").to_owned();
        assert_ne!(given, sent);
        assert_eq!(given.len(), 36);
    }
}

#[tokio::test]
async fn set_destroy_set_gives_the_client_the_id_under_which_the_data_is() {
    let mut browser = Browser::new(app(SessionConfig::default()));
    browser.post("/set").await;
    let reply = browser.post("/restart").await;
    assert_eq!(reply.set_cookies().len(), 1);
    assert_eq!(browser.id(), Some(reply.body.as_str()));
    assert_eq!(browser.get("/read").await.body, "false", "what was set before `destroy` is gone");
}

#[tokio::test]
async fn nothing_is_created_for_nothing() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let app = Router::new()
        .route("/remove", post(async |session: Session| session.remove("n")))
        .route("/set-and-remove", post(set_and_remove))
        .route("/regenerate", post(async |session: Session| session.regenerate()))
        .layer(SessionLayer::new(store));
    let mut browser = Browser::new(app);
    for path in ["/remove", "/set-and-remove", "/regenerate"] {
        assert!(browser.post(path).await.set_cookies().is_empty(), "{path}");
    }
    assert_eq!(faults.calls(), [0, 0, 0, 0]);
}

#[tokio::test]
async fn the_handlers_own_headers_stay() {
    let mut browser = Browser::new(app(SessionConfig::default()));
    let reply = browser.post("/public").await;
    assert_eq!(reply.header("cache-control").as_deref(), Some("private, max-age=60"));
    assert_eq!(reply.header("vary").as_deref(), Some("Accept, cookie"));
}

#[tokio::test]
async fn in_astros_preset_the_cookie_goes_out_with_every_set() {
    let mut browser = Browser::new(app(SessionConfig::astro()));
    browser.post("/set").await;
    let id = browser.id().map(str::to_owned);
    assert_eq!(browser.post("/set").await.set_cookies().len(), 1);
    assert_eq!(browser.id().map(str::to_owned), id);
    assert!(browser.post("/remove").await.set_cookies().is_empty());
}

#[tokio::test]
async fn a_persistent_cookie_is_renewed_while_the_session_is_used() {
    let config = SessionConfig::default().secure(false).max_age(std::time::Duration::from_secs(3600));
    let mut browser = Browser::new(app(config));
    browser.post("/set").await;
    let cookies = browser.get("/read").await.set_cookies();
    assert_eq!(cookies.len(), 1);
    assert!(
        cookies[0].starts_with("session=") && cookies[0].contains("; Max-Age=3600; Path=/"),
        "{cookies:?}"
    );
    assert!(browser.get("/bare").await.set_cookies().is_empty());
}

#[test]
fn cookies_that_browsers_refuse_are_found_at_start() {
    let refused = [
        SessionConfig::default().cookie_name("__Host-session").secure(false),
        SessionConfig::default().cookie_name("__Secure-session").secure(false),
        SessionConfig::default().cookie_name("__Host-session").domain("example.com"),
        SessionConfig::default().cookie_name("bad;name"),
        SessionConfig::default().path("/x; Domain=evil"),
        SessionConfig::default().cookie_name("__host-session").secure(false),
        SessionConfig::default().domain(""),
        SessionConfig::default().domain("https://example.com"),
        SessionConfig::default().domain("localhost:3000"),
        SessionConfig::default().domain("*.example.com"),
        SessionConfig::default().max_age(std::time::Duration::from_millis(900)),
        SessionConfig::default().idle(std::time::Duration::ZERO),
        SessionConfig::default().ttl(std::time::Duration::ZERO),
        SessionConfig::default().max_bytes(0),
    ];
    for config in refused {
        let text = format!("{config:?}");
        let build = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            SessionLayer::with_config(MemoryStore::new(), config)
        }));
        let panic = build.expect_err(&text);
        let message = panic.downcast_ref::<String>().expect("a text");
        assert!(message.starts_with("SessionConfig: "), "{message}");
    }
    for domain in ["example.com", ".example.com", "localhost", "a-b.example.com"] {
        let scoped = SessionConfig::default().domain(domain);
        let _ = SessionLayer::with_config(MemoryStore::new(), scoped);
    }
}
