//! One shard: its slots without gaps, the index that finds them, and the order in which they have to leave.

use super::index::Index;
use super::key::{CompactKey, Seed};
use super::order::Order;
use crate::store::Content;

/// One record, with all that a load reads or changes, in 48 bytes.
pub(super) struct Slot {
    pub(super) key: CompactKey,
    pub(super) content: Content,
    /// In milliseconds since the Unix epoch; the largest number is never.
    pub(super) expires: u64,
    /// When it was used last, in the store's ticks.
    pub(super) used: u64,
}

impl Slot {
    pub(super) fn is_expired(&self, now: u64) -> bool {
        self.expires <= now
    }
}

/// Slots have numbers from 0 to `len`; the last one moves into the place of one that is removed.
pub(super) struct Shard {
    seed: Seed,
    slots: Vec<Slot>,
    index: Index,
    order: Order,
    swept: u32,
}

impl Shard {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, slots: Vec::new(), index: Index::default(), order: Order::default(), swept: 0 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.len() >= Index::MAX_SLOTS
    }

    pub(super) fn find(&self, hash: u64, key: CompactKey) -> Option<u32> {
        let place = self.index.find(hash, |slot| self.slot(slot).key == key)?;
        Some(self.index.slot(place))
    }

    pub(super) fn slot(&self, number: u32) -> &Slot {
        &self.slots[number as usize]
    }

    /// For its text and its expiry. Its key stays as it is, and `renew` says when it was used.
    pub(super) fn slot_mut(&mut self, number: u32) -> &mut Slot {
        &mut self.slots[number as usize]
    }

    /// The slot that was used least recently.
    pub(super) fn oldest(&mut self) -> Option<u32> {
        self.order.oldest(&self.slots)
    }

    /// Makes a slot the most recently used. The tick is later than all before.
    pub(super) fn renew(&mut self, number: u32, tick: u64) {
        self.slots[number as usize].used = tick;
    }

    /// Adds a record under a key that is not here. The shard must not be full.
    pub(super) fn insert(&mut self, hash: u64, slot: Slot) {
        let Ok(number) = u32::try_from(self.slots.len()) else { return };
        reserve(&mut self.slots);
        self.slots.push(slot);
        if self.index.fits(self.slots.len()) {
            self.index.insert(hash, number);
        } else {
            self.reindex();
        }
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, number: u32) -> Slot {
        let seed = self.seed;
        let slots = &self.slots;
        let hash_of = |slot: u32| seed.hash(slots[slot as usize].key);
        if let Some(place) = self.index.find(hash_of(number), |slot| slot == number) {
            self.index.remove(place, hash_of);
        }
        let last = self.len() - 1;
        if number != last
            && let Some(place) = self.index.find(hash_of(last), |slot| slot == last)
        {
            self.index.renumber(place, number);
        }
        let removed = self.slots.swap_remove(number as usize);
        if let Some(moved) = self.slots.get(number as usize) {
            self.order.renumber(moved.used, number);
        }
        self.shrink();
        removed
    }

    /// Looks at up to `steps` slots, from where the last look ended, for one that has expired. It is looked at again
    /// the next time, since another one takes its place when it is removed.
    pub(super) fn next_expired(&mut self, now: u64, steps: &mut u32) -> Option<u32> {
        while *steps > 0 && self.len() > 0 {
            *steps -= 1;
            if self.swept >= self.len() {
                self.swept = 0;
            }
            if self.slot(self.swept).is_expired(now) {
                return Some(self.swept);
            }
            self.swept += 1;
        }
        None
    }

    /// The last slot below `end` that has expired, and otherwise `None`, among the `steps` below it; `end` is where the
    /// next look goes on. Who goes downwards sees every record, whatever happens between two looks: what moves into
    /// the place of a removed one comes from above, or from below with nothing above it.
    pub(super) fn last_expired(&self, now: u64, end: &mut u32, steps: &mut u32) -> Option<u32> {
        *end = self.len().min(*end);
        while *steps > 0 && *end > 0 {
            *steps -= 1;
            *end -= 1;
            if self.slot(*end).is_expired(now) {
                return Some(*end);
            }
        }
        None
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    fn reindex(&mut self) {
        let seed = self.seed;
        self.index = Index::rebuilt(self.slots.iter().map(|slot| seed.hash(slot.key)));
    }

    /// Gives memory back when less than half of it is used.
    fn shrink(&mut self) {
        let len = self.slots.len();
        if self.slots.capacity() >= 32 && len * 2 < self.slots.capacity() || len == 0 {
            self.slots.shrink_to(len + len / 16);
        }
        self.order.shrink(len);
        if !self.index.fits(len) || len == 0 {
            self.reindex();
        }
    }
}

/// Grows by a sixteenth, where `Vec` itself would double: unused capacity counts for every session.
fn reserve(slots: &mut Vec<Slot>) {
    if slots.len() == slots.capacity() {
        slots.reserve_exact((slots.len() / 16).max(4));
    }
}
