//! A cluster of three real nodes: the whole contract, redirections, and a node that is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use session_runtime::store::conformance::{CHECKS, Runtime, Subject, Time, Tokio};
use session_runtime::{Expiry, Put, PutIf, Record, RedisStore, SessionConfig, Store, StoreKey};
use session_tests::browser::Browser;
use session_tests::redis_server::RedisCluster;

use crate::support::{create, key, said, seconds, shop, text};

async fn store_on(cluster: &RedisCluster) -> RedisStore {
    let urls = cluster.urls();
    RedisStore::connect_cluster(urls.iter().map(String::as_str)).await.expect("a store")
}

/// A record on a node of our choice.
async fn create_on(store: &RedisStore, cluster: &RedisCluster, node: usize) -> (StoreKey, Record) {
    loop {
        let key = key();
        if cluster.node_of(key.as_str()) == node {
            let record = Record::new("one");
            let put = store.put(&key, PutIf::Absent, &record, seconds(100)).await.expect("put");
            assert!(matches!(put, Put::Stored));
            return (key, record);
        }
    }
}

#[test]
fn the_whole_contract() {
    let cluster = Arc::new(RedisCluster::start());
    let count = Arc::new(AtomicU32::new(0));
    let runtime: Arc<dyn Runtime> = Arc::new(Tokio::new());
    for check in CHECKS {
        let (cluster, count) = (Arc::clone(&cluster), Arc::clone(&count));
        let make = move || {
            let (cluster, nth) = (Arc::clone(&cluster), count.fetch_add(1, Ordering::SeqCst));
            Box::pin(async move {
                let store = store_on(&cluster).await.base(&format!("check{nth}"));
                Subject::new(move || store.clone(), Time::real(Duration::from_millis(10)))
            }) as std::pin::Pin<Box<dyn Future<Output = Subject> + Send>>
        };
        check.run(make, &runtime);
    }
    println!("{} checks on a cluster of three nodes", CHECKS.len());
}

#[tokio::test]
async fn a_slot_that_moves_is_followed() {
    let cluster = RedisCluster::start();
    let store = store_on(&cluster).await;
    let (key, one) = create_on(&store, &cluster, 0).await;
    let (slot, nodes) = (cluster.slot(key.as_str()), &cluster.nodes);
    nodes[1].command(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", cluster.id(0)));
    nodes[0].command(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", cluster.id(1)));
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"), "not moved yet");
    nodes[0].command(&format!("MIGRATE 127.0.0.1 {} {} 0 5000", nodes[1].port(), key.as_str()));
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"), "asked of the other node");
    let two = Record::new("two");
    let put = store.put(&key, PutIf::Unchanged(&one), &two, seconds(100)).await.expect("put");
    assert!(matches!(put, Put::Stored));
    for node in [1, 0, 2] {
        nodes[node].command(&format!("CLUSTER SETSLOT {slot} NODE {}", cluster.id(1)));
    }
    assert_eq!(text(&store, &key).await.as_deref(), Some("two"), "moved");
    let put = store.put(&key, PutIf::Unchanged(&two), &one, seconds(100)).await.expect("put");
    assert!(matches!(put, Put::Stored));
    assert!(store.delete(&key, session_runtime::DeleteIf::Unchanged(&one)).await.is_ok());
}

#[tokio::test]
async fn a_node_that_is_gone_takes_its_sessions_along_and_brings_them_back() {
    let mut cluster = RedisCluster::start();
    let store = store_on(&cluster).await;
    let (there, _) = create_on(&store, &cluster, 1).await;
    let (here, _) = create_on(&store, &cluster, 2).await;
    for _ in 0..3 {
        cluster.nodes[1].kill();
        for _ in 0..3 {
            let begun = Instant::now();
            let error = store.load(&there).await.expect_err("no node");
            println!("{} after {:?}", said(&error, &there), begun.elapsed());
            assert_eq!(error.status(), 503);
            assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
            assert_eq!(text(&store, &here).await.as_deref(), Some("one"));
        }
        cluster.nodes[1].restart();
        cluster.wait();
        let begun = Instant::now();
        assert_eq!(text(&store, &there).await.as_deref(), Some("one"));
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        println!("back after {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_shop_on_a_cluster() {
    let cluster = RedisCluster::start();
    let mut browser = Browser::new(shop(store_on(&cluster).await, SessionConfig::default()));
    for path in ["/add/tea", "/renew", "/add/milk", "/renew", "/code/7"] {
        assert!(browser.post(path).await.status.is_success(), "{path}");
    }
    assert_eq!(browser.get("/").await.body, "tea,milk");
    assert_eq!(browser.post("/claim").await.body, "7");
    assert!(browser.post("/leave").await.status.is_success());
    assert_eq!(browser.get("/").await.body, "");
    create(&store_on(&cluster).await, "one", Expiry::Never).await;
}
