//! A real Astro app and a Rust service share their sessions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod carry;
mod drivers;
mod expiry;
mod life;
mod races;
mod readme;
mod recovery;
mod service;
mod types;
mod upgrade;
mod values;
mod vectors;
