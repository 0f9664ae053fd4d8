//! Which slots of a shard were used least recently, found out when somebody has to leave.
//!
//! Using a record only notes the time in its own slot. Not before a bound is reached, the slots that were used least
//! recently are sorted, a quarter of all. Who is used afterwards is passed over when its turn comes, and when none is
//! left, another quarter is sorted. So exactly the least recently used leaves, at a cost that is the same for every
//! number of records, and a store that has room keeps no order at all.

use std::cmp::Reverse;
use std::num::NonZeroU64;

use super::slots::Slots;

/// The fewest that are sorted at a time.
const FEWEST: usize = 32;

/// Slots by the time of their use, the latest first.
#[derive(Default)]
pub(super) struct Order(Vec<Ranked>);

/// A slot as it was when it was sorted, found again by the hash of its key. No two uses have the same time, so it is the
/// same one as long as that is.
struct Ranked {
    used: NonZeroU64,
    hash: u64,
}

impl Order {
    /// The place of the slot that was used least recently.
    pub(super) fn oldest(&mut self, slots: &Slots) -> Option<usize> {
        loop {
            while let Some(Ranked { used, hash }) = self.0.last() {
                if let Some(place) = slots.find(*hash, |slot| slot.used == *used) {
                    return Some(place);
                }
                self.0.pop();
            }
            if slots.len() == 0 {
                return None;
            }
            *self = Self::of(slots);
        }
    }

    /// Forgets everything where it would take more than a part of what the slots take.
    pub(super) fn shrink(&mut self, slots: usize) {
        if self.0.len() > slots {
            *self = Self::default();
        }
    }

    fn of(slots: &Slots) -> Self {
        let mut ranked = Vec::with_capacity(slots.len());
        ranked.extend(slots.iter().map(|(hash, slot)| Ranked { used: slot.used, hash }));
        let enough = (slots.len() / 4).max(FEWEST);
        if enough < ranked.len() {
            ranked.select_nth_unstable_by_key(enough, |ranked| ranked.used);
            ranked.truncate(enough);
            ranked.shrink_to_fit();
        }
        ranked.sort_unstable_by_key(|ranked| Reverse(ranked.used));
        Self(ranked)
    }
}
