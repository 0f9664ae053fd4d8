//! A server, a shop on it, and short words for the four operations.

use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use session_runtime::{
    Error, Expiry, Put, PutIf, Record, RedisStore, Session, SessionConfig, SessionData, SessionId,
    SessionLayer, Store, StoreKey,
};
use session_tests::redis_server::RedisServer;

#[derive(SessionData)]
pub(crate) struct Shop {
    #[session(default)]
    pub(crate) cart: Vec<String>,
    pub(crate) code: u32,
}

async fn show(session: Session<Shop>) -> Result<String, Error> {
    Ok(session.cart().get()?.join(","))
}

async fn add(session: Session<Shop>, Path(item): Path<String>) -> Result<(), Error> {
    session.cart().update(move |cart| cart.push(item.clone()))
}

async fn set_code(session: Session<Shop>, Path(code): Path<u32>) -> Result<(), Error> {
    session.code().set(code)
}

async fn claim(session: Session<Shop>) -> Result<String, Error> {
    Ok(session.code().claim().await?.map_or_else(String::new, |code| code.to_string()))
}

async fn leave(session: Session<Shop>) -> Result<(), Error> {
    session.destroy()
}

async fn renew(session: Session<Shop>) -> Result<(), Error> {
    session.regenerate()
}

/// A site with a session, and a page without one.
pub(crate) fn shop(store: impl Store, config: SessionConfig) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/add/{item}", post(add))
        .route("/code/{code}", post(set_code))
        .route("/claim", post(claim))
        .route("/leave", post(leave))
        .route("/renew", post(renew))
        .route("/about", get(async || "about"))
        .layer(SessionLayer::with_config(store, config))
}

pub(crate) fn store_on(server: &RedisServer) -> RedisStore {
    store_at(&server.url())
}

pub(crate) fn store_at(url: &str) -> RedisStore {
    let client = redis::Client::open(url).expect("a URL");
    RedisStore::from_client(&client).expect("a store")
}

pub(crate) fn key() -> StoreKey {
    StoreKey::hashed(&SessionId::random())
}

pub(crate) fn seconds(seconds: u64) -> Expiry {
    Expiry::After(Duration::from_secs(seconds))
}

pub(crate) async fn create(store: &impl Store, text: &str, expiry: Expiry) -> (StoreKey, Record) {
    let (key, record) = (key(), Record::new(text));
    let put = store.put(&key, PutIf::Absent, &record, expiry).await.expect("put");
    assert!(matches!(put, Put::Stored));
    (key, record)
}

pub(crate) async fn text(store: &impl Store, key: &StoreKey) -> Option<String> {
    store.load(key).await.expect("load").map(|record| record.text().to_owned())
}

/// What an error says with all its causes; it must not lead to a session.
pub(crate) fn said(error: &Error, key: &StoreKey) -> String {
    let mut said = format!("{error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said.push_str(&format!(": {error}"));
        cause = error.source();
    }
    assert!(!format!("{said} {error:?}").contains(key.as_str()), "{error:?}");
    said
}

/// Waits until something holds, for 10 seconds at most.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within 10 seconds");
}
