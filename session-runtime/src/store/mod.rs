//! The store contract: four operations on opaque texts, and the drivers that keep it.
//!
//! | driver | keeps records | feature |
//! |---|---|---|
//! | [`MemoryStore`] | in this process, bounded, until it ends | – |
//! | `FileStore` | in files, one per session, shared by processes | `file` |
//! | `RedisStore` | on a Redis or Valkey server or cluster, shared by machines | `redis` |
//! | `PostgresStore` | in a table of a PostgreSQL database, shared by machines | `postgres` |

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod failure;
#[cfg(feature = "file")]
mod file;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
#[cfg(feature = "redis")]
mod redis;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "file")]
pub use self::file::FileStore;
pub use self::memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresStore;
pub(crate) use self::record::Content;
pub use self::record::Record;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
use crate::{Error, StoreKey};

/// The future a store's operation returns: boxed, so that `dyn Store` works and nothing else needs a store parameter.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

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
/// It is written sentence by sentence, here for all operations and on each method for one. In brackets after a
/// sentence stands the name of its check in the conformance suite (feature `conformance`, module
/// `store::conformance`): one line tests a store of yours against all of them.
///
/// **Keys**
/// * Keys that differ in letter case only are different keys.
///   \[`keys_that_differ_in_letter_case_only_are_different`\]
/// * So are all others that are not equal, whatever their length; none is cut.
///   \[`keys_of_both_layouts_and_any_length_are_different`\]
/// * An operation on one key changes nothing under another. \[`an_operation_leaves_other_keys_alone`\]
///
/// **Handles.** A store may be opened more than once: by a clone, by another process.
/// * What was done through one handle is seen through all others at once. \[`a_handle_sees_what_another_did`\]
/// * What is acknowledged survives the handle, and the death of the process that held it; where the store is itself a
///   process, as a server or the memory store is, it lives as long as that one.
///   \[`what_was_stored_outlives_its_handle`\]
///
/// **Conditions** compare the content last loaded, and nothing else, so that writers who know nothing of this library
/// (an Astro front end) are seen too.
/// * Expiry is no part of the content. \[`expiry_is_no_part_of_the_content`\]
///
/// **Expiry** is counted from the call.
/// * The longest there is, `Duration::MAX`, is accepted: the record is kept as long as the store can.
///   \[`the_longest_expiry_is_accepted`\]
///
/// **Atomicity.** An operation looks and writes in one step for its key, whoever else is at work through whatever
/// handle.
/// * Of puts on the condition that nothing is stored, one wins. \[`of_64_puts_absent_exactly_one_wins`\]
/// * Of puts on the condition of the same content, one wins. \[`of_64_puts_unchanged_exactly_one_wins`\]
/// * Of deletes on the condition of the same content, one wins. \[`of_64_deletes_unchanged_exactly_one_wins`\]
/// * Who loads, changes and puts until there is no conflict loses nobody's change. \[`of_64_updates_none_is_lost`\]
/// * Of a put and a delete on the condition of the same content, one wins.
///   \[`of_a_put_and_a_delete_exactly_one_wins`\]
/// * A touch at the same time as a delete does not undo it. \[`a_touch_beside_a_delete_brings_nothing_back`\]
/// * A touch at the same time as a put does not undo it. \[`a_touch_beside_a_put_brings_nothing_back`\]
/// * An operation whose future is dropped before it is ready has happened or not, or still happens, as a whole; the
///   store stays usable. \[`a_dropped_operation_has_happened_or_not`\]
///
/// **Errors.** An `Err` means that the system failed ([`Error::unavailable`]) or that a text is over the store's size
/// limit ([`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge)); a conflict or a missing record is an answer. After an
/// error of a `put` or `delete` its outcome is unknown: the caller looks before it goes on. A driver never repeats a
/// write of its own accord, and its client library must not either. No suite can check this paragraph.
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
    /// The record under `key`, or none.
    ///
    /// * Where nothing is stored, there is none. \[`load_of_nothing_is_none`\]
    /// * A text comes back exactly as it was put, whatever characters it has.
    ///   \[`a_text_comes_back_exactly_as_it_was_put`\]
    /// * A record is there for the whole time it is to be kept. \[`a_record_is_kept_for_its_whole_time`\]
    /// * One that is to be kept for ever stays, and does not say how long. \[`a_record_that_never_expires_stays`\]
    /// * An expired record is none. \[`an_expired_record_is_none`\]
    /// * The time that [`Record::remaining`] names is what is left, or less by up to a sixteenth of what was asked for; a
    ///   store that does not know it says nothing. \[`what_a_load_says_remains_is_true`\]
    /// * A load changes nothing, not even how long the record is kept. \[`a_load_changes_nothing`\]
    ///
    /// # Errors
    /// The system failed.
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>>;

    /// Stores `record` under `key` if `condition` holds, to be kept for `expiry` from now. Otherwise writes nothing and
    /// says what is stored instead.
    ///
    /// [`PutIf::Absent`]:
    /// * It stores where nothing is. \[`put_absent_stores_where_nothing_is`\]
    /// * An expired record is nothing. \[`put_absent_stores_over_an_expired_record`\]
    /// * Any record is a conflict, also one of the same text, and is shown.
    ///   \[`put_absent_conflicts_with_a_record_and_shows_it`\]
    ///
    /// [`PutIf::Unchanged`]:
    /// * It replaces a record of exactly this content. \[`put_unchanged_replaces_what_was_loaded`\]
    /// * It does not matter who wrote the record, nor when. \[`put_unchanged_compares_content_whoever_wrote_it`\]
    /// * Other content is a conflict and is shown. \[`put_unchanged_conflicts_with_other_content_and_shows_it`\]
    /// * Nothing is a conflict that shows nothing. \[`put_unchanged_conflicts_with_nothing`\]
    /// * So is an expired record. \[`put_unchanged_conflicts_with_an_expired_record_as_with_nothing`\]
    ///
    /// Either:
    /// * On a conflict neither the text nor its expiry changes. \[`a_put_that_conflicts_writes_nothing`\]
    /// * The expiry takes the place of the one before, longer or shorter, and is counted from this put.
    ///   \[`a_put_counts_its_expiry_from_now`\]
    /// * [`Expiry::Never`] takes away the one before. \[`a_put_can_make_a_record_never_expire`\]
    /// * An expiry of zero is allowed: the record is stored and has expired, or expires as soon as the store's clock
    ///   moves. \[`an_expiry_of_zero_has_passed_at_once`\]
    /// * A text over the store's limit is an error ([`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge)), and nothing is
    ///   written. \[`a_text_over_the_limit_is_too_large_and_nothing_is_written`\]
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
    /// * [`DeleteIf::Any`] removes any record. \[`delete_any_removes_the_record`\]
    /// * [`DeleteIf::Unchanged`] removes one of exactly this content. \[`delete_unchanged_removes_what_was_loaded`\]
    /// * Other content is a conflict, is shown, and stays.
    ///   \[`delete_unchanged_conflicts_with_other_content_and_shows_it`\]
    /// * Nothing is missing, whatever the condition. \[`delete_of_nothing_is_missing`\]
    /// * So is an expired record. \[`delete_of_an_expired_record_is_missing`\]
    /// * The key can be used again, and nothing is left of what was under it, its expiry neither.
    ///   \[`a_key_can_be_used_again_after_a_delete`\]
    ///
    /// # Errors
    /// The system failed, and the outcome is unknown.
    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete>;

    /// Keeps the record under `key` for at least `expiry` from now.
    ///
    /// * If that is longer than it would have been kept, it is kept just so long. \[`touch_keeps_a_record_longer`\]
    /// * If it is shorter, nothing changes. \[`touch_never_shortens`\]
    /// * Where nothing is stored, nothing is created. \[`touch_never_creates`\]
    /// * An expired record does not come back. \[`touch_never_revives_an_expired_record`\]
    /// * A record that never expires goes on so. \[`touch_of_a_record_that_never_expires_changes_nothing`\]
    /// * [`Expiry::Never`] keeps it for ever. \[`touch_can_make_a_record_never_expire`\]
    /// * The text stays as it is. \[`touch_leaves_the_content_alone`\]
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
