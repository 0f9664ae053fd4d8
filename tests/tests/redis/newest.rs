//! A server that knows `SET … IFEQ`: the whole contract, the races, and one plain command for each write.

use std::sync::Arc;
use std::time::Duration;

use session_runtime::store::conformance::{Subject, Time};
use session_runtime::{Put, PutIf, Record, SessionConfig, Store, conformance};
use session_tests::browser::Browser;
use session_tests::histories::{Load, record};
use session_tests::hosted::Hosted;
use session_tests::races;
use session_tests::redis_server::RedisServer;

use crate::support::{create, seconds, shop, store_on, text};

conformance!(contract, || {
    let server = RedisServer::start_newest();
    Subject::new(move || store_on(&server).base("conformance"), Time::real(Duration::from_millis(10)))
});

#[tokio::test]
async fn a_request_that_reads_modifies_and_writes_is_two_plain_commands() {
    let server = RedisServer::start_newest();
    let mut browser = Browser::new(shop(store_on(&server), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    server.reset_calls();
    for _ in 0..10 {
        assert!(browser.post("/add/milk").await.status.is_success());
    }
    assert_eq!(server.calls(), "get=10 set=10");
}

#[tokio::test]
async fn a_server_that_was_replaced_by_an_older_one_gets_scripts() {
    let (newest, mut older) = (RedisServer::start_newest(), RedisServer::start());
    let proxy = session_tests::proxy::Proxy::to(newest.port()).await;
    let store = crate::support::store_at(&proxy.url());
    for server in [&newest, &older] {
        let (key, one) = create(&store, "one", seconds(100)).await;
        let two = Record::new("two");
        let put = store.put(&key, PutIf::Unchanged(&one), &two, seconds(100)).await.expect("put");
        assert!(matches!(put, Put::Stored), "on {}", server.port());
        assert_eq!(text(&store, &key).await.as_deref(), Some("two"));
        proxy.lead_to(older.port());
        proxy.cut();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(older.is_running());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_races() {
    let app = races::app(Arc::new(Hosted::on_redis(RedisServer::start_newest())), SessionConfig::default());
    for _ in 0..20 {
        assert_eq!(races::surviving_updates(&app).await, races::RACERS);
        assert_eq!(races::surviving_sets(&app).await, races::RACERS);
        assert_eq!(races::winning_claims(&app).await, 1);
        assert_eq!(races::sessions_after_rotations(&app).await, 1);
    }
    for _ in 0..100 {
        assert!(!races::logout_revived(&app).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_history_is_legal() {
    let load = Load { clients: 24, requests: 200, jars: 4, faulty: false };
    let store = Arc::new(Hosted::on_redis(RedisServer::start_newest()));
    let history = record(store, SessionConfig::default(), false, load).await;
    match history.check() {
        Ok(summary) => println!("history with SET IFEQ: {summary}"),
        Err(violation) => panic!("{violation}"),
    }
}
