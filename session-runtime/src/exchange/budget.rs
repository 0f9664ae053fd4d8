//! Bounded waits: all that one request asks of the store, its load, its commits and all retries, happens within one
//! span of time.

#[cfg(feature = "tokio")]
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
#[cfg(feature = "tokio")]
use std::task::Poll;
use std::time::Duration;

#[cfg(feature = "tokio")]
use super::deadlines::{Bound, Span};
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

/// How long one request has waited for the store so far.
#[derive(Debug, Default)]
pub(crate) struct Waited(AtomicU64);

impl Waited {
    /// Forgets the waits before.
    pub(crate) fn restart(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// What `timeout` leaves after the waits before, which those of the budget are added to.
    pub(crate) fn budget(&self, timeout: Duration) -> Budget<'_> {
        let before = Duration::from_nanos(self.0.load(Ordering::Relaxed));
        let timeout = timeout.saturating_sub(before);
        Budget { waited: Some(self), timeout, start: Mutex::new(None) }
    }
}

/// The time for one operation, however often it asks the store.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    waited: Option<&'a Waited>,
    timeout: Duration,
    /// When the store first had to be waited for. Embedded stores answer at once, and the clock is not read for them.
    start: Mutex<Option<Instant>>,
}

impl Budget<'static> {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { waited: None, timeout, start: Mutex::new(None) }
    }
}

impl Budget<'_> {
    fn start(&self) -> Instant {
        *self.start.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now)
    }

    /// Whether nothing is left.
    fn is_over(&self) -> bool {
        self.start().elapsed() >= self.timeout
    }

    fn timed_out() -> Error {
        Error::unavailable(TimedOut)
    }

    /// Waits for the store, but not beyond the deadline. Without a tokio runtime there is no timer, and so no bound.
    #[cfg(feature = "tokio")]
    pub(crate) async fn wait<T>(&self, mut call: StoreFuture<'_, T>) -> Result<T, Error> {
        let mut bound = Bound::default();
        poll_fn(|cx| match call.as_mut().poll(cx) {
            Poll::Pending if self.span().is_some_and(|span| bound.is_over(span, cx)) => {
                Poll::Ready(Err(Self::timed_out()))
            }
            answer => answer,
        })
        .await
    }

    #[cfg(not(feature = "tokio"))]
    pub(crate) async fn wait<T>(&self, call: StoreFuture<'_, T>) -> Result<T, Error> {
        call.await
    }

    /// From the first wait on; `None` where it ends after all time.
    #[cfg(feature = "tokio")]
    fn span(&self) -> Option<Span> {
        let begun = self.start();
        Some(Span { begun, deadline: begun.checked_add(self.timeout)? })
    }

    /// Waits for its turn in a queue, within the same bound.
    pub(crate) fn queue<'a, T: 'a>(
        &'a self,
        turn: impl Future<Output = T> + Send + 'a,
    ) -> impl Future<Output = Result<T, Error>> + Send + 'a {
        self.wait(Box::pin(async { Ok(turn.await) }))
    }

    /// Lets another process go first after a conflict: at random, longer each time, not at all the first time.
    #[cfg_attr(
        not(feature = "tokio"),
        expect(clippy::unused_async, reason = "without a runtime nothing can wait")
    )]
    pub(crate) async fn back_off(&self, conflicts: u32) -> Result<(), Error> {
        if self.is_over() {
            return Err(Self::timed_out());
        }
        #[cfg(feature = "tokio")]
        if conflicts > 1 && has_timer() {
            use std::hash::{BuildHasher, RandomState};
            let span = 1000_u64 << conflicts.min(5);
            let until = Instant::now() + Duration::from_micros(RandomState::new().hash_one(conflicts) % span);
            tokio::time::sleep_until(self.span().map_or(until, |span| until.min(span.deadline))).await;
        }
        let _ = conflicts;
        Ok(())
    }
}

#[cfg(feature = "tokio")]
fn has_timer() -> bool {
    tokio::runtime::Handle::try_current().is_ok()
}

impl Drop for Budget<'_> {
    fn drop(&mut self) {
        let start = self.start.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let (Some(Waited(waited)), Some(start)) = (self.waited, start) {
            let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            waited.fetch_add(nanos, Ordering::Relaxed);
        }
    }
}
