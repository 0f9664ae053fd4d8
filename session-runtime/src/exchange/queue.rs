//! The queue of one process's commits to one session: writers take turns instead of running into conflicts.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use async_lock::{Mutex as AsyncMutex, MutexGuardArc};

use crate::{Record, StoreKey};

/// What the last writer of the queue left, so that the next one need not ask the store for it.
type Slot = AsyncMutex<Option<Record>>;

/// One slot per session that is being written right now.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    slots: Mutex<HashMap<StoreKey, Arc<Slot>, BuildHasherDefault<KeyHasher>>>,
}

impl Queue {
    /// This key's turn, if nobody has it.
    pub(crate) fn try_turn(&self, key: &StoreKey) -> Option<Turn<'_>> {
        let place = self.place(key);
        let last = place.slot.try_lock_arc()?;
        Some(Turn { last, _place: place })
    }

    /// Waits for this key's turn; it lasts until the returned value is dropped.
    pub(crate) async fn turn(&self, key: &StoreKey) -> Turn<'_> {
        let place = self.place(key);
        let last = place.slot.lock_arc().await;
        Turn { last, _place: place }
    }

    fn place(&self, key: &StoreKey) -> Place<'_> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = Arc::clone(slots.entry(*key).or_default());
        Place { queue: self, key: *key, slot }
    }
}

/// The right to write one session, as far as this process goes.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    // Dropped before the place, so that the place can see whether anyone else waits.
    last: MutexGuardArc<Option<Record>>,
    _place: Place<'a>,
}

impl Turn<'_> {
    /// What the writer before this one stored, if there was one. It is taken out, so that the next one does not start
    /// from it should this one fail.
    pub(crate) fn take(&mut self) -> Option<Record> {
        self.last.take()
    }

    /// Tells the next in the queue what is stored now.
    pub(crate) fn pass_on(&mut self, record: Record) {
        *self.last = Some(record);
    }
}

/// A place in the queue; the slot goes with the last one.
#[derive(Debug)]
struct Place<'a> {
    queue: &'a Queue,
    key: StoreKey,
    slot: Arc<Slot>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut slots = self.queue.slots.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's own and this one: nobody else waits.
        if Arc::strong_count(&self.slot) <= 2 {
            slots.remove(&self.key);
        }
    }
}

/// Spreads keys that are random already: only sessions that exist are written, and servers choose their ids.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        for word in words.chain(rest.iter().map(|byte| u64::from(*byte))) {
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn finish(&self) -> u64 {
        // The table takes the place from the lowest bits, which are mixed least.
        self.0.rotate_left(26)
    }
}
