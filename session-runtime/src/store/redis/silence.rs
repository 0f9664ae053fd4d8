//! How long a connection has owed an answer and said nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Kept by the task that drives the connection, and read by whoever gives up waiting. It is the connection's and no
/// waiter's: where all give up soon, none of them has seen a long silence, and together they have.
#[derive(Debug, Default)]
pub(super) struct Silence(Mutex<Option<Instant>>);

impl Silence {
    /// Something was heard, or the first of the unanswered commands has left: the silence begins now.
    pub(super) fn begin(&self) {
        *self.since() = Some(Instant::now());
    }

    /// Everything is answered: a connection that owes nothing is not silent.
    pub(super) fn end(&self) {
        *self.since() = None;
    }

    pub(super) fn lasted(&self) -> Duration {
        self.since().map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
