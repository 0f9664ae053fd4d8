//! Stores around stores: one that counts calls, one that fails when told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use session_runtime::{
    Delete, DeleteIf, Error, Expiry, Put, PutIf, Record, Store, StoreFuture, StoreKey, Touch,
};

/// How often each operation was called.
#[derive(Debug, Default)]
pub struct Calls {
    load: AtomicUsize,
    put: AtomicUsize,
    delete: AtomicUsize,
    touch: AtomicUsize,
}

impl Calls {
    /// Loads, puts, deletes and touches so far.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        [&self.load, &self.put, &self.delete, &self.touch].map(|count| count.load(Ordering::SeqCst))
    }

    /// The counts since the last time this was called.
    #[must_use]
    pub fn reset(&self) -> [usize; 4] {
        [&self.load, &self.put, &self.delete, &self.touch].map(|count| count.swap(0, Ordering::SeqCst))
    }
}

/// When a [`Watched`] store fails.
#[derive(Debug, Default)]
pub struct Faults {
    /// Every call fails before it does anything.
    pub down: AtomicBool,
    /// The next put is applied, and its answer is lost.
    pub lose_answer_of_next_put: AtomicBool,
    /// The next put is lost on its way.
    pub lose_next_put: AtomicBool,
    /// Every load hangs for ever.
    pub hang: AtomicBool,
}

/// A store whose calls are counted, and which fails when told to.
#[derive(Debug)]
pub struct Watched<S> {
    store: S,
    /// What was called.
    pub calls: Arc<Calls>,
    /// What is to fail.
    pub faults: Arc<Faults>,
}

impl<S> Watched<S> {
    /// Watches `store`.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self { store, calls: Arc::default(), faults: Arc::default() }
    }

    fn check(&self) -> Result<(), Error> {
        match self.faults.down.load(Ordering::SeqCst) {
            true => Err(Error::unavailable(std::io::Error::other("connection refused"))),
            false => Ok(()),
        }
    }
}

fn lost() -> Error {
    Error::unavailable(std::io::Error::other("connection reset"))
}

impl<S: Store> Store for Watched<S> {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        self.calls.load.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            if self.faults.hang.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            self.check()?;
            self.store.load(key).await
        })
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        self.calls.put.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            self.check()?;
            if self.faults.lose_next_put.swap(false, Ordering::SeqCst) {
                return Err(lost());
            }
            let put = self.store.put(key, condition, record, expiry).await?;
            match self.faults.lose_answer_of_next_put.swap(false, Ordering::SeqCst) {
                true => Err(lost()),
                false => Ok(put),
            }
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        self.calls.delete.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            self.check()?;
            self.store.delete(key, condition).await
        })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        self.calls.touch.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            self.check()?;
            self.store.touch(key, expiry).await
        })
    }
}
