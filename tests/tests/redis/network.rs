//! A network that is slow, silent, or loses an answer.

use std::time::{Duration, Instant};

use session_runtime::SessionConfig;
use session_tests::browser::Browser;
use session_tests::proxy::Proxy;
use session_tests::redis_server::RedisServer;

use crate::support::{shop, store_at};

/// The bound of a wait on the store, and what a busy machine may add to it.
const BOUND: Duration = Duration::from_secs(2);
const SLACK: Duration = Duration::from_millis(700);

async fn visitor(proxy: &Proxy) -> Browser {
    let mut browser = Browser::new(shop(store_at(&proxy.url()), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    assert_eq!(browser.get("/").await.body, "tea");
    browser
}

/// A request that fails within the bound; one that needs no session is answered meanwhile.
async fn fails_in_time(browser: &Browser, path: &str) {
    let (mut browser, mut other) = (browser.clone(), browser.clone());
    let begun = Instant::now();
    let about = async {
        assert_eq!(other.get("/about").await.status, 200);
        begun.elapsed()
    };
    let (reply, about) = tokio::join!(browser.post(path), about);
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(begun.elapsed() < BOUND + SLACK, "{path}: {:?}", begun.elapsed());
    assert!(about < Duration::from_millis(500), "a page without a session waited {about:?}");
}

/// The first request after all is well again.
async fn succeeds_soon(browser: &mut Browser, path: &str) {
    let begun = Instant::now();
    let reply = browser.post(path).await;
    assert!(reply.status.is_success(), "{reply:?}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{path}: {:?}", begun.elapsed());
    println!("{path} {:?} after all was well again", begun.elapsed());
}

#[tokio::test]
async fn a_slow_server_is_waited_for_and_a_too_slow_one_is_not() {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port()).await;
    let mut browser = visitor(&proxy).await;
    proxy.delay(Duration::from_millis(100));
    assert!(browser.post("/add/milk").await.status.is_success());
    proxy.delay(Duration::from_secs(3));
    fails_in_time(&browser, "/add/lost").await;
    proxy.delay(Duration::ZERO);
    succeeds_soon(&mut browser, "/add/sugar").await;
    assert_eq!(browser.get("/").await.body, "tea,milk,sugar");
}

#[tokio::test]
async fn a_silent_server_is_given_up_and_another_connection_is_made() {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port()).await;
    let mut browser = visitor(&proxy).await;
    proxy.silent(true);
    fails_in_time(&browser, "/add/lost").await;
    fails_in_time(&browser, "/add/lost").await;
    proxy.silent(false);
    succeeds_soon(&mut browser, "/add/milk").await;
    assert_eq!(browser.get("/").await.body, "tea,milk", "nothing was overwritten by an empty session");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_at_a_silent_server_wait_no_longer_than_one() {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port()).await;
    let mut browser = visitor(&proxy).await;
    proxy.silent(true);
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let mut browser = browser.clone();
        tasks.spawn(async move { browser.get("/").await.status.as_u16() });
    }
    assert!(tasks.join_all().await.into_iter().all(|status| status == 503));
    assert!(begun.elapsed() < BOUND + SLACK, "{:?}", begun.elapsed());
    proxy.silent(false);
    succeeds_soon(&mut browser, "/add/milk").await;
}

#[tokio::test]
async fn an_answer_that_is_lost_counts_an_update_once_and_repeats_a_set() {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port()).await;
    let mut browser = visitor(&proxy).await;
    // The server learns the script, and the store what the server knows.
    assert!(browser.post("/add/milk").await.status.is_success());
    for _ in 0..5 {
        let before = browser.get("/").await.body;
        // The first answer is that to the load, the second that to the put.
        proxy.cut_answer(2);
        let reply = browser.post("/add/sugar").await;
        assert_eq!(reply.status, 503, "nobody knows whether the update has happened");
        assert_eq!(browser.get("/").await.body, format!("{before},sugar"), "it has, once");
        proxy.cut_answer(2);
        let reply = browser.post("/code/5").await;
        assert_eq!(reply.status, 200, "a set is found to be stored");
        proxy.cut_answer(1);
        let reply = browser.post("/code/6").await;
        assert_eq!(reply.status, 200, "a load can be repeated");
        assert_eq!(browser.post("/claim").await.body, "6");
        let mut newcomer = browser.clone();
        newcomer.cookie = None;
        proxy.cut_answer(1);
        assert_eq!(newcomer.post("/code/7").await.status, 200, "a new session is found to be stored");
        assert_eq!(newcomer.post("/claim").await.body, "7");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_between_requests_is_not_noticed() {
    let server = RedisServer::start();
    let proxy = Proxy::to(server.port()).await;
    let mut browser = visitor(&proxy).await;
    for _ in 0..5 {
        proxy.cut();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let mut newcomer = browser.clone();
        newcomer.cookie = None;
        assert!(newcomer.post("/add/new").await.status.is_success(), "a put is the first command");
        proxy.cut();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(newcomer.post("/leave").await.status.is_success());
        proxy.cut();
        assert!(browser.post("/add/milk").await.status.is_success(), "a load may be repeated");
    }
}
