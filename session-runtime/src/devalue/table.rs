//! Which primitive has been written where: one open-addressing table over the text already written.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::search::ends;

/// A place of the table: in the bits that number its places the position in `known` plus one, above them the hash; zero
/// is a free place. Small, because looking for what is not there costs one access to memory that is in no order.
type Place = u32;

/// The number of a text, and its hash.
struct Known {
    hash: u32,
    number: u32,
}

const FREE: Place = 0;
/// A kilobyte: enough for a small session, and soon cleared.
const FIRST: usize = 256;
/// Up to so many places, a megabyte, their number is multiplied by four, since filling in again, and meeting a place that
/// is taken, cost more than clearing; then by two.
const FEW: usize = 1 << 18;

/// Chosen once per process, so that nobody can prepare texts whose strings all collide.
static SEEDS: LazyLock<[u64; 2]> = LazyLock::new(|| {
    let state = RandomState::new();
    [state.hash_one(0), state.hash_one(1)]
});

/// Finds numbers that were given to texts, by the texts' hashes. The texts themselves are the caller's.
pub(crate) struct Table {
    places: Vec<Place>,
    known: Vec<Known>,
    /// How many texts there were in the last two uses.
    uses: [usize; 2],
    seeds: [u64; 2],
}

impl Default for Table {
    fn default() -> Self {
        Self { places: Vec::new(), known: Vec::new(), uses: [0; 2], seeds: *SEEDS }
    }
}

impl Table {
    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        let [_, last] = self.uses;
        self.uses = [last, self.known.len()];
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

    /// The number of an equal text, or `None` and the new one is noted; `same` compares with the text of a number.
    /// Numbers beyond 32 bits are not noted.
    #[inline(always)]
    pub(crate) fn find_or_insert(
        &mut self,
        hash: u32,
        number: usize,
        same: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        // Half of the places stay free: where looking goes on is a branch that cannot be foretold.
        if self.known.len() * 2 >= self.places.len() {
            self.grow();
        }
        let mask = mask(self.places.len());
        let at = hash & mask;
        let place = self.places.get_mut(at as usize)?;
        if *place != FREE {
            return self.find_or_insert_from(at, hash, number, same);
        }
        self.known.push(Known { hash, number: u32::try_from(number).ok()? });
        *place = hash & !mask | mask & low_half(self.known.len() as u64);
        None
    }

    /// As [`Self::find_or_insert`], from a place on that is taken. Apart, so that what is frequent stays small.
    #[inline(never)]
    fn find_or_insert_from(
        &mut self,
        mut at: u32,
        hash: u32,
        number: usize,
        same: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let mask = mask(self.places.len());
        loop {
            let place = self.places.get_mut(at as usize)?;
            if *place == FREE {
                self.known.push(Known { hash, number: u32::try_from(number).ok()? });
                *place = hash & !mask | mask & low_half(self.known.len() as u64);
                return None;
            }
            if (*place ^ hash) & !mask == 0
                && let Some(known) = self.known.get((*place & mask) as usize - 1)
                && same(known.number as usize)
            {
                return Some(known.number as usize);
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of an equal text.
    pub(crate) fn find(&self, hash: u32, same: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = mask(self.places.len());
        let mut at = hash & mask;
        loop {
            let place = *self.places.get(at as usize).filter(|&&place| place != FREE)?;
            if (place ^ hash) & !mask == 0
                && let Some(known) = self.known.get((place & mask) as usize - 1)
                && same(known.number as usize)
            {
                return Some(known.number as usize);
            }
            at = (at + 1) & mask;
        }
    }

    /// The size that was right for the last two uses, so that nothing has to be filled in again. For one use with many
    /// texts the next one does not have to clear so much.
    fn usual(&self) -> usize {
        let [before, last] = self.uses;
        let texts = before.min(last);
        let roomy = (4 * texts).next_power_of_two();
        let size = if roomy > FEW { (2 * texts + 1).next_power_of_two() } else { roomy };
        size.max(FIRST)
    }

    #[cold]
    fn grow(&mut self) {
        let held = self.places.len();
        let size = if held == 0 { self.usual() } else { held * if held < FEW { 4 } else { 2 } };
        self.places.clear();
        self.places.resize(size, FREE);
        self.known.reserve_exact(size / 2 - self.known.len());
        let mask = mask(size);
        for (position, known) in (1..).zip(&self.known) {
            let mut at = known.hash & mask;
            while self.places.get(at as usize).is_some_and(|&place| place != FREE) {
                at = (at + 1) & mask;
            }
            if let Some(place) = self.places.get_mut(at as usize) {
                *place = known.hash & !mask | position;
            }
        }
    }
}

/// The bits that number so many places, a power of two. There are never as many as bits could number.
#[inline]
fn mask(places: usize) -> u32 {
    low_half((places as u64).wrapping_sub(1))
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

#[cfg(test)]
mod tests {
    use super::{FIRST, Table};

    #[test]
    fn finds_what_it_was_given_whatever_the_uses_before_were() {
        let mut table = Table::default();
        for texts in [3_usize, 5_000, 5_000, 5_000, 3, 3, 40_000, 40_000, 40_000] {
            table.clear();
            for round in 0..2 {
                for number in 0..texts {
                    let hash = table.hash(&number.to_le_bytes());
                    let known = table.find_or_insert(hash, number, |other| other == number);
                    assert_eq!(known, (round == 1).then_some(number), "{number} of {texts}");
                }
            }
            assert!(table.places.len() >= 2 * texts, "half of the places are free");
        }
        // Once is no reason to take more than before, twice is.
        table.clear();
        table.clear();
        assert_eq!(table.usual(), FIRST);
    }
}
