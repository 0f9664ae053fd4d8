//! Stores on a server, and what the drivers' tests share.

use session_runtime::RedisStore;
pub(crate) use session_tests::operations::{create, key, refused, said, seconds, text, until};
use session_tests::redis_server::RedisServer;
pub(crate) use session_tests::shop::shop;

pub(crate) fn store_on(server: &RedisServer) -> RedisStore {
    store_at(&server.url())
}

pub(crate) fn store_at(url: &str) -> RedisStore {
    let client = redis::Client::open(url).expect("a URL");
    RedisStore::from_client(&client).expect("a store")
}
