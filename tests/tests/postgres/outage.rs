//! A server that is gone or hangs: bounded waits, nothing lost, and the first request after it is back succeeds.

use std::time::{Duration, Instant};

use session_runtime::{Expiry, PostgresStore, PutIf, Record, SessionConfig, Store};
use session_tests::browser::Browser;
use session_tests::operations::{create, key, said, seconds, text};
use session_tests::outage;
use session_tests::postgres_server::PostgresServer;
use session_tests::shop::shop;

async fn with_table(server: &PostgresServer) -> PostgresStore {
    let store = server.store();
    store.create_table().await.unwrap();
    store
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_at_once_and_the_first_request_after_it_is_back_succeeds() {
    let mut server = PostgresServer::start();
    let store = with_table(&server).await;
    outage::is_said_at_once_and_over_at_once(&mut server, store).await;
}

#[tokio::test]
async fn a_restart_between_two_requests_is_noticed_by_neither() {
    let mut server = PostgresServer::start();
    let store = with_table(&server).await;
    outage::between_two_requests_is_noticed_by_neither(&mut server, store).await;
}

#[tokio::test]
async fn a_store_can_be_made_before_its_server_is_there() {
    let mut server = PostgresServer::start();
    server.store().create_table().await.unwrap();
    server.kill();
    let error = PostgresStore::connect(&server.url()).await.expect_err("no server");
    let says = said(&error, &key());
    assert!(says.contains("Connection refused") && says.contains("is the server running"), "{says}");
    let store = server.store();
    assert!(store.load(&key()).await.is_err());
    server.restart();
    let (key, _) = create(&store, "one", Expiry::Never).await;
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_server_that_hangs_costs_a_bounded_wait_and_goes_on_where_it_was() {
    let server = PostgresServer::start();
    let store = with_table(&server).await;
    let config = SessionConfig::default().store_timeout(Duration::from_millis(300));
    let mut browser = Browser::new(shop(store, config));
    assert!(browser.post("/add/tea").await.status.is_success());
    for round in 0..3 {
        server.halt(true);
        for _ in 0..4 {
            let begun = Instant::now();
            let reply = browser.post("/add/milk").await;
            assert_eq!(reply.status, 503, "{reply:?}");
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            assert_eq!(browser.get("/about").await.status, 200);
        }
        server.halt(false);
        let begun = Instant::now();
        while !browser.get("/").await.status.is_success() {
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        }
        println!("round {round}: {:?} after the server went on", begun.elapsed());
    }
    let cart = browser.get("/").await.body;
    assert!(cart.starts_with("tea"), "{cart}");
}

#[tokio::test]
async fn a_store_outlives_the_runtime_it_was_used_in() {
    let server = PostgresServer::start();
    let store = server.store();
    let there = store.clone();
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            there.create_table().await.unwrap();
            create(&there, "one", Expiry::Never).await.0
        })
    });
    let key = other.join().expect("no panic");
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    let put = store.put(&key, PutIf::Unchanged(&Record::new("one")), &Record::new("two"), seconds(9)).await;
    assert!(put.is_ok(), "{put:?}");
}
