//! A connection that says nothing any more, while those who use it have little patience.

use std::time::Duration;

use futures_util::future::join_all;
use session_runtime::{Expiry, PutIf, Record, RedisStore, Store, StoreKey};
use session_tests::redis_server::RedisServer;
use session_tests::relay::Relay;
use tokio::time::{sleep, timeout};

use crate::support::{create, key, store_at, text, until};

fn url(relay: &Relay) -> String {
    format!("redis://127.0.0.1:{}", relay.port())
}

/// A server, the way to it, a store at its end, and the key of a record.
async fn behind_a_relay() -> (RedisServer, Relay, RedisStore, StoreKey) {
    let server = RedisServer::start();
    let relay = Relay::to(server.port()).await;
    let store = store_at(&url(&relay));
    let (key, _) = create(&store, "one", Expiry::Never).await;
    (server, relay, store, key)
}

#[tokio::test]
async fn a_dead_connection_is_replaced_though_nobody_waits_for_long() {
    let (_server, relay, store, key) = behind_a_relay().await;
    for patience in [200, 60].map(Duration::from_millis) {
        relay.kill_connections();
        let loaded = async || matches!(timeout(patience, store.load(&key)).await, Ok(Ok(Some(_))));
        until("an answer on another connection", loaded).await;
    }
}

/// The answers come, though nobody waits for them any more: such a connection is slow, not dead. On a busy machine
/// something else may make it silent for once.
#[tokio::test]
async fn a_connection_that_answers_too_late_is_kept() {
    let (server, relay, store, key) = behind_a_relay().await;
    for _ in 0..30 {
        server.command("CLIENT PAUSE 30 ALL");
        assert!(timeout(Duration::from_millis(5), store.load(&key)).await.is_err());
        sleep(Duration::from_millis(60)).await;
    }
    assert!(relay.connections() <= 2, "{} connections were made", relay.connections());
}

#[tokio::test]
async fn a_connection_that_nobody_used_for_long_is_kept() {
    let (_server, relay, store, key) = behind_a_relay().await;
    for _ in 0..3 {
        sleep(Duration::from_millis(300)).await;
        let mut load = store.load(&key);
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(load.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(load);
        assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    }
    assert_eq!(relay.connections(), 1);
}

/// At most 1,024 commands are under way, each as itself and as what is sent, and as many wait for their turn.
#[test]
fn what_is_given_up_does_not_pile_up() {
    const TEXT: usize = 8 << 10;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = RedisServer::start();
    let (relay, record) = (runtime.block_on(Relay::to(server.port())), Record::new("x".repeat(TEXT)));
    let store = store_at(&url(&relay));
    runtime.block_on(create(&store, "one", Expiry::Never));
    relay.kill_connections();
    let given_up = async || {
        let keys: Vec<_> = (0..256).map(|_| key()).collect();
        let puts = keys.iter().map(|key| store.put(key, PutIf::Absent, &record, Expiry::Never));
        join_all(puts.map(|put| timeout(Duration::ZERO, put))).await;
    };
    let held = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..40 {
                given_up().await;
            }
        });
    });
    println!("10,240 commands of {TEXT} bytes that were given up held {} bytes at most", held.bytes_max);
    assert!(held.bytes_max < 5 * 1_024 * TEXT as u64, "{} bytes", held.bytes_max);
}
