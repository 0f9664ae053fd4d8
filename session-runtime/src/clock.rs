//! The time of day, injected, so that expiry can be tested without waiting.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the library reads the time from: the system's clock unless a test sets another.
///
/// ```
/// use session_runtime::Clock;
///
/// let frozen = Clock::from_fn(|| 1_795_416_736_073);
/// assert_eq!(frozen.now_ms(), 1_795_416_736_073);
/// ```
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn Fn() -> u64 + Send + Sync>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that asks `now` for the milliseconds since the Unix epoch.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// Milliseconds since the Unix epoch; 0 if the system's clock stands before it.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            Some(now) => now(),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |passed| passed.as_secs() * 1000 + u64::from(passed.subsec_millis())),
        }
    }
}

/// The present, for operations that seldom need it: the clock is not read before something is met that expires.
#[derive(Clone, Copy)]
pub(crate) enum Now<'a> {
    At(u64),
    Of(&'a Clock),
}

impl Now<'_> {
    /// As [`Clock::now_ms`].
    pub(crate) fn ms(self) -> u64 {
        match self {
            Self::At(ms) => ms,
            Self::Of(clock) => clock.now_ms(),
        }
    }
}

impl From<u64> for Now<'_> {
    fn from(ms: u64) -> Self {
        Self::At(ms)
    }
}

impl<'a> From<&'a Clock> for Now<'a> {
    fn from(clock: &'a Clock) -> Self {
        Self::Of(clock)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Clock(custom)" } else { "Clock(system)" })
    }
}
