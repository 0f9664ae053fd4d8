//! What the tests of the memory store share.

use std::time::Duration;

use session_runtime::{Expiry, SessionId, StoreKey};

pub(crate) fn key() -> StoreKey {
    StoreKey::hashed(&SessionId::random())
}

pub(crate) fn parse(text: &str) -> StoreKey {
    StoreKey::parse(text).expect("a key")
}

pub(crate) fn seconds(seconds: u64) -> Expiry {
    Expiry::After(Duration::from_secs(seconds))
}
