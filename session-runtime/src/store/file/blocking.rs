//! Where file operations run: on tokio's blocking threads if there are any, else where the future is polled.

use crate::Error;
use crate::store::StoreFuture;

/// Runs `work` as a whole or, if the future is dropped before it began, not at all.
pub(super) fn run<'a, T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> StoreFuture<'a, T> {
    Box::pin(async move {
        #[cfg(feature = "tokio")]
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let mut task = Task(runtime.spawn_blocking(work));
            return (&mut task.0).await.unwrap_or_else(|failed| Err(Error::unavailable(failed)));
        }
        work()
    })
}

/// Work that is taken off the queue if nobody waits for it any more; once it runs, it runs to its end.
#[cfg(feature = "tokio")]
struct Task<T>(tokio::task::JoinHandle<T>);

#[cfg(feature = "tokio")]
impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
