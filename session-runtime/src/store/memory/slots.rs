//! The records of a shard, each where the hash of its key leads: open addressing, with a byte of every hash set apart.
//!
//! A search runs over those bytes, which stay in the processor's cache even for a million records, and touches the one
//! slot that it looks for. Nothing is ever moved but from a higher place to a lower one, and by [`Slots::resize`].

use std::num::NonZeroU64;

use super::key::{CompactKey, Seed};
use crate::store::Content;

/// One record, with all that a load reads or changes, in 48 bytes.
pub(super) struct Slot {
    pub(super) key: CompactKey,
    pub(super) content: Content,
    pub(super) term: Term,
    /// When it was used last, in the store's ticks.
    pub(super) used: NonZeroU64,
}

impl Slot {
    pub(super) fn is_expired(&self, now: u64) -> bool {
        self.term.end() <= now
    }
}

/// Until when a record is kept, and whether this process wrote its text: in one word, since every session has one.
#[derive(Clone, Copy)]
pub(super) struct Term(u64);

impl Term {
    /// As an end: there is none.
    pub(super) const NEVER: u64 = u64::MAX >> 1;

    /// `end`: in milliseconds since the Unix epoch.
    pub(super) fn new(end: u64, is_own: bool) -> Self {
        Self(end.min(Self::NEVER) << 1 | u64::from(is_own))
    }

    pub(super) fn end(self) -> u64 {
        self.0 >> 1
    }

    pub(super) fn is_own(self) -> bool {
        self.0 & 1 == 1
    }

    /// The same up to that end, if it is later.
    pub(super) fn extended(self, end: u64) -> Self {
        Self::new(self.end().max(end), self.is_own())
    }
}

/// The tag of a place without a record.
const EMPTY: u8 = 0;

/// The slots, by their places.
///
/// Behind the places at which searches begin there are some more, so that none has to go on at the first place.
pub(super) struct Slots {
    seed: Seed,
    homes: usize,
    len: usize,
    tags: Vec<u8>,
    slots: Vec<Option<Slot>>,
    resizes: u32,
    /// With how few records it is time to look whether memory can be given back.
    shrinks_at: usize,
}

