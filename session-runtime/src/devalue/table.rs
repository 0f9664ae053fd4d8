//! Which primitive has been written where: one open-addressing table over the text already written.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::slot::Slot;

/// Where a primitive stands: its characters without quotes, and the number of its entry.
#[derive(Clone, Copy)]
struct Place {
    hash: u32,
    start: u32,
    len: u32,
    /// Number of the entry plus one; zero is a free place.
    entry: u32,
}

const FREE: Place = Place { hash: 0, start: 0, len: 0, entry: 0 };
const FIRST: usize = 64;

/// Chosen once per process, so that nobody can prepare texts whose strings all collide.
static SEEDS: LazyLock<[u64; 2]> = LazyLock::new(|| {
    let state = RandomState::new();
    [state.hash_one(0), state.hash_one(1)]
});

pub(crate) struct Table {
    places: Vec<Place>,
    used: usize,
    seeds: [u64; 2],
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { places: Vec::new(), used: 0, seeds: *SEEDS }
    }

    pub(crate) fn hash(&self, bytes: &[u8]) -> u32 {
        let mut state = self.seeds[0] ^ bytes.len() as u64;
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            state = fold(state ^ chunk.try_into().map_or(0, u64::from_le_bytes), self.seeds[1]);
        }
        let rest = chunks.remainder().iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
        let mixed = fold(state ^ rest, self.seeds[1]);
        let [a, b, c, d, ..] = fold(mixed, self.seeds[0] | 1).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    /// The entry of an equal primitive; `same` compares with what stands at a place.
    pub(crate) fn find(&self, hash: u32, same: impl Fn(usize, usize) -> bool) -> Option<Slot> {
        let mask = self.places.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        loop {
            let place = self.places.get(at).filter(|place| place.entry != 0)?;
            if place.hash == hash && same(place.start as usize, place.len as usize) {
                return Slot::entry(place.entry as usize - 1);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a primitive that [`Self::find`] did not find. One that lies beyond 4 GiB stays unknown.
    pub(crate) fn insert(&mut self, hash: u32, start: usize, len: usize, entry: usize) {
        let (Ok(start), Ok(len), Ok(entry)) = (start.try_into(), len.try_into(), u32::try_from(entry + 1))
        else {
            return;
        };
        if (self.used + 1) * 8 > self.places.len() * 5 {
            self.grow();
        }
        self.used += 1;
        place(&mut self.places, Place { hash, start, len, entry });
    }

    fn grow(&mut self) {
        let size = (self.places.len() * 4).max(FIRST);
        let old = std::mem::replace(&mut self.places, vec![FREE; size]);
        for kept in old.into_iter().filter(|place| place.entry != 0) {
            place(&mut self.places, kept);
        }
    }
}

fn place(places: &mut [Place], new: Place) {
    let mask = places.len().wrapping_sub(1);
    let mut at = new.hash as usize & mask;
    while let Some(found) = places.get_mut(at) {
        if found.entry == 0 {
            *found = new;
            return;
        }
        at = (at + 1) & mask;
    }
}

/// The two halves of a full product, folded into one.
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    let [a, b, c, d, e, f, g, h, rest @ ..] = product.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_le_bytes(rest)
}
