//! A site's sessions: the store behind them, and the finding of one.

use std::fmt;
use std::sync::Arc;

use super::Exchange;
use super::budget::Budget;
use super::queue::Queue;
use crate::cookie::Cookie;
use crate::keys::Keys;
use crate::state::{Live, Opened, Reading, is_past};
use crate::{Error, ErrorResponse, Session, SessionConfig, SessionData, SessionId, Store, StoreKey, log};

/// A site's sessions: a store and how they behave. Build it once; clones share everything.
///
/// Web frameworks wrap it ([`SessionLayer`](crate::SessionLayer)); use it directly to write an adapter for another one,
/// or to reach sessions outside a request.
///
/// ```
/// use session_runtime::{MemoryStore, SessionConfig, Sessions};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
/// let exchange = sessions.begin([]);                             // a request without cookies
/// exchange.load().await?.untyped().set("greeting", "hello")?;
/// let finish = exchange.finish(200).await;
/// assert!(finish.set_cookie.is_some_and(|cookie| cookie.starts_with("__Host-session=")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sessions(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) store: Box<dyn Store>,
    pub(super) config: SessionConfig,
    pub(super) cookie: Cookie,
    pub(super) queue: Queue,
    keys: Keys,
}

impl Sessions {
    /// Sessions kept in `store`, behaving as `config` says.
    ///
    /// # Panics
    /// The configuration is one that browsers refuse, such as `__Host-` without `Secure`; the text says which and why.
    #[must_use]
    pub fn new(store: impl Store, config: SessionConfig) -> Self {
        let cookie = config.build_cookie();
        let (queue, keys) = (Queue::default(), Keys::default());
        Self(Arc::new(Shared { store: Box::new(store), config, cookie, queue, keys }))
    }

    /// Begins a request with the values of its `Cookie` headers. Nothing is asked of the store.
    pub fn begin<'a>(&self, cookie_headers: impl IntoIterator<Item = &'a [u8]>) -> Exchange {
        Exchange::new(self, self.0.cookie.find(cookie_headers), false)
    }

    /// Opens the session of `id` outside a request, for jobs and the like: only
    /// [`save`](crate::Handle::save) writes it. `None` where there is no such session.
    ///
    /// # Errors
    /// The store failed, or the record cannot be read.
    pub async fn open<S: SessionData>(&self, id: &SessionId) -> Result<Option<Session<S>>, Error> {
        let budget = Budget::new(self.0.config.store_timeout);
        let Some(live) = self.0.find(id, &budget).await? else { return Ok(None) };
        let exchange = Exchange::new(self, Some(*id), true);
        Ok(Some(exchange.holding(Some(live))))
    }

    /// Whether both share one store and configuration.
    #[cfg(any(feature = "tower", feature = "actix-web"))]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The response to an error, as the configuration has it.
    #[must_use]
    pub fn answer(&self, error: &Error) -> ErrorResponse {
        self.0.config.answer(error)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("config", &self.0.config).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn now(&self) -> u64 {
        self.config.clock.now_ms()
    }

    /// The session of `id`, if there is one that may be used.
    pub(super) async fn find(&self, id: &SessionId, budget: &Budget<'_>) -> Result<Option<Arc<Live>>, Error> {
        match self.look_up(id, budget).await? {
            Found::Live(live, _) => Ok(Some(live)),
            Found::Nothing | Found::Rotated(_) => Ok(None),
            Found::Corrupt(error) => Err(error),
        }
    }

    pub(super) async fn look_up(&self, id: &SessionId, budget: &Budget<'_>) -> Result<Found, Error> {
        let key = self.config.key(id);
        let record = match budget.wait(self.store.load(&key)).await {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Found::Nothing),
            Err(error) if error.kind() == crate::ErrorKind::Corrupt => {
                log::store_failed("reading a record", &error);
                return Ok(Found::Corrupt(error));
            }
            Err(error) => return Err(error),
        };
        let bytes = record.text().len();
        Ok(match Opened::read(record, self.config.limits()) {
            Ok(Reading::Session(opened)) => {
                let now = self.now();
                match self.config.expiry(opened.lifetime(), now) {
                    Some(_) => Found::Live(Arc::new(Live { id: *id, key, opened }), now),
                    None => Found::Nothing,
                }
            }
            Ok(Reading::Empty) => Found::Nothing,
            Ok(Reading::Moved(_, until)) if is_past(until, self.now()) => Found::Nothing,
            Ok(Reading::Moved(target, _)) => Found::Rotated(target),
            Err(error) => {
                log::corrupt_record(bytes, &error);
                match Error::unreadable(error) {
                    error if error.kind() == crate::ErrorKind::Corrupt => Found::Corrupt(error),
                    error => return Err(error),
                }
            }
        })
    }
}

pub(super) enum Found {
    /// And when it was found to be.
    Live(Arc<Live>, u64),
    Nothing,
    Rotated(StoreKey),
    Corrupt(Error),
}
