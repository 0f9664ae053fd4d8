//! What is put to the checks: a store, and how time passes for it.

use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use crate::Store;
use crate::testing::ManualClock;

/// An empty store that is put to a check, how to open it, and how time passes for it.
///
/// ```
/// use session_runtime::store::conformance::Subject;
/// use session_runtime::{FileStore, testing::ManualClock};
///
/// fn file_store() -> Subject {
///     let clock = ManualClock::at(1_795_416_736_073);
///     let folder = std::env::temp_dir().join("sessions-of-this-test-alone");
///     let time = clock.clock();
///     Subject::new(move || FileStore::new(&folder).clock(time.clone()), clock)
/// }
/// ```
pub struct Subject {
    pub(super) open: Box<dyn Fn() -> Arc<dyn Store> + Send + Sync>,
    pub(super) time: Time,
    pub(super) max_bytes: Option<usize>,
}

impl Subject {
    /// A store that `open` gives a handle to, each time to the same records, which are none at first.
    pub fn new<S: Store>(open: impl Fn() -> S + Send + Sync + 'static, time: impl Into<Time>) -> Self {
        Self { open: Box::new(move || Arc::new(open())), time: time.into(), max_bytes: None }
    }

    /// The same, with the number of bytes that a text may have in this store. The suite then puts one that is just as
    /// long, and one that is longer by a byte. Without it, it puts some of up to 8 MiB, and whatever the store does
    /// with them must be the one or the other.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = Some(max_bytes);
        self
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("time", &self.time)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// So that what makes a subject may be a function or an asynchronous one.
impl IntoFuture for Subject {
    type Output = Self;
    type IntoFuture = Ready<Self>;

    fn into_future(self) -> Ready<Self> {
        ready(self)
    }
}

/// How time passes for a store.
pub struct Time(pub(super) Passing);

pub(super) enum Passing {
    Manual(Box<dyn Fn(Duration) + Send + Sync>),
    Real { unit: Duration },
}

impl Time {
    /// Time that passes when `pass` is called, and by as much. A [`ManualClock`] can be given as it is.
    ///
    /// ```
    /// use session_runtime::store::conformance::Time;
    ///
    /// let time = Time::manual(|by| println!("{by:?} later"));
    /// ```
    pub fn manual(pass: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self(Passing::Manual(Box::new(pass)))
    }

    /// Real time: the suite waits. Records live for 5 to 20 times `unit`, and a check waits for at most 30.
    ///
    /// Take ten times the store's resolution: 10 ms for a server that counts milliseconds. A check that fails is
    /// repeated with twice the unit if the machine was so slow that what it saw proves nothing, so a small unit costs
    /// no false alarm.
    ///
    /// ```
    /// use std::time::Duration;
    /// use session_runtime::store::conformance::Time;
    ///
    /// let time = Time::real(Duration::from_millis(10));
    /// ```
    #[must_use]
    pub fn real(unit: Duration) -> Self {
        Self(Passing::Real { unit })
    }
}

impl From<ManualClock> for Time {
    fn from(clock: ManualClock) -> Self {
        Self::manual(move |by| clock.advance(by))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Passing::Manual(_) => f.write_str("Time::manual"),
            Passing::Real { unit } => write!(f, "Time::real({unit:?})"),
        }
    }
}
