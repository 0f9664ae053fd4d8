//! A server that is gone, slow or silent: bounded waits, nothing lost, and the first request after it is back succeeds.

use std::time::Duration;

use session_runtime::{Expiry, PutIf, Record, RedisStore, SessionConfig, Store};
use session_tests::browser::Browser;
use session_tests::outage;
use session_tests::redis_server::RedisServer;

use crate::support::{create, key, said, seconds, shop, store_on, text};

/// A server that keeps what it acknowledged.
fn lasting() -> RedisServer {
    RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_at_once_and_the_first_request_after_it_is_back_succeeds() {
    let mut server = lasting();
    let store = store_on(&server);
    outage::is_said_at_once_and_over_at_once(&mut server, store).await;
}

#[tokio::test]
async fn a_restart_between_two_requests_is_noticed_by_neither() {
    let mut server = lasting();
    let store = store_on(&server);
    outage::between_two_requests_is_noticed_by_neither(&mut server, store).await;
}

#[tokio::test]
async fn a_server_that_comes_back_empty_has_no_sessions_and_gets_none_back() {
    let mut server = RedisServer::start();
    let mut browser = Browser::new(shop(store_on(&server), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    let old = browser.id().map(str::to_owned);
    server.restart();
    assert_eq!(browser.get("/").await.body, "");
    assert_eq!(server.command("DBSIZE"), redis::Value::Int(0));
    assert!(browser.post("/add/milk").await.status.is_success());
    assert_ne!(browser.id().map(str::to_owned), old, "an id that is not known is not adopted");
    assert_eq!(browser.get("/").await.body, "milk");
}

#[tokio::test]
async fn a_store_can_be_made_before_its_server_is_there() {
    let mut server = RedisServer::start();
    server.kill();
    let error = RedisStore::connect(&server.url()).await.expect_err("no server");
    let says = said(&error, &key());
    assert!(says.contains("Connection refused") && says.contains("is the server running"), "{says}");
    let store = store_on(&server);
    assert!(store.load(&key()).await.is_err());
    server.restart();
    let (key, _) = create(&store, "one", Expiry::Never).await;
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_wait_for_a_connection_wait_together() {
    let mut server = RedisServer::start();
    let store = store_on(&server);
    let (key, _) = create(&store, "one", seconds(100)).await;
    server.restart();
    server.reset_calls();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let store = store.clone();
        tasks.spawn(async move { store.put(&key, PutIf::Absent, &Record::new("two"), seconds(9)).await });
    }
    let puts = tasks.join_all().await;
    assert!(puts.iter().all(Result::is_ok), "{puts:?}");
    let redis::Value::BulkString(clients) = server.command("CLIENT LIST") else { panic!("a text") };
    let clients = String::from_utf8(clients).expect("UTF-8");
    assert_eq!(clients.lines().count(), 2, "one connection, and the one that asks: {clients}");
}

#[tokio::test]
async fn a_store_outlives_the_runtime_it_was_used_in() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let there = store.clone();
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async { create(&there, "one", Expiry::Never).await.0 })
    });
    let key = other.join().expect("no panic");
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    let put = store.put(&key, PutIf::Unchanged(&Record::new("one")), &Record::new("two"), seconds(9)).await;
    assert!(put.is_ok(), "{put:?}");
}

#[tokio::test]
async fn an_attempt_to_connect_whose_runtime_is_gone_is_forgotten() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let there = store.clone();
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let _ = tokio::time::timeout(Duration::ZERO, there.load(&key())).await;
        });
    });
    other.join().expect("no panic");
    create(&store, "one", Expiry::Never).await;
}
