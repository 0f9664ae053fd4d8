//! Many requests at once, whose commands share pipelines.

use std::time::Duration;

use session_runtime::{DeleteIf, Error, RedisStore, Store, StoreKey};
use session_tests::redis_server::RedisServer;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{create, key, seconds, store_on};

/// Loads each of the keys once, all at the same time.
async fn load_all(store: &RedisStore, keys: impl IntoIterator<Item = StoreKey>) -> Vec<Result<bool, Error>> {
    let mut loads = JoinSet::new();
    for key in keys {
        let store = store.clone();
        loads.spawn(async move { store.load(&key).await.map(|record| record.is_some()) });
    }
    timeout(Duration::from_secs(20), loads.join_all()).await.expect("an answer to each")
}

/// One thread, as in a test or on actix-web, and two, which let commands gather in another way.
fn on_one_thread_and_on_two<F: Future>(test: impl Fn() -> F) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test());
    let mut two = tokio::runtime::Builder::new_multi_thread();
    two.worker_threads(2).enable_all().build().expect("a runtime").block_on(test());
}

#[test]
fn all_are_served_of_more_than_may_be_under_way() {
    on_one_thread_and_on_two(all_are_served);
}

/// They are sent in parts, the next one when the one before has been answered, and nobody comes later to push them on.
async fn all_are_served() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let (present, _) = create(&store, "text", seconds(100)).await;
    server.reset_calls();
    // All that are under way are answered together then.
    server.command("CLIENT PAUSE 300 ALL");
    let keys = (0..5_000).map(|nth| if nth % 2 == 0 { present } else { key() });
    let found = load_all(&store, keys).await;
    let count = |wanted: bool| found.iter().filter(|found| matches!(found, Ok(is) if *is == wanted)).count();
    assert_eq!((count(true), count(false)), (2_500, 2_500));
    assert_eq!(server.calls(), "get=5000");
}

#[test]
fn a_command_that_is_refused_fails_alone() {
    on_one_thread_and_on_two(the_refused_fail);
}

async fn the_refused_fail() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let ((present, _), list) = (create(&store, "text", seconds(100)).await, key());
    server.command(&format!("RPUSH {} a", list.as_str()));
    let keys = (0..64).map(|nth| if nth % 8 == 3 { list } else { present });
    let outcomes = load_all(&store, keys).await;
    let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    let found = outcomes.iter().filter(|outcome| matches!(outcome, Ok(true))).count();
    assert_eq!((refused, found), (8, 56));
}

/// What was given up before its turn had come is not done.
#[tokio::test]
async fn a_command_that_nobody_waits_for_any_more_is_not_sent() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let (present, _) = create(&store, "text", seconds(100)).await;
    server.reset_calls();
    for _ in 0..10 {
        let mut delete = store.delete(&present, DeleteIf::Any);
        // Polled once, it has handed its command in, and the connection's task has not run since.
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(delete.as_mut().poll(cx))).await.is_pending()
        );
        drop(delete);
    }
    assert_eq!(
        load_all(&store, [present]).await.into_iter().filter(|found| matches!(found, Ok(true))).count(),
        1
    );
    assert_eq!(server.calls(), "get=1");
}

/// The last one, too, that comes to a connection which owes nobody an answer any more.
#[test]
fn whoever_comes_is_served_however_many_come() {
    on_one_thread_and_on_two(async || {
        let server = RedisServer::start();
        let store = store_on(&server);
        let (present, _) = create(&store, "text", seconds(100)).await;
        for many in (1..130).chain([500, 1_500]) {
            let mut visitors = JoinSet::new();
            for _ in 0..many {
                let store = store.clone();
                visitors.spawn(async move {
                    for _ in 0..4 {
                        assert!(store.load(&present).await.expect("an answer").is_some());
                    }
                });
            }
            timeout(Duration::from_secs(20), visitors.join_all()).await.expect("an answer to each");
        }
    });
}
