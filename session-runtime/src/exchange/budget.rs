//! Bounded waits: all that one request asks of the store, its load, its commits and all retries, happens within one
//! span of time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::Error;
use crate::store::StoreFuture;

#[cfg(feature = "tokio")]
use tokio::time::Instant;

#[cfg(not(feature = "tokio"))]
use std::time::Instant;

/// The store did not answer in time.
#[derive(Debug)]
struct TimedOut;

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer within `store_timeout`")
    }
}

impl std::error::Error for TimedOut {}

/// The time that is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    deadline: Option<Instant>,
}

impl Budget {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { deadline: Instant::now().checked_add(timeout) }
    }

    /// Whether nothing is left.
    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn timed_out() -> Error {
        Error::unavailable(TimedOut)
    }

    /// Waits for the store, but not beyond the deadline. Without a tokio runtime there is no timer, and so no bound.
    pub(crate) async fn wait<T>(&self, call: StoreFuture<'_, T>) -> Result<T, Error> {
        #[cfg(feature = "tokio")]
        if let Some(deadline) = self.deadline
            && tokio::runtime::Handle::try_current().is_ok()
        {
            return tokio::time::timeout_at(deadline, call).await.unwrap_or_else(|_| Err(Self::timed_out()));
        }
        call.await
    }

    /// Waits for its turn in a queue, within the same bound.
    pub(crate) async fn queue<T>(&self, turn: impl Future<Output = T> + Send) -> Result<T, Error> {
        self.wait(Box::pin(async { Ok(turn.await) })).await
    }

    /// Lets another process go first after a conflict: at random, longer each time, not at all the first time.
    pub(crate) async fn back_off(&self, conflicts: u32) -> Result<(), Error> {
        if self.is_over() {
            return Err(Self::timed_out());
        }
        #[cfg(feature = "tokio")]
        if conflicts > 1 && tokio::runtime::Handle::try_current().is_ok() {
            use std::hash::{BuildHasher, RandomState};
            let span = 1000_u64 << conflicts.min(5);
            let until = Instant::now() + Duration::from_micros(RandomState::new().hash_one(conflicts) % span);
            tokio::time::sleep_until(self.deadline.map_or(until, |deadline| until.min(deadline))).await;
        }
        let _ = conflicts;
        Ok(())
    }
}

/// How long one request has waited for the store so far.
#[derive(Debug, Default)]
pub(crate) struct Waited(AtomicU64);

impl Waited {
    /// Forgets the waits before.
    pub(crate) fn restart(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Begins a wait that has what `timeout` leaves after those before it.
    pub(crate) fn begin(&self, timeout: Duration) -> Wait<'_> {
        let before = Duration::from_nanos(self.0.load(Ordering::Relaxed));
        Wait { waited: self, start: Instant::now(), budget: Budget::new(timeout.saturating_sub(before)) }
    }
}

/// One wait, until it is dropped.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    waited: &'a Waited,
    start: Instant,
    pub(crate) budget: Budget,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.waited.0.fetch_add(nanos, Ordering::Relaxed);
    }
}
