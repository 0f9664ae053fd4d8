//! What `#[derive(SessionData)]` generates.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod claims;
mod docs;
mod hygiene;
mod keys;
mod naming;
mod strict;
mod values;

use session_runtime::{KeyInfo, SessionData};

/// The row of this key.
fn key<S: SessionData>(name: &str) -> &'static KeyInfo {
    S::KEYS.iter().find(|key| key.name() == name).unwrap_or_else(|| panic!("no key `{name}`"))
}

/// The names of all keys, in the order of the table.
fn names<S: SessionData>() -> Vec<&'static str> {
    S::KEYS.iter().map(KeyInfo::name).collect()
}
