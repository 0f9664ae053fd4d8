//! A store that keeps its server running.

use session_runtime::{DeleteIf, Expiry, PutIf, Record, RedisStore, Store, StoreFuture, StoreKey, Touch};

use super::RedisServer;

/// A store on a server of its own, which stops with it.
#[derive(Debug)]
pub struct Hosted {
    store: RedisStore,
    _server: RedisServer,
}

impl Hosted {
    /// A store on `server`.
    ///
    /// # Panics
    /// Never: the server's URL is one.
    #[must_use]
    pub fn on(server: RedisServer) -> Self {
        let client = redis::Client::open(server.url()).expect("a URL");
        Self { store: RedisStore::from_client(&client).expect("a store"), _server: server }
    }
}

impl Store for Hosted {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        self.store.load(key)
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, session_runtime::Put> {
        self.store.put(key, condition, record, expiry)
    }

    fn delete<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: DeleteIf<'a>,
    ) -> StoreFuture<'a, session_runtime::Delete> {
        self.store.delete(key, condition)
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        self.store.touch(key, expiry)
    }
}
