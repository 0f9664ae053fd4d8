//! Connections whose users gave up: dead ones are replaced, others stay, and a busy server is not asked by ever more.

use std::time::Duration;

use session_runtime::{Expiry, PutIf, Record, Store};
use session_tests::operations::{create, key, seconds, text, until};
use session_tests::postgres_server::{PostgresServer, store_at, url_at};
use session_tests::relay::Relay;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

#[tokio::test]
async fn dead_connections_are_replaced_though_nobody_waits_for_long() {
    let server = PostgresServer::start();
    let relay = Relay::to(server.port()).await;
    let store = store_at(&url_at(relay.port()));
    store.create_table().await.unwrap();
    let (key, _) = create(&store, "one", Expiry::Never).await;
    for patience in [200, 60].map(Duration::from_millis) {
        // As many as there are places, so that none is left for a new connection.
        let mut loads = JoinSet::new();
        for _ in 0..16 {
            let store = store.clone();
            loads.spawn(async move { text(&store, &key).await });
        }
        loads.join_all().await;
        relay.kill_connections();
        let loaded = async || matches!(timeout(patience, store.load(&key)).await, Ok(Ok(Some(_))));
        until("an answer on another connection", loaded).await;
    }
}

#[tokio::test]
async fn a_connection_whose_user_gave_up_is_kept_if_it_answers() {
    let server = PostgresServer::start();
    let store = server.store();
    store.create_table().await.unwrap();
    let (key, _) = create(&store, "one", Expiry::Never).await;
    // While one is being asked whether it is free, another may be made.
    let mut made = Vec::new();
    for _ in 0..30 {
        let mut load = store.load(&key);
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(load.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(load);
        sleep(Duration::from_millis(20)).await;
        assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
        made.extend(server.run(STORES).await);
    }
    made.sort();
    made.dedup();
    println!("30 statements that were given up took {} connections", made.len());
    assert!(made.len() <= 4, "{made:?}");
}

/// Somebody else's transaction holds the table for longer than anyone waits.
#[tokio::test]
async fn statements_that_were_given_up_do_not_pile_up_at_the_server() {
    let server = PostgresServer::start_with(&["max_connections=30"]);
    let store = server.store();
    store.create_table().await.unwrap();
    let (held, one) = create(&store, "one", Expiry::Never).await;
    let other = server.client().await;
    other.batch_execute("BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let mut tasks = JoinSet::new();
    for nth in 0..200 {
        let (store, one, two) = (store.clone(), one.clone(), Record::new("two"));
        tasks.spawn(async move {
            sleep(Duration::from_millis(nth * 10)).await;
            let put = store.put(&held, PutIf::Unchanged(&one), &two, seconds(60));
            assert!(timeout(Duration::from_millis(50), put).await.is_err());
        });
    }
    let mut most = 0;
    while !tasks.is_empty() {
        most = most.max(connections(&server).await);
        while let Some(done) = tasks.try_join_next() {
            done.unwrap();
        }
        sleep(Duration::from_millis(20)).await;
    }
    println!("200 statements that were given up had {most} connections at most");
    // The one that holds the table is among them, and one that asked may still be ending.
    assert!((2..=16 + 3).contains(&most), "{most}");
    other.batch_execute("COMMIT").await.unwrap();
    // What was given up has happened or not.
    let left = text(&store, &held).await;
    assert!(["one", "two"].map(Some).contains(&left.as_deref()), "{left:?}");
    let (created, _) = create(&store, "new", seconds(60)).await;
    assert_eq!(text(&store, &created).await.as_deref(), Some("new"));
    assert_eq!(text(&store, &key()).await, None);
}

/// The connections of stores.
const STORES: &str =
    "SELECT pid FROM pg_stat_activity WHERE query LIKE '%\"sessions\"%' AND query NOT LIKE '%pg_stat%'";

/// How many clients the server has, besides the one that asks.
async fn connections(server: &PostgresServer) -> usize {
    let count = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    server.run(count).await[0].parse().unwrap()
}
