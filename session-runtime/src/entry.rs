//! One key of a session, typed: what the generated accessors return.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::codec::{self, Codec};
use crate::data::KeyInfo;
use crate::declared::{Declared, read_to_write};
use crate::state::Stored;
use crate::{Error, Handle};

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
    key: Declared<'s>,
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
        Self { key: Declared::new(handle.exchange(), info), codec, fallback }
    }

    /// Stores `value`, for as long as the key's `ttl` says. Another request's change of this key at the same time is
    /// overwritten (or interrupts this one, where the key says so); changes of other keys are not touched.
    ///
    /// # Errors
    /// `Unstorable` where the stored form cannot express the value, `Closed` after the response has started, `Newer`
    /// where the stored value is of a newer version than this process knows: what it holds would be lost.
    #[allow(clippy::needless_pass_by_value, reason = "taken by value for the clearest type errors")]
    pub fn set(&self, value: T) -> Result<(), Error> {
        self.store(&value, self.key.info().ttl())
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
        self.key.set(&mut self.codec.encoder(value), ttl)
    }

    /// Removes the value; nothing happens where there is none.
    ///
    /// # Errors
    /// `Closed` after the response has started, `Newer` where the stored value is of a newer version than this process
    /// knows.
    pub fn remove(&self) -> Result<(), Error> {
        self.key.remove()
    }

    /// Whether a value is stored; it is not decoded.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.key.exists()
    }

    /// When the stored value expires; `None` where it does not, or there is none.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.key.expires_at()
    }

    fn read(&self) -> Result<Option<T>, Error> {
        let mut value = None;
        self.key.read(&mut self.codec.decoder(&mut value))?;
        Ok(value)
    }

    /// Tells whether there is a value, and why it cannot be read, whatever the key says of mismatches.
    pub(crate) fn tell(&self, tell: &mut dyn FnMut(&'static KeyInfo, Result<bool, Error>)) {
        tell(self.key.info(), self.key.look(&mut self.codec.decoder(&mut None)));
    }

    fn read_and_remove(&self) -> Result<Option<T>, Error> {
        let value = self.read()?;
        Ok(if self.key.remove_read()? { value } else { None })
    }

    /// Removes the value at once, without waiting for the end of the request, and gives it to one request only: what a
    /// one-time code needs. `None` where another request was faster, or there is no value. Other changes of the
    /// request are not written by it.
    ///
    /// # Errors
    /// As [`Handle::save`]; `Mismatch` where the stored value is of another type, which is removed all the same;
    /// `Newer` where it is of a newer version than this process knows, which is kept.
    pub async fn claim(&self) -> Result<Option<T>, Error> {
        let claimed = self.key.claim().await;
        let mut value = None;
        self.key.read_claimed(claimed, &mut self.codec.decoder(&mut value))?;
        Ok(value)
    }

    /// Runs `change` on the value, now and again on newer data if another request was faster.
    fn modify(&self, mut change: impl FnMut(Option<T>) -> Option<T> + Send + 'static) -> Result<(), Error> {
        let (codec, info, sessions) = (self.codec, self.key.info(), self.key.sessions().clone());
        let step = move |stored: Option<Stored<'_>>| {
            let mut value = None;
            read_to_write(info, &sessions, stored, &mut codec.decoder(&mut value))?;
            change(value).map(|value| codec::write(info, &mut codec.encoder(&value))).transpose()
        };
        self.key.update(Box::new(step))
    }
}

impl<T: 'static> Entry<'_, T, Required> {
    /// The value, if there is one.
    ///
    /// # Errors
    /// `Mismatch` where the stored value is not a `T`: it says where inside the value, what was expected and found.
    /// `Newer` where it is of a newer version than this process knows. With `on_mismatch = "absent"`, neither.
    pub fn get(&self) -> Result<Option<T>, Error> {
        self.read()
    }

    /// The value, which is removed with this request. Two parallel requests may both see it;
    /// [`claim`](Self::claim) gives it to one only.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`remove`](Self::remove).
    pub fn take(&self) -> Result<Option<T>, Error> {
        self.read_and_remove()
    }

    /// Changes the value in place; `None` is an absent value, before and after. `change` runs now, and again on newer
    /// data if another request was faster, so that no update is lost. The time the value expires at stays.
    ///
    /// It may read other keys and cannot change them. Until the change is written it is kept, with all that it holds.
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
    /// `Newer` where it is of a newer version than this process knows. With `on_mismatch = "absent"`, neither.
    pub fn get(&self) -> Result<T, Error> {
        Ok(self.read()?.unwrap_or_else(self.fallback))
    }

    /// The value, which is removed with this request. Two parallel requests may both see it;
    /// [`claim`](Self::claim) gives it to one only.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`remove`](Self::remove).
    pub fn take(&self) -> Result<T, Error> {
        Ok(self.read_and_remove()?.unwrap_or_else(self.fallback))
    }

    /// Changes the value in place, starting from the default where none is stored. `change` runs now, and again on
    /// newer data if another request was faster, so that no update is lost. The time the value expires at stays.
    ///
    /// It may read other keys and cannot change them. Until the change is written it is kept, with all that it holds.
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
        f.debug_struct("Entry").field("key", &self.key.info().name()).finish_non_exhaustive()
    }
}
