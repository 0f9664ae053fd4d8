//! What every library can do, under one name: values under keys. The routes on it are the same for all of axum's.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::routing::get;

use crate::data::{self, Wide};

/// A session as its handler sees it.
pub(crate) trait Bag: Send + Sync + 'static {
    fn fetch(&self, key: &str) -> impl Future<Output = Option<Wide>> + Send;
    fn keep(&self, key: &str, value: Wide) -> impl Future<Output = ()> + Send;
    /// What a sign-out calls.
    fn end(&self) -> impl Future<Output = ()> + Send;

    /// Reads a count, works for so long, and writes the next one.
    fn count(&self, key: &str, millis: u64) -> impl Future<Output = ()> + Send {
        async move {
            let value = self.fetch(key).await;
            work(millis).await;
            self.keep(key, next(value)).await;
        }
    }
}

/// The routes but the one that makes a session.
pub(crate) fn routes<B, S>() -> Router<S>
where
    B: Bag + FromRequestParts<S>,
    S: Clone + Send + Sync + 'static,
{
    Router::new()
        .route("/one/{nth}", get(one::<B>))
        .route("/put/{nth}/{bytes}", get(put::<B>))
        .route("/count/{millis}", get(count::<B>))
        .route("/counted", get(async |bag: B| counted(bag.fetch(COUNT).await)))
        .route("/mark/{nth}/{millis}", get(mark::<B>))
        .route("/logout", get(async |bag: B| bag.end().await))
}

/// Makes a session of so many keys with a text of so many bytes each.
pub(crate) async fn fill<B: Bag>(bag: B, Path((keys, bytes)): Path<(usize, usize)>) {
    for nth in 0..keys {
        bag.keep(&data::wide_key(nth), text(bytes)).await;
    }
}

async fn one<B: Bag>(bag: B, Path(nth): Path<usize>) -> String {
    bag.fetch(&data::wide_key(nth)).await.unwrap_or_default().concat().len().to_string()
}

async fn put<B: Bag>(bag: B, Path((nth, bytes)): Path<(usize, usize)>) {
    bag.keep(&data::wide_key(nth), text(bytes)).await;
}

async fn count<B: Bag>(bag: B, Path(millis): Path<u64>) {
    bag.count(COUNT, millis).await;
}

/// Reads, works and writes, as `count` does, but a key that no other request writes.
async fn mark<B: Bag>(bag: B, Path((nth, millis)): Path<(usize, u64)>) {
    bag.fetch(COUNT).await;
    work(millis).await;
    bag.keep(&data::wide_key(nth), text(6)).await;
}

/// The key that requests count under.
pub(crate) const COUNT: &str = "count";

pub(crate) fn next(value: Option<Wide>) -> Wide {
    let count: u64 = counted(value).parse().expect("a count");
    vec![(count + 1).to_string()]
}

pub(crate) fn counted(value: Option<Wide>) -> String {
    value.map_or("0".to_owned(), |value| value.concat())
}

/// What a handler does besides; with nothing to do it still lets others go first, as it would when it asks a database.
pub(crate) async fn work(millis: u64) {
    match millis {
        0 => tokio::task::yield_now().await,
        _ => tokio::time::sleep(Duration::from_millis(millis)).await,
    }
}

/// A text of so many bytes, another one each time, so that it is a change wherever it is set.
pub(crate) fn text(bytes: usize) -> Wide {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let mut text = format!("{:06}", CALLS.fetch_add(1, Ordering::Relaxed) % 1_000_000);
    text.push_str(&"x".repeat(bytes.saturating_sub(text.len())));
    vec![text]
}
