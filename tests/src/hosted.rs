//! A store that keeps its server running.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use session_runtime::{
    Delete, DeleteIf, Expiry, Put, PutIf, Record, RedisStore, Store, StoreFuture, StoreKey, Touch,
};

use crate::postgres_server::PostgresServer;
use crate::redis_server::RedisServer;

/// A store on a server of its own, which stops with it.
pub struct Hosted {
    store: Box<dyn Store>,
    _server: Box<dyn Any + Send + Sync>,
}

impl Hosted {
    /// A store on a Redis server.
    ///
    /// # Panics
    /// Never: the server's URL is one.
    #[must_use]
    pub fn on_redis(server: RedisServer) -> Self {
        let client = redis::Client::open(server.url()).expect("a URL");
        let store = RedisStore::from_client(&client).expect("a store");
        Self { store: Box::new(store), _server: Box::new(server) }
    }

    /// A store on a table of this name on a PostgreSQL server.
    ///
    /// # Panics
    /// The table cannot be made.
    pub async fn on_postgres(server: Arc<PostgresServer>, table: &str) -> Self {
        let store = server.store().table(table);
        store.create_table().await.expect("a table");
        Self { store: Box::new(store), _server: Box::new(server) }
    }
}

impl fmt::Debug for Hosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted").finish_non_exhaustive()
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
    ) -> StoreFuture<'a, Put> {
        self.store.put(key, condition, record, expiry)
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        self.store.delete(key, condition)
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        self.store.touch(key, expiry)
    }
}
