//! The primitives among new entries: a text has each primitive once, so they are looked for among themselves and among
//! the entries that are kept.

use super::annex::{Annex, Content};
use super::entry::{each_entry, is_primitive};
use super::search::ends;
use super::source::Source;
use super::table::Table;

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) filter: Filter,
    /// The bits of one part.
    part: Vec<usize>,
    /// The primitives, once there is one that is not told apart.
    table: Table,
    is_noted: bool,
    /// The entries of documents that are no primitives.
    pub(crate) containers: Vec<usize>,
    /// Primitives that are there twice: the index of the later one and that of the first.
    pub(crate) twins: Vec<(usize, usize)>,
}

/// One bit for each primitive, by its ends: most others are told apart by this.
#[derive(Default)]
pub(crate) struct Filter {
    /// Their number is a power of two.
    bits: Vec<u64>,
}

/// Two kilobytes of bits: the primitives of two small sessions seldom have one in common.
const FEWEST: usize = 256;

impl Shared {
    /// How much memory it holds.
    pub(crate) fn capacity(&self) -> usize {
        let bits = (self.filter.bits.capacity() + self.part.capacity()) * size_of::<u64>();
        let containers = self.containers.capacity() * size_of::<usize>();
        bits + containers + self.table.bytes() + self.twins.capacity() * size_of::<(usize, usize)>()
    }

    pub(crate) fn note(&mut self, new: &Annex<'_>) -> Option<()> {
        // Sixteen bits for each entry.
        let words = (new.len() / 4).next_power_of_two().max(FEWEST);
        self.filter.bits.clear();
        self.filter.bits.resize(words, 0);
        self.containers.clear();
        self.twins.clear();
        self.is_noted = false;
        let mut told_apart = true;
        for part in &new.parts {
            told_apart &= match part.content {
                Content::Literal(start, end) => self.note_literal(new.literals.get(start..end)?)?,
                Content::Object(_) => true,
                Content::Document(source) => self.note_document(source, part.start)?,
            };
        }
        if !told_apart {
            self.fill_table(new)?;
        }
        Some(())
    }

    /// Whether the primitive seems not to be there already.
    fn note_literal(&mut self, entry: &[u8]) -> Option<bool> {
        let place = self.filter.place(entry);
        let is_new = !self.filter.is_set(place);
        self.filter.set(place)?;
        Some(is_new)
    }

    /// Whether no primitive of the document seems to be there already. Its own are known to differ.
    fn note_document(&mut self, source: Source<'_, '_>, first: usize) -> Option<bool> {
        let Self { filter, part: places, containers, .. } = self;
        places.clear();
        let mut told_apart = true;
        let entries = 0..source.starts.len();
        each_entry(source.text.as_bytes(), source.starts, entries, |index, entry| {
            if is_primitive(entry) {
                let place = filter.place(entry);
                told_apart &= !filter.is_set(place);
                places.push(place);
            } else {
                containers.push(first + index);
            }
            Some(())
        })?;
        for place in places {
            filter.set(*place)?;
        }
        Some(told_apart)
    }

    #[inline(never)]
    fn fill_table(&mut self, new: &Annex<'_>) -> Option<()> {
        self.is_noted = true;
        self.table.clear();
        let Self { table, twins, .. } = self;
        let mut note = |index, entry: &[u8]| {
            if is_primitive(entry) {
                let same = |other| new.entry(other) == Some(entry);
                let known = table.find_or_insert(table.hash(entry), index, same);
                twins.extend(known.map(|first| (index, first)));
            }
            Some(())
        };
        for part in &new.parts {
            match part.content {
                Content::Literal(start, end) => note(part.start, new.literals.get(start..end)?)?,
                Content::Object(_) => {}
                Content::Document(source) => {
                    let (text, entries) = (source.text.as_bytes(), 0..source.starts.len());
                    each_entry(text, source.starts, entries, |index, entry| note(part.start + index, entry))?;
                }
            }
        }
        Some(())
    }

    /// The first of the new entries that are the same as this one.
    pub(crate) fn first_of(&self, index: usize) -> usize {
        match self.twins.binary_search_by_key(&index, |&(later, _)| later) {
            Ok(at) => self.twins.get(at).map_or(index, |&(_, first)| first),
            Err(_) => index,
        }
    }

    /// The first new entry that is the same primitive.
    pub(crate) fn find(&mut self, new: &Annex<'_>, entry: &[u8]) -> Option<usize> {
        if !self.is_noted {
            self.fill_table(new)?;
        }
        self.table.find(self.table.hash(entry), |other| new.entry(other) == Some(entry))
    }
}

impl Filter {
    /// Whether an entry may be one of the new primitives. If not, it is none.
    #[inline]
    pub(crate) fn may_have(&self, entry: &[u8]) -> bool {
        self.is_set(self.place(entry))
    }

    #[inline]
    fn place(&self, entry: &[u8]) -> usize {
        let [low, high] = ends(entry);
        let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        usize::try_from(mixed).unwrap_or(0) & (self.bits.len() * 64).wrapping_sub(1)
    }

    #[inline]
    fn set(&mut self, place: usize) -> Option<()> {
        *self.bits.get_mut(place / 64)? |= 1 << (place % 64);
        Some(())
    }

    #[inline]
    fn is_set(&self, place: usize) -> bool {
        self.bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}
