//! What a request costs, by the server's own count.

use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{Clock, DeleteIf, Put, PutIf, Record, RedisStore, SessionConfig, Store, Touch};
use session_tests::browser::Browser;
use session_tests::redis_server::RedisServer;

use crate::support::{create, seconds, shop, store_on};

/// A visitor with a session, on a server whose count begins now and that knows the scripts.
async fn visitor(server: &RedisServer, store: RedisStore, config: SessionConfig) -> Browser {
    let mut browser = Browser::new(shop(store, config));
    for path in ["/add/tea", "/add/milk", "/code/7"] {
        assert!(browser.post(path).await.status.is_success(), "{path}");
    }
    server.reset_calls();
    browser
}

#[tokio::test]
async fn a_request_that_reads_is_one_command() {
    let server = RedisServer::start();
    let mut browser = visitor(&server, store_on(&server), SessionConfig::default()).await;
    for _ in 0..10 {
        assert_eq!(browser.get("/").await.body, "tea,milk");
    }
    assert_eq!(server.calls(), "get=10");
}

/// Each command sent for itself would be read for itself: 1280 times.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_commands_of_many_requests_leave_together() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let (key, _) = create(&store, "text", seconds(100)).await;
    server.reset_calls();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (store, key) = (store.clone(), key);
        tasks.spawn(async move {
            for _ in 0..20 {
                assert!(store.load(&key).await.expect("load").is_some());
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(server.calls(), "get=1280");
    let statistics: String =
        redis::cmd("INFO").arg("stats").query(&mut server.connection()).expect("statistics");
    let reads = statistics.lines().find_map(|line| line.strip_prefix("total_reads_processed:"));
    let reads: u32 = reads.expect("a count").trim().parse().expect("a number");
    assert!(reads < 320, "{reads} reads");
}

#[tokio::test]
async fn a_request_that_reads_modifies_and_writes_is_two_commands() {
    let server = RedisServer::start();
    let mut browser = visitor(&server, store_on(&server), SessionConfig::default()).await;
    for _ in 0..10 {
        assert!(browser.post("/add/sugar").await.status.is_success());
    }
    // The script's own commands are counted with it: one GET for each request, one GET and one SET in each script.
    assert_eq!(server.calls(), "evalsha=10 get=20 set=10");
}

#[tokio::test]
async fn everything_else_is_as_few_commands() {
    let server = RedisServer::start();
    let mut browser = visitor(&server, store_on(&server), SessionConfig::default()).await;
    let mut cost = async |method: &str, path: &str| {
        server.reset_calls();
        let reply = if method == "get" { browser.get(path).await } else { browser.post(path).await };
        assert!(reply.status.is_success(), "{path}: {reply:?}");
        server.calls()
    };
    assert_eq!(cost("get", "/about").await, "");
    assert_eq!(cost("post", "/claim").await, "evalsha=1 get=2 set=1");
    // The new record, then the marker in the old one's place.
    assert_eq!(cost("post", "/renew").await, "evalsha=1 get=2 set=2");
    server.reset_calls();
    assert!(browser.post("/leave").await.status.is_success());
    assert_eq!(server.calls(), "del=1 eval=1 evalsha=1 get=2", "the first time a server meets this script");
    server.reset_calls();
    assert!(browser.post("/add/tea").await.status.is_success());
    assert_eq!(server.calls(), "set=1", "a new session");
}

#[tokio::test]
async fn an_idle_session_is_touched_once_in_a_sixteenth_of_its_time() {
    let server = RedisServer::start();
    let clock = ManualClock::at(1_795_416_736_073);
    let config = SessionConfig::default().clock(clock.clock()).idle(Duration::from_secs(1600));
    let store = store_on(&server).clock(clock.clock());
    let mut browser = visitor(&server, store, config).await;
    for _ in 0..50 {
        assert_eq!(browser.get("/").await.body, "tea,milk");
        clock.advance(Duration::from_secs(10));
        server.pass("", Duration::from_secs(10));
    }
    // 500 seconds pass; a touch is worth it after each 100.
    assert_eq!(server.calls().replace(" pttl=50", "").replace("keys=50 ", ""), "get=50 pexpire=54");
    server.reset_calls();
    for _ in 0..20 {
        clock.advance(Duration::from_secs(800));
        server.pass("", Duration::from_secs(800));
        assert_eq!(browser.get("/").await.body, "tea,milk", "a session in use does not expire");
    }
    clock.advance(Duration::from_secs(1601));
    server.pass("", Duration::from_secs(1601));
    assert_eq!(browser.get("/").await.body, "");
}

#[tokio::test]
async fn another_process_touches_a_session_once_and_then_knows() {
    let server = RedisServer::start();
    let mut browser = visitor(&server, store_on(&server), SessionConfig::default()).await;
    let mut other = Browser::new(shop(store_on(&server), SessionConfig::default()));
    other.cookie.clone_from(&browser.cookie);
    // A touch makes the time longer by a millisecond at least, or it costs a look whether there is a record.
    let a_moment = || tokio::time::sleep(Duration::from_millis(5));
    a_moment().await;
    for _ in 0..10 {
        assert_eq!(other.get("/").await.body, "tea,milk");
    }
    assert_eq!(server.calls(), "get=10 pexpire=1");
    assert!(browser.post("/add/sugar").await.status.is_success());
    server.reset_calls();
    a_moment().await;
    assert_eq!(other.get("/").await.body, "tea,milk,sugar");
    assert_eq!(other.get("/").await.body, "tea,milk,sugar");
    assert_eq!(server.calls(), "get=2 pexpire=1", "new content may be kept for another time");
}

#[tokio::test]
async fn the_operations_themselves() {
    let server = RedisServer::start();
    let store = store_on(&server).clock(Clock::system());
    let (key, one) = create(&store, "one", seconds(100)).await;
    let two = Record::new("two");
    assert!(matches!(store.put(&key, PutIf::Unchanged(&one), &two, seconds(100)).await, Ok(Put::Stored)));
    let mut costs = Vec::new();
    server.reset_calls();
    assert_eq!(store.touch(&key, seconds(200)).await.expect("touch"), Touch::Touched);
    costs.push(server.calls());
    server.reset_calls();
    assert!(matches!(
        store.put(&key, PutIf::Unchanged(&one), &two, seconds(1)).await,
        Ok(Put::Conflict(Some(_)))
    ));
    costs.push(server.calls());
    server.reset_calls();
    assert!(matches!(store.put(&key, PutIf::Absent, &two, seconds(1)).await, Ok(Put::Conflict(Some(_)))));
    costs.push(server.calls());
    server.reset_calls();
    store.delete(&key, DeleteIf::Any).await.expect("delete");
    costs.push(server.calls());
    assert_eq!(costs, ["pexpire=1", "evalsha=1 get=1", "set=1", "del=1"]);
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_is_told_them_again() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let (key, mut old) = create(&store, "0", seconds(100)).await;
    for round in 1..4 {
        server.command("SCRIPT FLUSH");
        let new = Record::new(round.to_string());
        let put = store.put(&key, PutIf::Unchanged(&old), &new, seconds(100)).await.expect("put");
        assert!(matches!(put, Put::Stored));
        old = new;
    }
    server.command("SCRIPT FLUSH");
    assert!(store.delete(&key, DeleteIf::Unchanged(&old)).await.is_ok());
    assert!(store.load(&key).await.expect("load").is_none());
}
