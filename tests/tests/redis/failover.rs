//! A replica takes over: behind a fixed address, and named by sentinels.

use std::time::{Duration, Instant};

use redis::sentinel::SentinelClientBuilder;
use redis::{ConnectionAddr, Value};
use session_runtime::{RedisStore, SessionConfig};
use session_tests::browser::Browser;
use session_tests::proxy::Proxy;
use session_tests::redis_server::RedisServer;

use crate::support::{shop, store_at, until};

/// A replica that has all that its primary has.
async fn replica_of(primary: &RedisServer) -> RedisServer {
    let replica = RedisServer::start_with(&["--replicaof", &format!("127.0.0.1 {}", primary.port())]);
    until("replication", async || {
        let info: String =
            redis::cmd("INFO").arg("replication").query(&mut replica.connection()).expect("a text");
        info.contains("master_link_status:up")
    })
    .await;
    replica
}

/// Waits until the replica has acknowledged all writes. `WAIT` waits for those of its own connection alone, and so for all
/// that came before one of these.
fn wait_for_replicas(primary: &RedisServer) {
    let mut connection = primary.connection();
    redis::cmd("SET").arg("mark").arg(1).exec(&mut connection).expect("set");
    redis::cmd("DEL").arg("mark").exec(&mut connection).expect("deleted");
    let acknowledged: Value = redis::cmd("WAIT").arg(1).arg(5000).query(&mut connection).expect("an answer");
    assert_eq!(acknowledged, Value::Int(1));
}

#[tokio::test]
async fn a_demoted_primary_is_left_for_the_new_one_behind_the_same_address() {
    let first = RedisServer::start();
    let second = replica_of(&first).await;
    let proxy = Proxy::to(first.port()).await;
    let mut browser = Browser::new(shop(store_at(&proxy.url()), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    wait_for_replicas(&first);
    second.command("REPLICAOF NO ONE");
    first.command(&format!("REPLICAOF 127.0.0.1 {}", second.port()));
    proxy.lead_to(second.port());
    let switched = Instant::now();
    // The first write meets a replica, which says so; the next one the new primary.
    let reply = browser.post("/add/lost").await;
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(browser.post("/add/milk").await.status.is_success());
    assert!(switched.elapsed() < Duration::from_secs(1), "{:?}", switched.elapsed());
    assert_eq!(browser.get("/").await.body, "tea,milk");
}

#[tokio::test]
async fn after_a_crash_of_the_primary_sentinels_name_the_new_one() {
    let mut first = RedisServer::start();
    let second = replica_of(&first).await;
    let sentinel = sentinel_of(&first);
    let address = ConnectionAddr::Tcp("127.0.0.1".to_owned(), sentinel.port());
    let builder = SentinelClientBuilder::new([address], "shop", redis::sentinel::SentinelServerType::Master)
        .expect("a builder");
    let store = RedisStore::from_sentinels(builder).expect("a store");
    let mut browser = Browser::new(shop(store, SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    wait_for_replicas(&first);
    until("the sentinel knows the replica", async || {
        let replicas: Vec<Value> = redis::cmd("SENTINEL")
            .arg("REPLICAS")
            .arg("shop")
            .query(&mut sentinel.connection())
            .expect("replicas");
        !replicas.is_empty()
    })
    .await;
    first.kill();
    let crashed = Instant::now();
    let mut failures = 0;
    until("a new primary", async || {
        let begun = Instant::now();
        let up =
            browser.get("/").await.status.is_success() && browser.post("/add/milk").await.status.is_success();
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        failures += u32::from(!up);
        up
    })
    .await;
    println!("the new primary was found {:?} after the crash, {failures} requests failed", crashed.elapsed());
    assert_eq!(browser.get("/").await.body, "tea,milk");
    assert!(matches!(second.command("DBSIZE"), Value::Int(1)));
}

fn sentinel_of(primary: &RedisServer) -> RedisServer {
    let monitor = format!("127.0.0.1 {} 1", primary.port());
    let sentinel = RedisServer::start_sentinel();
    for command in [
        format!("SENTINEL MONITOR shop {monitor}"),
        "SENTINEL SET shop down-after-milliseconds 300".to_owned(),
        "SENTINEL SET shop failover-timeout 3000".to_owned(),
    ] {
        sentinel.command(&command);
    }
    sentinel
}
