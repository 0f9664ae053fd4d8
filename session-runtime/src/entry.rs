//! One key of a session, typed: what the generated accessors return.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::data::KeyInfo;
use crate::devalue::{self, Deserializer, Document, Node, Serializer};
use crate::slot::Slot;
use crate::{Error, Handle, SessionValue};

/// The mark of a key that may be absent: `get` gives `Option<T>`.
#[derive(Debug, Clone, Copy)]
pub enum Required {}

/// The mark of a key with a default: `get` gives `T`.
#[derive(Debug, Clone, Copy)]
pub enum Defaulted {}

/// What tells [`Required`] and [`Defaulted`] keys apart.
pub trait Mode: sealed::Sealed {
    /// How the value of an absent key is made.
    #[doc(hidden)]
    type Fallback<T>: Copy;
}

impl Mode for Required {
    type Fallback<T> = ();
}

impl Mode for Defaulted {
    type Fallback<T> = fn() -> T;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Required {}
    impl Sealed for super::Defaulted {}
}

/// How values of one key are written and read: by serde, or by the functions that `#[session(as = "…")]` names.
///
/// Two function pointers, so that the entry's methods need no bounds on `T`: a field type that cannot be stored is one
/// compile error, at the field.
pub struct Codec<T> {
    encode: fn(&T, Serializer<'_>) -> Result<(), devalue::Error>,
    decode: for<'de> fn(Deserializer<'de>) -> Result<T, devalue::Error>,
}

impl<T> Codec<T> {
    /// A codec of these two functions.
    #[must_use]
    pub const fn new(
        encode: fn(&T, Serializer<'_>) -> Result<(), devalue::Error>,
        decode: for<'de> fn(Deserializer<'de>) -> Result<T, devalue::Error>,
    ) -> Self {
        Self { encode, decode }
    }

    /// The type's own serde implementations.
    #[must_use]
    pub const fn serde() -> Self
    where
        T: SessionValue,
    {
        Self { encode: |value, out| value.serialize(out), decode: |input| T::deserialize(input) }
    }

    #[cfg(feature = "schema")]
    pub(crate) fn encode(&self, value: &T, output: Serializer<'_>) -> Result<(), devalue::Error> {
        (self.encode)(value, output)
    }

    fn write(&self, key: &'static str, value: &T) -> Result<String, Error> {
        devalue::to_string_with(|out| (self.encode)(value, out))
            .map_err(|error| Error::unstorable(key, error))
    }

    fn read(&self, key: &'static str, node: Node<'_>) -> Result<T, Error> {
        (self.decode)(node.deserializer()).map_err(|error| Error::mismatch(key, error))
    }
}

impl<T> Clone for Codec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Codec<T> {}

impl<T> fmt::Debug for Codec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}

/// One key of one session. It does nothing until one of its methods is called.
///
/// `M` is [`Required`] (the key may be absent) or [`Defaulted`].
///
/// ```
/// use session_runtime::SessionData;
///
/// #[derive(SessionData)]
/// struct Shop {
///     user: String,
///     #[session(default)]
///     visits: u32,
/// }
///
/// let session = session_runtime::testing::session::<Shop>();
/// assert_eq!(session.user().get()?, None);
/// assert_eq!(session.visits().get()?, 0);
/// session.visits().update(|visits| *visits += 1)?;
/// assert_eq!(session.visits().take()?, 1);
/// assert!(!session.visits().exists());
/// # Ok::<(), session_runtime::Error>(())
/// ```
#[must_use = "an entry does nothing until one of its methods is called"]
pub struct Entry<'s, T, M: Mode> {
    slot: Slot<'s>,
    info: &'static KeyInfo,
    codec: Codec<T>,
    fallback: M::Fallback<T>,
}

