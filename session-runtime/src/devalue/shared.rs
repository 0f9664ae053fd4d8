//! The primitives among new entries: a text has each primitive once, so they are looked for among themselves and among
//! the entries that are kept.

use super::annex::Annex;
use super::entry::is_primitive;
use super::search::ends;
use super::slot::Slot;
use super::table::Table;

/// No entry, or none yet.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Default)]
pub(crate) struct Shared {
    /// One bit in 4096 for each, by its ends: most primitives that are kept are told apart by this.
    bits: Bits,
    table: Table,
    /// Which of the primitives each new entry is; none for a container.
    numbers: Vec<u32>,
    /// The index at which each primitive is written, once it is known.
    targets: Vec<u32>,
}

struct Bits([u64; 64]);

impl Default for Bits {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Shared {
    /// How much memory it holds.
    pub(crate) fn capacity(&self) -> usize {
        self.table.bytes() + (self.numbers.capacity() + self.targets.capacity()) * size_of::<u32>()
    }

    pub(crate) fn note(&mut self, new: &Annex) -> Option<()> {
        self.bits = Bits::default();
        self.table.clear();
        self.numbers.clear();
        self.targets.clear();
        for index in 0..new.len() {
            let entry = new.entry(index)?;
            let number = if is_primitive(entry) { self.enter(new, index, entry)? } else { NONE };
            self.numbers.push(number);
        }
        Some(())
    }

    fn enter(&mut self, new: &Annex, index: usize, entry: &[u8]) -> Option<u32> {
        let (word, bit) = place(entry);
        *self.bits.0.get_mut(word)? |= bit;
        let (hash, place) = (self.table.hash(entry), (new.start(index)?, self.targets.len()));
        let known = self.table.find_or_insert(hash, place, same_entry(&new.text, entry));
        let number = known.map_or(Some(self.targets.len()), Slot::index)?;
        if known.is_none() {
            self.targets.push(NONE);
        }
        u32::try_from(number).ok()
    }

    /// Whether a new entry is a primitive.
    pub(crate) fn is_primitive(&self, index: usize) -> bool {
        self.numbers.get(index).is_some_and(|&number| number != NONE)
    }

    /// The index at which a new entry is written: `next` if it is here and now.
    #[inline]
    pub(crate) fn of_new(&mut self, index: usize, next: u32) -> Option<u32> {
        match *self.numbers.get(index)? {
            NONE => Some(next),
            number => self.at(usize::try_from(number).ok()?, next),
        }
    }

    /// The index at which a primitive that is kept is written: `next` if it is here and now.
    #[inline]
    pub(crate) fn of_kept(&mut self, new: &Annex, entry: &[u8], next: u32) -> u32 {
        self.number(new, entry).and_then(|number| self.at(number, next)).unwrap_or(next)
    }

    #[inline]
    fn at(&mut self, number: usize, next: u32) -> Option<u32> {
        let target = self.targets.get_mut(number)?;
        *target = next.min(*target);
        Some(*target)
    }

    /// Where the same primitive is written as a new one, if it is.
    pub(crate) fn target(&self, new: &Annex, entry: &[u8]) -> Option<u32> {
        self.targets.get(self.number(new, entry)?).copied()
    }

    #[inline]
    fn number(&self, new: &Annex, entry: &[u8]) -> Option<usize> {
        let (word, bit) = place(entry);
        if self.bits.0.get(word)? & bit == 0 {
            return None;
        }
        self.table.find(self.table.hash(entry), same_entry(&new.text, entry))
    }
}

#[inline]
fn place(entry: &[u8]) -> (usize, u64) {
    let [low, high] = ends(entry);
    let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (usize::try_from(mixed >> 58).unwrap_or(0), 1 << (mixed >> 52 & 63))
}

fn same_entry<'a>(text: &'a str, entry: &'a [u8]) -> impl Fn(usize) -> bool + 'a {
    let text = text.as_bytes();
    move |start| {
        let end = start + entry.len();
        text.get(start..end) == Some(entry) && matches!(text.get(end), Some(b',' | b']'))
    }
}
