//! Which primitive has been written where: one open-addressing table over the text already written.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::search::ends;
use super::slot::Slot;

/// A place of the table: a hash and the position in `known` plus one; zero is a free place. Small, because looking for
/// what is not there costs one access to memory that is in no order.
#[derive(Clone, Copy)]
struct Place {
    hash: u32,
    known: u32,
}

/// Where a primitive stands: its first character without quotes, and the number of its entry.
struct Known {
    hash: u32,
    start: u32,
    entry: u32,
}

/// So many primitives are compared one by one: most values have no more.
const FEW: usize = 8;

const FREE: Place = Place { hash: 0, known: 0 };
/// A kilobyte: enough for a small session, and soon cleared.
const FIRST: usize = 128;

/// Chosen once per process, so that nobody can prepare texts whose strings all collide.
static SEEDS: LazyLock<[u64; 2]> = LazyLock::new(|| {
    let state = RandomState::new();
    [state.hash_one(0), state.hash_one(1)]
});

pub(crate) struct Table {
    places: Vec<Place>,
    known: Vec<Known>,
    seeds: [u64; 2],
}

impl Default for Table {
    fn default() -> Self {
        Self { places: Vec::new(), known: Vec::new(), seeds: *SEEDS }
    }
}

impl Table {
    /// Forgets all primitives and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.known.clear();
    }

    /// How much memory it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>() + self.known.capacity() * size_of::<Known>()
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

    /// The entry of an equal primitive, or `None` and the new one is noted; `same` compares with what stands at a
    /// place. What lies beyond 4 GiB is not noted.
    #[inline(always)]
    pub(crate) fn find_or_insert(
        &mut self,
        hash: u32,
        (start, entry): (usize, usize),
        same: impl Fn(usize) -> bool,
    ) -> Option<Slot> {
        if self.places.is_empty() && self.known.len() < FEW {
            return self.among_few(hash, (start, entry), same);
        }
        if self.known.len() * 8 >= self.places.len() * 5 {
            self.grow();
        }
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let place = self.places.get_mut(at)?;
            if place.known == 0 {
                let new =
                    Known { hash, start: u32::try_from(start).ok()?, entry: u32::try_from(entry).ok()? };
                self.known.push(new);
                *place = Place { hash, known: u32::try_from(self.known.len()).ok()? };
                return None;
            }
            if place.hash == hash {
                let known = self.known.get(place.known as usize - 1)?;
                if same(known.start as usize) {
                    return Slot::entry(known.entry as usize);
                }
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn among_few(
        &mut self,
        hash: u32,
        (start, entry): (usize, usize),
        same: impl Fn(usize) -> bool,
    ) -> Option<Slot> {
        let equal = |known: &&Known| known.hash == hash && same(known.start as usize);
        if let Some(known) = self.known.iter().find(equal) {
            return Slot::entry(known.entry as usize);
        }
        let new = Known { hash, start: u32::try_from(start).ok()?, entry: u32::try_from(entry).ok()? };
        self.known.push(new);
        None
    }

    /// What was given as the entry of an equal primitive.
    pub(crate) fn find(&self, hash: u32, same: impl Fn(usize) -> bool) -> Option<usize> {
        if self.places.is_empty() {
            let equal = |known: &&Known| known.hash == hash && same(known.start as usize);
            return self.known.iter().find(equal).map(|known| known.entry as usize);
        }
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let place = self.places.get(at).filter(|place| place.known != 0)?;
            let known = self.known.get(place.known as usize - 1)?;
            if place.hash == hash && same(known.start as usize) {
                return Some(known.entry as usize);
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(FIRST);
        self.places.clear();
        self.places.resize(size, FREE);
        self.known.reserve_exact(size * 5 / 8 + 1 - self.known.len());
        for (hash, number) in self.known.iter().map(|known| known.hash).zip(1..) {
            let mut at = hash as usize & (size - 1);
            while self.places.get(at).is_some_and(|place| place.known != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(place) = self.places.get_mut(at) {
                *place = Place { hash, known: number };
            }
        }
    }
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
