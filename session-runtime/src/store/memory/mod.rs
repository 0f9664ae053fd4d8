//! The memory store: sessions in this process, bounded, least recently used out first.

mod key;
mod order;
mod shard;
mod slots;
mod table;

use std::fmt;
use std::future::ready;
use std::sync::Arc;

use self::table::{Place, Table};
use super::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Store, StoreFuture, Touch};
use crate::{Clock, Error, ErrorKind, StoreKey};

const DEFAULT_MAX_BYTES: usize = 256 << 20;
const DEFAULT_MAX_SESSIONS: usize = 1_000_000;

/// Keeps sessions in this process until it ends: for development, tests, and services of one process.
///
/// It is bounded by the bytes of its texts and by the number of its sessions. When one of the bounds is reached, the
/// session that was used least recently leaves first, in the whole store; loading, putting and touching are use. A
/// put makes room before it writes, so neither bound is ever exceeded, and it never evicts the record it puts. A text
/// longer than the bound on bytes is refused as [`ErrorKind::TooLarge`].
///
/// Expired records are freed when they are loaded, by `put`, which looks at a few others each time, and by
/// [`purge_expired`](Self::purge_expired). Next to its text a session takes 75 to 90 bytes; one
/// of more than 4 kB that was used also keeps where its entries are, four bytes for each.
///
/// Cloning gives another handle to the same sessions. Futures are ready at once: the operation is done when the
/// method returns.
///
/// ```
/// use session_runtime::{Expiry, MemoryStore, PutIf, Record, SessionId, Store, StoreKey};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let store = MemoryStore::with_limits(64 << 20, 100_000);
/// let key = StoreKey::hashed(&SessionId::random());
/// store.put(&key, PutIf::Absent, &Record::new("text"), Expiry::Never).await?;
/// assert_eq!((store.len(), store.bytes()), (1, 4));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    table: Arc<Table>,
    clock: Clock,
}

impl MemoryStore {
    /// An empty store for up to 256 MiB of text and 1,000,000 sessions.
    ///
    /// ```
    /// let store = session_runtime::MemoryStore::new();
    /// assert!(store.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(DEFAULT_MAX_BYTES, DEFAULT_MAX_SESSIONS)
    }

    /// An empty store for up to `max_bytes` of text and `max_sessions` sessions (at least one, at most 2²⁹).
    ///
    /// ```
    /// let store = session_runtime::MemoryStore::with_limits(64 << 20, 100_000);
    /// assert_eq!(store.bytes(), 0);
    /// ```
    #[must_use]
    pub fn with_limits(max_bytes: usize, max_sessions: usize) -> Self {
        Self { table: Arc::new(Table::new(max_bytes, max_sessions)), clock: Clock::system() }
    }

    /// The same store, reading the time from `clock`. Handles cloned before keep theirs.
    ///
    /// ```
    /// use session_runtime::{MemoryStore, testing::ManualClock};
    ///
    /// let clock = ManualClock::at(0);
    /// let store = MemoryStore::new().clock(clock.clock());
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How many sessions are kept, expired ones that are not freed yet included.
    ///
    /// ```
    /// assert_eq!(session_runtime::MemoryStore::new().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.sessions()
    }

    /// Whether no session is kept.
    ///
    /// ```
    /// assert!(session_runtime::MemoryStore::new().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes the texts of the kept sessions have. What the process needs for them is 75 to 90 more for each
    /// session.
    ///
    /// ```
    /// assert_eq!(session_runtime::MemoryStore::new().bytes(), 0);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.bytes()
    }

    /// Frees every expired record now and says how many there were. Without it they are freed little by little, as
    /// new ones are put. It may run beside requests, in a task of its own: it holds no lock for more than 64 records.
    ///
    /// ```
    /// assert_eq!(session_runtime::MemoryStore::new().purge_expired(), 0);
    /// ```
    pub fn purge_expired(&self) -> usize {
        self.table.purge(self.clock.now_ms())
    }

    fn place(&self, key: &StoreKey) -> Place {
        self.table.place(key, self.clock.now_ms())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("sessions", &self.len()).field("bytes", &self.bytes()).finish()
    }
}

impl Store for MemoryStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(ready(Ok(self.table.load(&self.place(key)))))
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        let put = if record.text().len() > self.table.max_bytes() {
            Err(Error::new(ErrorKind::TooLarge))
        } else {
            Ok(self.table.put(&self.place(key), condition, record, expiry))
        };
        Box::pin(ready(put))
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(ready(Ok(self.table.delete(&self.place(key), condition))))
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(ready(Ok(self.table.touch(&self.place(key), expiry))))
    }
}
