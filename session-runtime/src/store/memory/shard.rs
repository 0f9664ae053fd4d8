//! One shard: its slots, the order in which they have to leave, and the looks for those that have expired.

use std::num::NonZeroU64;

use super::key::{CompactKey, Seed};
use super::order::Order;
use super::slots::{Slot, Slots};

/// A record is known by its place until another one is removed or added.
pub(super) struct Shard {
    slots: Slots,
    order: Order,
    swept: usize,
}

/// How far a look downwards at all records has come.
pub(super) struct Descent {
    end: usize,
    resizes: Option<u32>,
}

impl Descent {
    pub(super) fn from_the_top() -> Self {
        Self { end: usize::MAX, resizes: None }
    }

    pub(super) fn is_over(&self) -> bool {
        self.end == 0
    }
}

impl Shard {
    pub(super) fn new(seed: Seed) -> Self {
        Self { slots: Slots::new(seed), order: Order::default(), swept: 0 }
    }

    pub(super) fn find(&self, hash: u64, key: CompactKey) -> Option<usize> {
        self.slots.find(hash, |slot| slot.key == key)
    }

    pub(super) fn slot(&self, place: usize) -> Option<&Slot> {
        self.slots.get(place)
    }

    /// For its text and its expiry. Its key stays as it is, and `renew` says when it was used.
    pub(super) fn slot_mut(&mut self, place: usize) -> Option<&mut Slot> {
        self.slots.get_mut(place)
    }

    /// The slot that was used least recently.
    pub(super) fn oldest(&mut self) -> Option<usize> {
        self.order.oldest(&self.slots)
    }

    /// Makes a slot the most recently used. The tick is later than all before.
    pub(super) fn renew(&mut self, place: usize, tick: NonZeroU64) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.used = tick;
        }
    }

    /// Adds a record under a key that is not here.
    pub(super) fn insert(&mut self, hash: u64, slot: Slot) {
        self.slots.insert(hash, slot);
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, place: usize) -> Option<Slot> {
        let removed = self.slots.remove(place);
        self.order.shrink(self.slots.len());
        removed
    }

    /// Gives memory back if much is unused.
    pub(super) fn shrink(&mut self) {
        self.slots.shrink();
    }

    /// Looks at up to `steps` records, from where the last look ended, for one that has expired. Its place is looked at
    /// again the next time, since another one may take it when it is removed.
    pub(super) fn next_expired(&mut self, now: u64, steps: &mut u32) -> Option<usize> {
        while *steps > 0 && self.slots.len() > 0 {
            let Some(place) = self.slots.next_from(self.swept) else {
                self.swept = 0;
                self.slots.shrink();
                continue;
            };
            *steps -= 1;
            self.swept = place;
            if self.is_expired(place, now) {
                return Some(place);
            }
            self.swept += 1;
        }
        None
    }

    /// The last record below where the descent has come that has expired, and otherwise `None`, among `steps` records.
    /// Who goes downwards sees every record, whatever happens between two looks: what moves comes from above. Only when
    /// all have moved does the descent begin anew.
    pub(super) fn last_expired(&self, now: u64, descent: &mut Descent, steps: &mut u32) -> Option<usize> {
        let resizes = Some(self.slots.resizes());
        if descent.resizes != resizes {
            *descent = Descent { end: self.slots.places(), resizes };
        }
        while *steps > 0 && !descent.is_over() {
            *steps -= 1;
            descent.end = self.slots.last_before(descent.end).unwrap_or_default();
            if self.is_expired(descent.end, now) {
                return Some(descent.end);
            }
        }
        None
    }

    fn is_expired(&self, place: usize, now: u64) -> bool {
        self.slots.get(place).is_some_and(|slot| slot.is_expired(now))
    }
}