impl Slots {
    pub(super) fn new(seed: Seed) -> Self {
        Self { seed, homes: 0, len: 0, tags: Vec::new(), slots: Vec::new(), resizes: 0, shrinks_at: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many places there are, with and without a record.
    pub(super) fn places(&self) -> usize {
        self.slots.len()
    }

    /// How often all records were given other places.
    pub(super) fn resizes(&self) -> u32 {
        self.resizes
    }

    pub(super) fn get(&self, place: usize) -> Option<&Slot> {
        self.slots.get(place)?.as_ref()
    }

    /// For all but the key, which says where the slot is.
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Slot> {
        self.slots.get_mut(place)?.as_mut()
    }

    /// The first place from this one on that has a record.
    pub(super) fn next_from(&self, place: usize) -> Option<usize> {
        self.tags.get(place..)?.iter().position(|tag| *tag != EMPTY).map(|steps| place + steps)
    }

    /// The last place before this one that has a record.
    pub(super) fn last_before(&self, place: usize) -> Option<usize> {
        self.tags.get(..place)?.iter().rposition(|tag| *tag != EMPTY)
    }

    /// All records with the hashes of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Slot)> {
        self.slots.iter().flatten().map(|slot| (self.seed.hash(slot.key), slot))
    }

    /// The place of the record with this hash for which `is` holds.
    pub(super) fn find(&self, hash: u64, is: impl Fn(&Slot) -> bool) -> Option<usize> {
        let (home, wanted) = (self.home(hash), tag(hash));
        for (steps, &tag) in self.tags.get(home..)?.iter().enumerate() {
            if tag == EMPTY {
                return None;
            }
            if tag == wanted && self.get(home + steps).is_some_and(&is) {
                return Some(home + steps);
            }
        }
        None
    }

    /// Adds a record under a key that is not here.
    pub(super) fn insert(&mut self, hash: u64, slot: Slot) {
        let is_crowded = self.len * 20 >= self.homes * 17;
        match self.vacancy(hash).filter(|_| !is_crowded) {
            Some(place) => {
                self.tags[place] = tag(hash);
                self.slots[place] = Some(slot);
                self.len += 1;
            }
            None => {
                self.resize(self.len.max(self.homes * 6 / 7));
                self.insert(hash, slot);
            }
        }
    }

    /// Takes out the record at a place, and closes the gap, so that no search ends too early.
    pub(super) fn remove(&mut self, place: usize) -> Option<Slot> {
        let removed = self.slots.get_mut(place)?.take()?;
        self.len -= 1;
        let (mut gap, mut next) = (place, place + 1);
        while let Some(slot) = self.get(next) {
            let hash = self.seed.hash(slot.key);
            if self.home(hash) <= gap {
                self.slots.swap(gap, next);
                self.tags[gap] = tag(hash);
                gap = next;
            }
            next += 1;
        }
        self.tags[gap] = EMPTY;
        // Not each time: it looks at all places.
        if self.len <= self.shrinks_at {
            self.shrink();
        }
        Some(removed)
    }

    /// Gives memory back if most of the places are empty.
    ///
    /// Who looks for expired records goes along the places, and leaves one part emptier than the other meanwhile. So what
    /// the fullest sixteenth has counts for all of them: otherwise it would be crowded afterwards.
    pub(super) fn shrink(&mut self) {
        self.shrinks_at = self.len - self.len / 8;
        if self.len == 0 && self.homes > 0 {
            self.resize(0);
        } else if self.len * 3 < self.homes && self.homes > 32 {
            let records = |tags: &[u8]| tags.iter().filter(|tag| **tag != EMPTY).count();
            let parts = self.tags.chunks(self.places().div_ceil(16));
            let fullest = parts.map(records).max().unwrap_or_default();
            if fullest * 16 * 2 < self.homes {
                self.resize(fullest * 16);
            }
        }
    }

    /// Makes room for `len` records and some more.
    fn resize(&mut self, len: usize) {
        let homes = if len == 0 && self.homes > 0 { 0 } else { (len * 7 / 5).max(8) };
        let places = if homes == 0 { 0 } else { homes + homes / 32 + 8 };
        let slots = std::mem::replace(&mut self.slots, Vec::with_capacity(places));
        self.slots.resize_with(places, || None);
        self.tags = vec![EMPTY; places];
        self.homes = homes;
        self.len = 0;
        self.resizes = self.resizes.wrapping_add(1);
        self.shrinks_at = homes / 3;
        // Most come in the order of their homes, so that each goes to its own one, or next to the one before: all places
        // between the two are taken then.
        let (mut furthest, mut next) = (0, 0);
        for slot in slots.into_iter().flatten() {
            let hash = self.seed.hash(slot.key);
            let home = self.home(hash);
            let place = home.max(next);
            if home >= furthest && self.homes == homes && self.tags.get(place) == Some(&EMPTY) {
                self.tags[place] = tag(hash);
                self.slots[place] = Some(slot);
                self.len += 1;
                (furthest, next) = (home, place + 1);
            } else {
                self.insert(hash, slot);
            }
        }
    }

    fn vacancy(&self, hash: u64) -> Option<usize> {
        let home = self.home(hash);
        self.tags.get(home..)?.iter().position(|tag| *tag == EMPTY).map(|steps| home + steps)
    }

    /// Where a search begins: the hash's lower half, scaled to the number of homes.
    fn home(&self, hash: u64) -> usize {
        usize::try_from(((hash & 0xffff_ffff) * self.homes as u64) >> 32).unwrap_or_default()
    }
}

/// A byte of the hash, and never [`EMPTY`].
fn tag(hash: u64) -> u8 {
    let [_, tag, ..] = hash.to_be_bytes();
    tag.max(1)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::{Slot, Slots, Term};
    use crate::store::memory::key::{CompactKey, Seed};
    use crate::{Record, SessionId, StoreKey};

    fn filled(records: usize) -> (Slots, Vec<(u64, CompactKey)>) {
        let seed = Seed::random();
        let mut slots = Slots::new(seed);
        let content = Record::new("text").content().clone();
        let keys = (0..records).map(|_| {
            let key = CompactKey::of(&StoreKey::plain(&SessionId::random()));
            let hash = seed.hash(key);
            slots.insert(
                hash,
                Slot { key, content: content.clone(), term: Term::new(0, false), used: NonZeroU64::MIN },
            );
            (hash, key)
        });
        let keys = keys.collect();
        (slots, keys)
    }

    fn place(slots: &Slots, (hash, key): (u64, CompactKey)) -> Option<usize> {
        slots.find(hash, |slot| slot.key == key)
    }

    #[test]
    fn a_place_without_a_record_takes_no_more_than_one_with_it() {
        assert_eq!((size_of::<Slot>(), size_of::<Option<Slot>>()), (48, 48));
    }

    #[test]
    fn what_is_left_is_found_whatever_is_taken_out() {
        let (mut slots, keys) = filled(5_000);
        for (nth, key) in keys.iter().enumerate() {
            let found = place(&slots, *key).expect("it is there");
            assert!(slots.remove(found).is_some_and(|slot| slot.key == key.1));
            assert_eq!(place(&slots, *key), None);
            if nth % 500 == 0 || nth > 4_950 {
                assert!(keys[nth + 1..].iter().all(|key| place(&slots, *key).is_some()), "{nth}");
            }
        }
        assert_eq!((slots.len(), slots.places()), (0, 0));
    }

    /// As those do who look for expired records, from below and from above.
    #[test]
    fn a_part_that_is_emptied_first_does_not_crowd_the_rest() {
        for from_above in [false, true] {
            let (mut slots, keys) = filled(15_000);
            while slots.len() > 500 {
                let end = slots.places();
                let next = if from_above { slots.last_before(end) } else { slots.next_from(0) };
                slots.remove(next.expect("some are left"));
                if slots.len() % 500 == 0 {
                    let steps = |key: &(u64, CompactKey)| Some(place(&slots, *key)? - slots.home(key.0));
                    let left: Vec<usize> = keys.iter().filter_map(steps).collect();
                    assert_eq!(left.len(), slots.len());
                    assert!(left.iter().all(|steps| *steps < 500), "{left:?}");
                }
            }
        }
    }
}
