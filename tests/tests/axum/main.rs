//! The axum adapter: extractors, layers, cookies, and what happens when a request does not end well.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cookies;
mod errors;
mod extract;
mod layers;
mod lifecycle;
mod streaming;
