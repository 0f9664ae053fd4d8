//! What runs the checks.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Wake};
use std::thread;

/// A piece of work of the suite.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What runs the checks, and the futures of the store within them. [`Tokio`] unless the test says otherwise.
///
/// ```
/// use session_runtime::store::conformance::{Runtime, Task};
///
/// struct OneThread(tokio::runtime::Runtime);
///
/// impl Runtime for OneThread {
///     fn block_on(&self, task: Task) {
///         self.0.block_on(task);
///     }
///
///     fn spawn(&self, task: Task) {
///         self.0.spawn(task);
///     }
/// }
/// ```
pub trait Runtime: Send + Sync + 'static {
    /// Runs `task` to its end and lets its panic through.
    fn block_on(&self, task: Task);

    /// Runs `task` beside others, on another thread where it can be. A panic of it ends it, and nothing else.
    fn spawn(&self, task: Task);
}

/// A tokio runtime with two threads, and with all drivers that the test's build of tokio has.
#[derive(Debug)]
pub struct Tokio(tokio::runtime::Runtime);

impl Tokio {
    /// Starts it.
    ///
    /// # Panics
    /// The system gives no threads.
    #[must_use]
    pub fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Self(builder.worker_threads(2).enable_all().build().expect("the system gives threads"))
    }
}

impl Default for Tokio {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for Tokio {
    fn block_on(&self, task: Task) {
        self.0.block_on(task);
    }

    fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }
}

/// No runtime at all: each task on a thread of its own. For stores whose futures need none.
#[derive(Debug, Clone, Copy)]
pub struct Threads;

impl Runtime for Threads {
    fn block_on(&self, task: Task) {
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut task = pin!(task);
        while task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
    }

    fn spawn(&self, task: Task) {
        thread::spawn(move || Self.block_on(task));
    }
}

/// Wakes the thread that polls. A wake-up before it parks is kept by the thread.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
