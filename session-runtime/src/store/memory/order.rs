//! Which slots of a shard were used least recently, found out when somebody has to leave.
//!
//! Using a record only notes the time in its own slot. Not before a bound is reached, the slots that were used least
//! recently are sorted, a quarter of all. Who is used afterwards is passed over when its turn comes, and when none is
//! left, another quarter is sorted. So exactly the least recently used leaves, at a cost that is the same for every
//! number of records, and a store that has room keeps no order at all.

use std::cmp::Reverse;

use super::shard::Slot;

/// The fewest that are sorted at a time.
const FEWEST: usize = 32;

/// Slots by the time of their use, the latest first.
#[derive(Default)]
pub(super) struct Order(Vec<Ranked>);

/// A slot as it was when it was sorted. No two uses have the same time, so it is the same one as long as that is.
struct Ranked {
    used: u64,
    slot: u32,
}

impl Order {
    /// The slot that was used least recently.
    pub(super) fn oldest(&mut self, slots: &[Slot]) -> Option<u32> {
        loop {
            while let Some(Ranked { used, slot }) = self.0.last() {
                if slots.get(*slot as usize).is_some_and(|slot| slot.used == *used) {
                    return Some(*slot);
                }
                self.0.pop();
            }
            if slots.is_empty() {
                return None;
            }
            *self = Self::of(slots);
        }
    }

    /// Notes that a slot has another number now.
    pub(super) fn renumber(&mut self, used: u64, slot: u32) {
        if let Ok(at) = self.0.binary_search_by(|ranked| used.cmp(&ranked.used)) {
            self.0[at].slot = slot;
        }
    }

    /// Forgets everything where it would take more than a part of what the slots take.
    pub(super) fn shrink(&mut self, slots: usize) {
        if self.0.len() > slots {
            *self = Self::default();
        }
    }

    fn of(slots: &[Slot]) -> Self {
        let mut ranked: Vec<Ranked> =
            (0..).zip(slots).map(|(number, slot)| Ranked { used: slot.used, slot: number }).collect();
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
