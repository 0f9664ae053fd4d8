//! The store contract: four operations on opaque texts, and the drivers that keep it.
//!
//! | driver | keeps records | feature |
//! |---|---|---|
//! | [`MemoryStore`] | in this process, bounded, until it ends | – |
//! | `FileStore` | in files, one per session, shared by processes | `file` |

#[cfg(feature = "file")]
mod file;
mod memory;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "file")]
pub use self::file::FileStore;
pub use self::memory::MemoryStore;
use crate::{Error, StoreKey};

/// The future a store's operation returns: boxed, so that `dyn Store` works and nothing else needs a store parameter.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// What a store keeps under one key: a text it never looks into.
///
/// Cloning shares the text. `Debug` shows its length only.
///
/// ```
/// use session_runtime::Record;
///
/// let record = Record::new(r#"[["Map"]]"#);
/// assert_eq!(record.text(), r#"[["Map"]]"#);
/// assert_eq!(format!("{record:?}"), "Record(9 bytes)");
/// ```
#[derive(Clone)]
pub struct Record {
    text: Arc<str>,
    remaining: Option<Duration>,
}

impl Record {
    /// A record of this text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), remaining: None }
    }

    /// The same record, saying how long the store will still keep it. A store that knows this at no cost says it on
    /// `load`, and is then spared a `touch` on most reads.
    #[must_use]
    pub fn with_remaining(mut self, remaining: Duration) -> Self {
        self.remaining = Some(remaining);
        self
    }

    /// The text as it was put.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    #[must_use]
    pub fn shared_text(&self) -> &Arc<str> {
        &self.text
    }

    /// How long the store will still keep it, if the store said so when it was loaded.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.remaining
    }

    /// Whether the content is the same; expiry is no part of it.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.text, &other.text) || self.text == other.text
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.text.len())
    }
}

/// How long a store keeps a record, counted from the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Until it is deleted.
    Never,
    /// For this long.
    After(Duration),
}

/// What must be stored for a `put` to happen.
#[derive(Debug, Clone, Copy)]
pub enum PutIf<'a> {
    /// Nothing, or only an expired record.
    Absent,
    /// A record with exactly this content.
    Unchanged(&'a Record),
}

/// What must be stored for a `delete` to happen.
#[derive(Debug, Clone, Copy)]
pub enum DeleteIf<'a> {
    /// Anything.
    Any,
    /// A record with exactly this content.
    Unchanged(&'a Record),
}

/// What a `put` did.
#[derive(Debug, Clone)]
pub enum Put {
    /// The text is stored and survives the death of this process (of the store's, where the store is a process).
    Stored,
    /// Nothing was written; this is what is stored instead, if anything.
    Conflict(Option<Record>),
}

/// What a `delete` did.
#[derive(Debug, Clone)]
pub enum Delete {
    /// The record is gone.
    Deleted,
    /// There was none.
    Missing,
    /// Nothing was deleted; this is what is stored instead.
    Conflict(Record),
}

/// What a `touch` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// The record lives at least as long as asked.
    Touched,
    /// There is no record, and none was created.
    Missing,
}

/// Keeps session records: the contract every driver fulfils, and all that the library asks of one.
///
/// Each operation is atomic for its key. A conditional operation compares the *content* last loaded, so that writers
/// who know nothing of this library (an Astro front end) are seen too; expiry is no part of the content.
///
/// An `Err` means that the system failed ([`Error::unavailable`]) or that a text is over the store's size limit
/// ([`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge)); a conflict or a missing record is an answer. After an error
/// of a `put` or `delete` its outcome is unknown: the caller looks before it goes on. A driver never repeats a write
/// of its own accord.
///
/// ```
/// use session_runtime::{Expiry, MemoryStore, Put, PutIf, Record, SessionId, Store, StoreKey};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let store = MemoryStore::new();
/// let key = StoreKey::hashed(&SessionId::random());
/// store.put(&key, PutIf::Absent, &Record::new("one"), Expiry::Never).await?;
/// let loaded = store.load(&key).await?.expect("just put");
/// assert_eq!(loaded.text(), "one");
/// let put = store.put(&key, PutIf::Unchanged(&loaded), &Record::new("two"), Expiry::Never).await?;
/// assert!(matches!(put, Put::Stored));
/// # Ok(())
/// # }
/// ```
pub trait Store: Send + Sync + 'static {
    /// The record under `key`, or none. An expired record is none. The text comes back exactly as it was put.
    ///
    /// # Errors
    /// The system failed.
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>>;

    /// Stores `record` under `key` if `condition` holds, to be kept for `expiry` from now, and says what is stored
    /// instead if it does not hold. "Stored" means it survives the death of the calling process.
    ///
    /// # Errors
    /// The system failed, and the outcome is unknown; or the text is over the store's limit, and nothing was written.
    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put>;

    /// Removes the record under `key` if `condition` holds.
    ///
    /// # Errors
    /// The system failed, and the outcome is unknown.
    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete>;

    /// Keeps the record under `key` for at least `expiry` from now. It never creates a record and never shortens the
    /// time one is kept.
    ///
    /// # Errors
    /// The system failed.
    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch>;
}

macro_rules! forward_store {
    ($pointer:ident) => {
        impl<S: Store + ?Sized> Store for $pointer<S> {
            fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
                (**self).load(key)
            }

            fn put<'a>(
                &'a self,
                key: &'a StoreKey,
                condition: PutIf<'a>,
                record: &'a Record,
                expiry: Expiry,
            ) -> StoreFuture<'a, Put> {
                (**self).put(key, condition, record, expiry)
            }

            fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
                (**self).delete(key, condition)
            }

            fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
                (**self).touch(key, expiry)
            }
        }
    };
}

forward_store!(Arc);
forward_store!(Box);
