//! 64 requests at once, 20 runs each, and random histories, on every store: nothing is lost, nothing comes back.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod histories;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use session_runtime::{FileStore, MemoryStore, SessionConfig, Store};
use session_tests::hosted::Hosted;
use session_tests::postgres_server::PostgresServer;
use session_tests::races;
use session_tests::redis_server::RedisServer;

const RUNS: usize = 20;

/// How many tables were made.
static TABLES: AtomicU32 = AtomicU32::new(0);

/// A store with the configuration of its layout.
struct Driver {
    name: &'static str,
    store: Arc<dyn Store>,
    config: SessionConfig,
    astro: bool,
}

/// Every driver is one line here.
async fn drivers() -> Vec<Driver> {
    let own = |name, store| Driver { name, store, config: SessionConfig::default(), astro: false };
    let astro = |name, store| Driver { name, store, config: SessionConfig::astro(), astro: true };
    let postgres = async |table: &str| {
        let table = format!("{table}_{}", TABLES.fetch_add(1, Ordering::Relaxed));
        Arc::new(Hosted::on_postgres(PostgresServer::shared(), &table).await)
    };
    vec![
        own("memory", Arc::new(MemoryStore::new())),
        astro("memory, Astro's layout", Arc::new(MemoryStore::new())),
        own("file", Arc::new(FileStore::new(folder("own")))),
        astro("file, Astro's layout", Arc::new(FileStore::astro(folder("astro")))),
        own("redis", Arc::new(Hosted::on_redis(RedisServer::start()))),
        astro("redis, Astro's layout", Arc::new(Hosted::on_redis(RedisServer::start()))),
        own("postgres", postgres("own").await),
        astro("postgres, Astro's layout", postgres("astro").await),
    ]
}

async fn apps() -> Vec<(&'static str, Router)> {
    drivers().await.into_iter().map(|driver| (driver.name, races::app(driver.store, driver.config))).collect()
}

/// A folder below cargo's own for tests' files; `cargo clean` takes it away.
fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("races").join(name)
}

/// Runs one race on every driver and prints what came out, so that the figures can be read off a run.
async fn each_run<T: PartialEq + std::fmt::Debug>(
    race: &str,
    runs: usize,
    expected: T,
    run: impl AsyncFn(&Router) -> T,
) {
    for (store, app) in apps().await {
        for nth in 0..runs {
            assert_eq!(run(&app).await, expected, "{race} on {store}, run {nth}");
        }
        println!("{race} on {store}: {expected:?} in each of {runs} runs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost() {
    each_run("64 updates of one key", RUNS, races::RACERS, races::surviving_updates).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_set_of_another_key_is_lost() {
    each_run("64 sets of different keys", RUNS, races::RACERS, races::surviving_sets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_claim_wins() {
    each_run("64 claims", RUNS, 1, races::winning_claims).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_is_left_of_many_rotations() {
    each_run("64 rotations", RUNS, 1, races::sessions_after_rotations).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_is_never_undone() {
    for (store, app) in apps().await {
        let mut runs = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let app = app.clone();
            runs.spawn(async move { races::logout_revived(&app).await });
        }
        let revived = runs.join_all().await.into_iter().filter(|revived| *revived).count();
        assert_eq!(revived, 0, "{store}");
        println!("logout race on {store}: revived {revived} of 100");
    }
}
