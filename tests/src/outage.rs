//! What every store on a server owes its visitors when the server goes and comes back.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]

use std::time::{Duration, Instant};

use session_runtime::{SessionConfig, Store};

use crate::browser::Browser;
use crate::postgres_server::PostgresServer;
use crate::redis_server::RedisServer;
use crate::shop::shop;

/// A server that keeps what it acknowledged.
pub trait Server {
    /// Ends it as a crash would.
    fn kill(&mut self);

    /// Starts it again on the same port, with what was saved.
    fn restart(&mut self);
}

impl Server for RedisServer {
    fn kill(&mut self) {
        self.kill();
    }

    fn restart(&mut self) {
        self.restart();
    }
}

impl Server for PostgresServer {
    fn kill(&mut self) {
        self.kill();
    }

    fn restart(&mut self) {
        self.restart();
    }
}

/// A server that is gone is said at once, and the first request after it is back succeeds.
///
/// # Panics
/// It is otherwise.
pub async fn is_said_at_once_and_over_at_once(server: &mut impl Server, store: impl Store) {
    let mut browser = Browser::new(shop(store, SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    for round in 0..3 {
        server.kill();
        for _ in 0..3 {
            let begun = Instant::now();
            assert_eq!(browser.get("/").await.status, 503);
            let reply = browser.post("/add/lost").await;
            assert_eq!(reply.status, 503);
            assert!(reply.set_cookies().is_empty(), "{reply:?}");
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
            assert_eq!(browser.get("/about").await.status, 200);
        }
        server.restart();
        let begun = Instant::now();
        let reply = if round == 0 { browser.get("/").await } else { browser.post("/add/milk").await };
        assert!(reply.status.is_success(), "{reply:?}");
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        println!("round {round}: {:?} after the server was back", begun.elapsed());
    }
    assert_eq!(browser.get("/").await.body, "tea,milk,milk");
}

/// A restart between two requests is noticed by neither.
///
/// # Panics
/// One fails, or something is lost.
pub async fn between_two_requests_is_noticed_by_neither(server: &mut impl Server, store: impl Store) {
    let mut browser = Browser::new(shop(store, SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    for _ in 0..5 {
        server.restart();
        assert!(browser.post("/add/milk").await.status.is_success());
        server.restart();
        let mut newcomer = browser.clone();
        newcomer.cookie = None;
        assert!(newcomer.post("/add/new").await.status.is_success());
    }
    assert_eq!(browser.get("/").await.body, "tea,milk,milk,milk,milk,milk");
}
