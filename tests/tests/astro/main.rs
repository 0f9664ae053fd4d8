//! A real Astro app and a Rust service share their sessions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod drivers;
mod life;
mod values;
mod vectors;
