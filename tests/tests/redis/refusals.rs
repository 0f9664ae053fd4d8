//! Servers that are there but refuse: clear errors, at once, and nothing is changed.

use std::time::{Duration, Instant};

use session_runtime::{DeleteIf, ErrorKind, Expiry, PutIf, Record, RedisStore, SessionConfig, Store};
use session_tests::browser::Browser;
use session_tests::redis_server::RedisServer;

use crate::support::{create, key, refused, said, seconds, shop, store_at, store_on, text, until};

/// How long a request took, and its status.
async fn timed(browser: &mut Browser, path: &str) -> (u16, Duration) {
    let begun = Instant::now();
    let status = browser.post(path).await.status.as_u16();
    (status, begun.elapsed())
}

#[tokio::test]
async fn a_read_only_server_reads_and_refuses_to_write() {
    let primary = RedisServer::start();
    let store = store_on(&primary);
    let mut browser = Browser::new(shop(store.clone(), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    let (key, old) = create(&store, "one", Expiry::Never).await;
    // A replica of a server that does not exist keeps what it has.
    primary.command("REPLICAOF 127.0.0.1 1");
    primary.command("CONFIG SET replica-serve-stale-data yes");
    let new = Record::new("two");
    let says = "the server is read-only (READONLY)";
    refused(&store.put(&key, PutIf::Unchanged(&old), &new, seconds(9)).await.expect_err("refused"), says);
    refused(
        &store.put(&key, PutIf::Absent, &new, seconds(9)).await.expect_err("refused"),
        "connect to the primary",
    );
    refused(&store.delete(&key, DeleteIf::Any).await.expect_err("refused"), says);
    refused(&store.delete(&key, DeleteIf::Unchanged(&old)).await.expect_err("refused"), says);
    refused(&store.touch(&key, seconds(9)).await.expect_err("refused"), says);
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    assert_eq!(browser.get("/").await.body, "tea", "reading needs no touch to succeed");
    let (status, time) = timed(&mut browser, "/add/milk").await;
    assert!(status == 503 && time < Duration::from_secs(1), "{status} after {time:?}");
    primary.command("REPLICAOF NO ONE");
    assert_eq!(timed(&mut browser, "/add/milk").await.0, 200);
    assert_eq!(browser.get("/").await.body, "tea,milk");
}

#[tokio::test]
async fn a_server_without_memory_reads_and_refuses_to_write() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let mut browser = Browser::new(shop(store.clone(), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    let (key, old) = create(&store, "one", Expiry::Never).await;
    server.command("CONFIG SET maxmemory 1");
    let new = Record::new("two");
    let says = "the server is out of memory (OOM)";
    refused(&store.put(&key, PutIf::Unchanged(&old), &new, seconds(9)).await.expect_err("refused"), says);
    refused(&store.put(&key, PutIf::Absent, &new, seconds(9)).await.expect_err("refused"), "`maxmemory`");
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    let (status, time) = timed(&mut browser, "/add/milk").await;
    assert!(status == 503 && time < Duration::from_secs(1), "{status} after {time:?}");
    assert_eq!(browser.get("/").await.body, "tea");
    assert!(store.delete(&key, DeleteIf::Any).await.is_ok(), "a deletion makes room");
    server.command("CONFIG SET maxmemory 0");
    assert_eq!(timed(&mut browser, "/add/milk").await.0, 200);
}

#[tokio::test]
async fn a_server_that_is_loading_refuses_until_it_has_loaded() {
    // 50 µs for each key.
    let mut server = RedisServer::start_with(&[
        "--key-load-delay",
        "50",
        "--loading-process-events-interval-bytes",
        "1024",
        "--enable-debug-command",
        "yes",
    ]);
    let store = store_on(&server);
    let mut browser = Browser::new(shop(store.clone(), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    server.command("DEBUG POPULATE 40000 filler 10");
    server.command("SAVE");
    server.restart_without_waiting();
    let key = key();
    let mut seen = None;
    until("loading", async || {
        match store.load(&key).await {
            Err(error) if said(&error, &key).contains("LOADING") => seen = Some(error),
            _ => {}
        }
        seen.is_some()
    })
    .await;
    refused(&seen.expect("seen"), "it answers once they are in memory");
    let begun = Instant::now();
    assert_eq!(browser.get("/").await.status, 503);
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(browser.get("/about").await.status, 200);
    assert_eq!(timed(&mut browser, "/add/milk").await.0, 503);
    until("loaded", async || browser.get("/").await.status.is_success()).await;
    assert_eq!(browser.get("/").await.body, "tea", "nothing was overwritten");
}

#[tokio::test]
async fn a_wrong_or_missing_password_is_said_without_showing_any() {
    let server = RedisServer::start_with(&["--requirepass", "secret"]);
    let port = server.port();
    let record = Record::new("x");
    let (key, _) = create(&store_on(&server), "one", Expiry::Never).await;
    for (url, says) in [
        (format!("redis://127.0.0.1:{port}"), "put user and password into the URL"),
        (format!("redis://:wrong-one@127.0.0.1:{port}"), "check them in the URL"),
        (format!("redis://nobody:secret@127.0.0.1:{port}"), "check them in the URL"),
    ] {
        let error = match RedisStore::connect(&url).await {
            Err(error) => error,
            Ok(store) => store.load(&key).await.expect_err("no password"),
        };
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let said = said(&error, &key);
        assert!(said.contains(says), "{said}");
        assert!(!format!("{said}{error:?}").contains("wrong-one"), "{said}");
        println!("{said}");
        let put = store_at(&url).put(&key, PutIf::Absent, &record, Expiry::Never).await;
        assert_eq!(put.expect_err("no password").status(), 503);
    }
    let url = format!("redis://default:secret@127.0.0.1:{port}/0");
    let store = RedisStore::connect(&url).await.expect("a store");
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    assert!(!format!("{store:?}").contains("secret"), "{store:?}");
}

#[tokio::test]
async fn a_user_without_rights_is_refused() {
    let server = RedisServer::start();
    server.command("ACL SETUSER reader on >word ~* +get +hello +client +ping");
    let store = store_at(&format!("redis://reader:word@127.0.0.1:{}", server.port()));
    let key = key();
    assert!(store.load(&key).await.expect("load").is_none());
    let put = store.put(&key, PutIf::Absent, &Record::new("x"), Expiry::Never).await;
    refused(&put.expect_err("no right"), "it needs GET, SET, DEL");
}

#[tokio::test]
async fn a_url_that_is_none_is_an_error_that_does_not_repeat_it() {
    for url in ["", "nonsense", "http://user:secret@127.0.0.1", "redis://user:secret@127.0.0.1:99999"] {
        let error = RedisStore::connect(url).await.expect_err("no URL");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        let said = said(&error, &key());
        assert!(!format!("{said}{error:?}").contains("secret"), "{said}");
        println!("{url:?}: {said}");
    }
}
