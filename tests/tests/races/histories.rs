//! Random histories on every driver, checked when they are over; and drivers that break the contract, found by them.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use session_runtime::testing::{Fault, FaultyStore};
use session_runtime::{
    Delete, DeleteIf, Error, Expiry, MemoryStore, Put, PutIf, Record, SessionConfig, Store, StoreFuture,
    StoreKey, Touch,
};
use session_tests::histories::{Load, record};

use crate::drivers;

const LOAD: Load = Load { clients: 24, requests: 200, jars: 4, faulty: false };

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_history_is_legal() {
    for driver in drivers().await {
        let history = record(driver.store, driver.config, driver.astro, LOAD).await;
        match history.check() {
            Ok(summary) => println!("history on {}: {summary}", driver.name),
            Err(violation) => panic!("{}: {violation}", driver.name),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_history_is_legal_where_the_store_fails_now_and_then() {
    for driver in drivers().await {
        let store = FaultyStore::new(driver.store);
        let faults = [Fault::Fails, Fault::LosesAnswer, Fault::Late(Duration::from_millis(1))];
        store.faults().at_random(RandomState::new().hash_one(driver.name), 12, &faults);
        let load = Load { faulty: true, ..LOAD };
        match record(Arc::new(store), driver.config, driver.astro, load).await.check() {
            Ok(summary) => println!("history on {}, which fails: {summary}", driver.name),
            Err(violation) => panic!("{}, which fails: {violation}", driver.name),
        }
    }
}

/// What a broken driver does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// Puts although the content has changed.
    Overwrites,
    /// Deletes although the content has changed, and says so.
    ForgetsDeletes,
    /// Says that it stored what it did not.
    Lies,
}

/// A memory store with a flaw, shown in one of eight calls.
struct Broken {
    store: MemoryStore,
    flaw: Flaw,
    calls: AtomicU32,
}

impl Broken {
    fn shows(&self, flaw: Flaw) -> bool {
        self.flaw == flaw && self.calls.fetch_add(1, Ordering::SeqCst).is_multiple_of(8)
    }
}

impl Store for Broken {
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
        Box::pin(async move {
            if self.shows(Flaw::Lies) {
                return Ok(Put::Stored);
            }
            match self.store.put(key, condition, record, expiry).await? {
                Put::Conflict(Some(current)) if self.shows(Flaw::Overwrites) => {
                    self.store.put(key, PutIf::Unchanged(&current), record, expiry).await
                }
                put => Ok(put),
            }
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(async move {
            match self.shows(Flaw::ForgetsDeletes) {
                true => Ok::<_, Error>(Delete::Deleted),
                false => self.store.delete(key, condition).await,
            }
        })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        self.store.touch(key, expiry)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_history_on_a_broken_driver_is_not() {
    for flaw in [Flaw::Overwrites, Flaw::ForgetsDeletes, Flaw::Lies] {
        for (astro, config) in [(false, SessionConfig::default()), (true, SessionConfig::astro())] {
            let store = Arc::new(Broken { store: MemoryStore::new(), flaw, calls: 0.into() });
            let violation =
                record(store, config, astro, LOAD).await.check().expect_err("the check must notice");
            println!("{flaw:?}, Astro's layout: {astro}: {violation}");
        }
    }
}
