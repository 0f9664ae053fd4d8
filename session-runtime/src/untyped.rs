//! The untyped session: any key, any value, as Astro has it without a declared `App.SessionData`.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::devalue;
use crate::slot::Slot;
use crate::state::Encoded;
use crate::{Error, Handle};

/// The methods of the untyped session, [`Session`](crate::Session) without a parameter: a key is a text, and each read
/// says what type it expects.
///
/// ```
/// use session_runtime::Session;
///
/// let session: Session = session_runtime::testing::session();
/// session.set("visits", 3)?;
/// assert_eq!(session.get::<u32>("visits")?, Some(3));
/// assert_eq!(session.keys(), ["visits"]);
/// assert!(session.get::<String>("visits").is_err());
/// # Ok::<(), session_runtime::Error>(())
/// ```
#[derive(Clone)]
pub struct UntypedAccessors {
    handle: Handle,
}

impl UntypedAccessors {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    fn slot(&self, key: &str) -> Result<Slot<'_>, Error> {
        Slot::named(self.handle.exchange(), key)
    }

    /// The value of `key`, if there is one.
    ///
    /// # Errors
    /// `Mismatch` where the stored value is not a `T`, `InvalidKey` for a key that cannot be used.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.slot(key)?
            .read(|stored| stored.data.decode().map_err(|error| Error::mismatch(key.to_owned(), error)))
    }

    /// Stores `value` under `key`, for as long as the configured ttl says.
    ///
    /// # Errors
    /// `Unstorable` where the stored form cannot express the value, `InvalidKey`, `Closed` after the response has
    /// started.
    pub fn set<T: Serialize>(&self, key: &str, value: T) -> Result<(), Error> {
        self.store(key, &value, None)
    }

    /// Stores `value` under `key` for `ttl`.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_for<T: Serialize>(&self, key: &str, value: T, ttl: Duration) -> Result<(), Error> {
        self.store(key, &value, Some(ttl))
    }

    fn store(&self, key: &str, value: &impl Serialize, ttl: Option<Duration>) -> Result<(), Error> {
        let slot = self.slot(key)?;
        let document =
            devalue::to_document(value).map_err(|error| Error::unstorable(key.to_owned(), error))?;
        slot.set(Encoded { document, version: None }, ttl)
    }

    /// Removes the value of `key`; nothing happens where there is none.
    ///
    /// # Errors
    /// `InvalidKey`, `Closed` after the response has started.
    pub fn remove(&self, key: &str) -> Result<(), Error> {
        self.slot(key)?.remove()
    }

    /// Whether `key` has a value; it is not decoded.
    #[must_use]
    pub fn exists(&self, key: &str) -> bool {
        self.slot(key).is_ok_and(|slot| slot.exists())
    }

    /// The keys that have a value, in stored order.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let exchange = self.handle.exchange();
        let now = exchange.clock().now_ms();
        exchange.with(|state| state.keys(now))
    }

    /// All values, decoded as `T`, in stored order.
    ///
    /// # Errors
    /// `Mismatch` where one of them is not a `T`.
    pub fn values<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        Ok(self.entries()?.into_iter().map(|(_, value)| value).collect())
    }

    /// All keys with their values, decoded as `T`, in stored order.
    ///
    /// # Errors
    /// `Mismatch` where one of the values is not a `T`.
    pub fn entries<T: DeserializeOwned>(&self) -> Result<Vec<(String, T)>, Error> {
        let mut entries = Vec::new();
        for key in self.keys() {
            if let Some(value) = self.get(&key)? {
                entries.push((key, value));
            }
        }
        Ok(entries)
    }
}

impl Deref for UntypedAccessors {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Debug for UntypedAccessors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.handle, f)
    }
}