impl<'s, T: 'static, M: Mode> Entry<'s, T, M> {
    pub(crate) fn new(
        handle: &'s Handle,
        info: &'static KeyInfo,
        codec: Codec<T>,
        fallback: M::Fallback<T>,
    ) -> Self {
        Self { slot: Slot::new(handle.exchange(), info), info, codec, fallback }
    }

    /// Stores `value`, for as long as the key's `ttl` says. Another request's change of this key at the same time is
    /// overwritten (or interrupts this one, where the key says so); changes of other keys are not touched.
    ///
    /// # Errors
    /// `Unstorable` where the stored form cannot express the value, `Closed` after the response has started.
    #[allow(clippy::needless_pass_by_value, reason = "taken by value for the clearest type errors")]
    pub fn set(&self, value: T) -> Result<(), Error> {
        self.store(&value, self.info.ttl())
    }

    /// Stores `value` for `ttl`.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    #[allow(clippy::needless_pass_by_value, reason = "taken by value for the clearest type errors")]
    pub fn set_for(&self, value: T, ttl: Duration) -> Result<(), Error> {
        self.store(&value, Some(ttl))
    }

    fn store(&self, value: &T, ttl: Option<Duration>) -> Result<(), Error> {
        self.slot.set(self.codec.write(self.info.name(), value)?.into(), ttl)
    }

    /// Removes the value; nothing happens where there is none.
    ///
    /// # Errors
    /// `Closed` after the response has started.
    pub fn remove(&self) -> Result<(), Error> {
        self.slot.remove()
    }

    /// Whether a value is stored; it is not decoded.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.slot.exists()
    }

    /// When the stored value expires; `None` where it does not, or there is none.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        let ms = self.slot.expires()?;
        // Divided as a `Duration`, so that whole milliseconds stay whole.
        let since = Duration::try_from_secs_f64(ms.max(0.0)).ok()? / 1000;
        UNIX_EPOCH.checked_add(since)
    }

    fn read(&self) -> Result<Option<T>, Error> {
        self.slot.read(|node| self.codec.read(self.info.name(), node))
    }

    /// Removes the value at once, without waiting for the end of the request, and gives it to one request only: what a
    /// one-time code needs. `None` where another request was faster, or there is no value. Other changes of the
    /// request are not written by it.
    ///
    /// # Errors
    /// As [`Handle::save`]; `Mismatch` where the stored value is of another type, which is removed all the same.
    pub async fn claim(&self) -> Result<Option<T>, Error> {
        let Some(text) = self.slot.claim().await? else { return Ok(None) };
        let document = Document::parse(text).map_err(|error| Error::mismatch(self.info.name(), error))?;
        self.codec.read(self.info.name(), document.root()).map(Some)
    }

    /// Runs `change` on the value, now and again on newer data if another request was faster.
    fn modify(&self, mut change: impl FnMut(Option<T>) -> Option<T> + Send + 'static) -> Result<(), Error> {
        let (codec, name) = (self.codec, self.info.name());
        let step = move |node: Option<Node<'_>>| {
            let value = node.map(|node| codec.read(name, node)).transpose()?;
            change(value).map(|value| codec.write(name, &value)).transpose()
        };
        self.slot.update(Box::new(step), self.info.ttl())
    }
}

impl<T: 'static> Entry<'_, T, Required> {
    /// The value, if there is one.
    ///
    /// # Errors
    /// `Mismatch` where the stored value is not a `T`: it says where inside the value, what was expected and found.
    pub fn get(&self) -> Result<Option<T>, Error> {
        self.read()
    }

    /// The value, which is removed with this request. Two parallel requests may both see it;
    /// [`claim`](Self::claim) gives it to one only.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`remove`](Self::remove).
    pub fn take(&self) -> Result<Option<T>, Error> {
        let value = self.read()?;
        self.remove()?;
        Ok(value)
    }

    /// Changes the value in place; `None` is an absent value, before and after. `change` runs now, and again on newer
    /// data if another request was faster, so that no update is lost. The time the value expires at stays.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`set`](Self::set).
    pub fn update(&self, mut change: impl FnMut(&mut Option<T>) + Send + 'static) -> Result<(), Error> {
        self.modify(move |mut value| {
            change(&mut value);
            value
        })
    }

    /// Changes the value in place, starting from `T::default()` where there is none.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn update_or_default(&self, mut change: impl FnMut(&mut T) + Send + 'static) -> Result<(), Error>
    where
        T: Default,
    {
        self.modify(move |value| {
            let mut value = value.unwrap_or_default();
            change(&mut value);
            Some(value)
        })
    }
}

impl<T: 'static> Entry<'_, T, Defaulted> {
    /// The value, or the default where none is stored.
    ///
    /// # Errors
    /// `Mismatch` where the stored value is not a `T`: it says where inside the value, what was expected and found.
    pub fn get(&self) -> Result<T, Error> {
        Ok(self.read()?.unwrap_or_else(self.fallback))
    }

    /// The value, which is removed with this request. Two parallel requests may both see it;
    /// [`claim`](Self::claim) gives it to one only.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`remove`](Self::remove).
    pub fn take(&self) -> Result<T, Error> {
        let value = self.get()?;
        self.remove()?;
        Ok(value)
    }

    /// Changes the value in place, starting from the default where none is stored. `change` runs now, and again on
    /// newer data if another request was faster, so that no update is lost. The time the value expires at stays.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`set`](Self::set).
    pub fn update(&self, mut change: impl FnMut(&mut T) + Send + 'static) -> Result<(), Error> {
        let fallback = self.fallback;
        self.modify(move |value| {
            let mut value = value.unwrap_or_else(fallback);
            change(&mut value);
            Some(value)
        })
    }
}

impl<T, M: Mode> fmt::Debug for Entry<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("key", &self.info.name()).finish_non_exhaustive()
    }
}
