//! Sessions without a server, a clock that is told the time, and a store that fails: for tests of handlers, and of
//! whatever takes a session.

mod faulty;
mod fixtures;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use self::faulty::{Fault, Faults, FaultyStore, Operation};
pub use self::fixtures::{Fixtures, Unread, fixtures, record};
use crate::{Clock, Error, MemoryStore, Session, SessionConfig, SessionData, Sessions};

/// A new, empty session that belongs to no request. It can be changed and read; `save` keeps it in a store of its own.
///
/// ```
/// use session_runtime::{Session, testing};
///
/// let session: Session = testing::session();
/// session.set("greeting", "hello")?;
/// assert_eq!(session.get::<String>("greeting")?.as_deref(), Some("hello"));
/// # Ok::<(), session_runtime::Error>(())
/// ```
#[must_use]
pub fn session<S: SessionData>() -> Session<S> {
    Sessions::new(MemoryStore::new(), SessionConfig::default()).begin([]).holding(None)
}

/// The value of a `Cookie` header that leads to a session filled by `fill`: a client that is already signed in.
///
/// # Errors
/// What `fill` returns, and what storing the session meets.
///
/// ```
/// use session_runtime::{MemoryStore, Session, SessionConfig, Sessions, testing};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
/// let cookie = testing::cookie(&sessions, |session: &Session| session.set("user", "ada")).await?;
/// let exchange = sessions.begin([cookie.as_bytes()]);
/// let session = exchange.load().await?.untyped();
/// assert_eq!(session.get::<String>("user")?.as_deref(), Some("ada"));
/// # Ok(())
/// # }
/// ```
pub async fn cookie<S: SessionData>(
    sessions: &Sessions,
    fill: impl FnOnce(&Session<S>) -> Result<(), Error>,
) -> Result<String, Error> {
    let exchange = sessions.begin([]);
    fill(&exchange.load().await?.view())?;
    let finish = exchange.finish(200).await;
    match finish.error {
        Some(error) => Err(error),
        None => Ok(finish
            .set_cookie
            .as_deref()
            .and_then(|cookie| cookie.split(';').next())
            .unwrap_or("")
            .to_owned()),
    }
}

/// A clock that stands still until it is told to move. Give it to the store as well as to the configuration: the store
/// ends sessions that are idle, the configuration says how old they are.
///
/// ```
/// use std::time::Duration;
/// use session_runtime::testing::ManualClock;
///
/// let clock = ManualClock::at(1_000);
/// let config = session_runtime::SessionConfig::default().clock(clock.clock());
/// let store = session_runtime::MemoryStore::new().clock(clock.clock());
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.clock().now_ms(), 6_000);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows `ms` milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(ms: u64) -> Self {
        Self(Arc::new(AtomicU64::new(ms)))
    }

    /// Moves the time on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// The clock to hand to stores and configurations.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let ms = Arc::clone(&self.0);
        Clock::from_fn(move || ms.load(Ordering::SeqCst))
    }
}
