//! The actix-web adapter: the middleware, the extractor, and what happens when a request does not end well.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod errors;
mod lifecycle;
mod middlewares;
mod server;
