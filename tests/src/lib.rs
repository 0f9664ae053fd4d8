//! What the tests share: an Astro app, a browser, stores that count or fail, and the races and histories that every
//! driver is put through.

pub mod astro;
pub mod browser;
pub mod histories;
pub mod races;
pub mod redis_server;
pub mod stores;
