//! What the tests share: an Astro app, a browser, Node, servers, and the races and histories that every driver is put through.

pub mod astro;
pub mod browser;
pub mod certificates;
pub mod histories;
pub mod hosted;
pub mod node;
pub mod operations;
pub mod outage;
pub mod postgres_server;
pub mod processes;
pub mod proxy;
pub mod races;
pub mod redis_server;
pub mod relay;
pub mod shop;
