//! Short words for the operations of a store.

#![allow(clippy::print_stdout, reason = "what errors say is to be read off a run")]

use std::time::Duration;

use session_runtime::{Error, ErrorKind, Expiry, Put, PutIf, Record, SessionId, Store, StoreKey};

/// A key that nobody else has.
#[must_use]
pub fn key() -> StoreKey {
    StoreKey::hashed(&SessionId::random())
}

/// An expiry.
#[must_use]
pub fn seconds(seconds: u64) -> Expiry {
    Expiry::After(Duration::from_secs(seconds))
}

/// Puts a record under a key of its own.
///
/// # Panics
/// The store does not take it.
pub async fn create(store: &impl Store, text: &str, expiry: Expiry) -> (StoreKey, Record) {
    let (key, record) = (key(), Record::new(text));
    let put = store.put(&key, PutIf::Absent, &record, expiry).await.expect("put");
    assert!(matches!(put, Put::Stored));
    (key, record)
}

/// The text under a key.
///
/// # Panics
/// The store fails.
pub async fn text(store: &impl Store, key: &StoreKey) -> Option<String> {
    store.load(key).await.expect("load").map(|record| record.text().to_owned())
}

/// What an error says with all its causes.
///
/// # Panics
/// It names the key.
#[must_use]
pub fn said(error: &Error, key: &StoreKey) -> String {
    let mut said = format!("{error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said.push_str(&format!(": {error}"));
        cause = error.source();
    }
    assert!(!format!("{said} {error:?}").contains(key.as_str()), "{error:?}");
    said
}

/// A refusal is known to have done nothing, is answered 503, and says what to do.
///
/// # Panics
/// It is not one.
#[track_caller]
pub fn refused(error: &Error, says: &str) {
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unavailable, 503));
    assert!(error.is_refusal(), "{error:?}");
    let said = said(error, &key());
    assert!(said.contains(says), "{said}");
    println!("{said}");
}

/// Waits until something holds.
///
/// # Panics
/// It does not within 10 seconds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within 10 seconds");
}
