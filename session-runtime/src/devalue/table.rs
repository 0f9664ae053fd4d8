//! Which primitive has been written where: one open-addressing table over the text already written.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::search::ends;

/// A place of the table: a hash in the upper half, and in the lower one the number of what has it plus one; zero is a
/// free place. Small, because looking for what is not there costs one access to memory that is in no order.
type Place = u64;

const FREE: Place = 0;
/// Half a kilobyte: enough for a small session, and soon cleared.
const FIRST: usize = 64;

/// Chosen once per process, so that nobody can prepare texts whose strings all collide.
static SEEDS: LazyLock<[u64; 2]> = LazyLock::new(|| {
    let state = RandomState::new();
    [state.hash_one(0), state.hash_one(1)]
});

/// Finds numbers that were given to texts, by the texts' hashes. The texts themselves are the caller's.
pub(crate) struct Table {
    places: Vec<Place>,
    /// The memory for the places when they are doubled.
    before: Vec<Place>,
    taken: usize,
    seeds: [u64; 2],
}

impl Default for Table {
    fn default() -> Self {
        Self { places: Vec::new(), before: Vec::new(), taken: 0, seeds: *SEEDS }
    }
}

impl Table {
    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.taken = 0;
    }

    /// How much memory it holds.
    pub(crate) fn bytes(&self) -> usize {
        (self.places.capacity() + self.before.capacity()) * size_of::<Place>()
    }

    #[inline]
    pub(crate) fn hash(&self, bytes: &[u8]) -> u32 {
        let [seed, mut state] = self.seeds;
        state ^= bytes.len() as u64;
        if bytes.len() > 16 {
            let (chunks, _) = bytes.as_chunks::<16>();
            for [low, high] in chunks.iter().map(|chunk| ends(chunk)) {
                state = fold(low ^ seed, high ^ state);
            }
        }
        let [low, high] = ends(bytes);
        low_half(fold(low ^ seed, high ^ state))
    }

    /// As [`Self::hash`], for at most sixteen bytes, which their ends are all of.
    #[inline]
    pub(crate) fn hash_ends(&self, [low, high]: [u64; 2], length: usize) -> u32 {
        let [seed, state] = self.seeds;
        low_half(fold(low ^ seed, high ^ state ^ length as u64))
    }

    /// The number of an equal text, or `None` and the new one is noted; `same` compares with the text of a number.
    /// Numbers beyond 32 bits are not noted.
    #[inline(always)]
    pub(crate) fn find_or_insert(
        &mut self,
        hash: u32,
        number: usize,
        same: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        if self.taken * 8 >= self.places.len() * 5 {
            self.grow();
        }
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let place = self.places.get_mut(at)?;
            if *place == FREE {
                let known = u32::try_from(number).ok()?.checked_add(1)?;
                *place = u64::from(hash) << 32 | u64::from(known);
                self.taken += 1;
                return None;
            }
            if let Some(known) = number_at(*place, hash).filter(|&known| same(known)) {
                return Some(known);
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of an equal text.
    pub(crate) fn find(&self, hash: u32, same: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let place = *self.places.get(at)?;
            if place == FREE {
                return None;
            }
            if let Some(known) = number_at(place, hash).filter(|&known| same(known)) {
                return Some(known);
            }
            at = (at + 1) & mask;
        }
    }

    /// Doubles the places. Those of one half are filled in order, so that the memory of large tables is gone through
    /// in order too.
    #[cold]
    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(FIRST);
        self.before.clear();
        self.before.resize(size, FREE);
        std::mem::swap(&mut self.places, &mut self.before);
        for &place in self.before.iter().filter(|&&place| place != FREE) {
            let mut at = (place >> 32) as usize & (size - 1);
            while self.places.get(at).is_some_and(|&place| place != FREE) {
                at = (at + 1) & (size - 1);
            }
            if let Some(free) = self.places.get_mut(at) {
                *free = place;
            }
        }
    }
}

/// The number in a place, if it has this hash.
#[inline]
fn number_at(place: Place, hash: u32) -> Option<usize> {
    (place >> 32 == u64::from(hash)).then(|| low_half(place) as usize - 1)
}

#[inline]
fn low_half(word: u64) -> u32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The two halves of a full product, folded into one.
#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    let [a, b, c, d, e, f, g, h, rest @ ..] = product.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_le_bytes(rest)
}
