//! Values as devalue writes them, read in a few steps each: nearly all are such. `None` says nothing, and the general way
//! decides.

use super::digits::plain_number;
use super::entry;
use super::keyed::is_proto;
use super::number;
use super::runs;
use super::search;
use super::slot::Slot;
use super::source::{Cursor, Source};

impl<'t> Source<'t, '_> {
    /// The string at a slot, if it is one and has no escapes: the most frequent case by far.
    #[inline(never)]
    pub(crate) fn plain_string(&self, slot: Slot) -> Option<&'t str> {
        let start = self.offset(slot)? + 1;
        let bytes = self.text.as_bytes();
        let end = search::next_quote(bytes, start)?;
        let plain = bytes.get(start - 1) == Some(&b'"') && bytes.get(end) == Some(&b'"');
        if plain { self.text.get(start..end) } else { None }
    }

    /// The string at a slot of a text in which each one ends directly before the next entry.
    #[inline]
    pub(crate) fn whole_string(&self, slot: Slot) -> Option<&'t str> {
        let (start, end) = entry::bounds(self.text.as_bytes(), self.starts, slot.index()?)?;
        let is_string = self.text.as_bytes().get(start) == Some(&b'"');
        if is_string { self.text.get(start + 1..end - 1) } else { None }
    }

    /// The whole number at a slot, if it is one of at most fifteen digits; `None` says nothing.
    #[inline]
    pub(crate) fn plain_integer(&self, slot: Slot) -> Option<u64> {
        let rest = self.text.as_bytes().get(self.offset(slot)?..)?;
        let (value, width) = plain_number(rest)?;
        matches!(rest.get(width), Some(b',' | b']')).then_some(value)
    }

    /// Where the inside of an object begins, if it is one.
    #[inline]
    pub(crate) fn plain_object(&self, slot: Slot) -> Option<usize> {
        let at = self.offset(slot)?;
        (self.text.as_bytes().get(at) == Some(&b'{')).then_some(at + 1)
    }

    /// Where the inside of an array begins, if it is one whose first item is an entry.
    #[inline]
    pub(crate) fn plain_list(&self, slot: Slot) -> Option<usize> {
        let at = self.offset(slot)?;
        matches!(self.text.as_bytes().get(at..at + 2), Some([b'[', b'0'..=b'9'])).then_some(at + 1)
    }

    /// How many commas an array has from a place on; in a damaged one the number means nothing.
    pub(crate) fn count_commas_from(&self, at: usize, slot: Slot) -> usize {
        let bytes = self.text.as_bytes();
        let bounds = slot.index().and_then(|index| entry::bounds(bytes, self.starts, index));
        let rest = bounds.and_then(|(_, end)| bytes.get(at..end));
        search::count_commas(rest.unwrap_or_default())
    }

    /// How many items of an array follow there that are the entries behind this one; moves behind them.
    pub(crate) fn following_items(&self, slot: Slot, cursor: &mut Cursor<'t>) -> usize {
        let Some(index) = slot.index() else { return 0 };
        let mut behind = cursor.at;
        let mut count = runs::follow(cursor.bytes(), &mut behind, index);
        // The last one may begin a number that is none of an entry, and the last ones may be none of an entry.
        let ends = matches!(cursor.bytes().get(behind), Some(b',' | b']'));
        let most = (self.starts.len() - 1 - index).min(count.saturating_sub(usize::from(!ends)));
        while count > most {
            behind -= number::width(index + count) + 1;
            count -= 1;
        }
        cursor.at = behind;
        count
    }

    /// The next item of an array, where it is the number of an entry, with at most a comma around it; `None` says nothing.
    #[inline]
    pub(crate) fn next_plain_item(&self, cursor: &mut Cursor<'t>) -> Option<Slot> {
        let rest = cursor.bytes().get(cursor.at..)?;
        let comma = usize::from(rest.first() == Some(&b','));
        let (mut index, mut width) = (0_usize, 0);
        for &byte in rest.get(comma..)? {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                let plain =
                    (1..=9).contains(&width) && matches!(byte, b',' | b']') && index < self.starts.len();
                if !plain {
                    return None;
                }
                cursor.at += comma + width;
                return Slot::entry(index);
            }
            index = index.wrapping_mul(10).wrapping_add(usize::from(digit));
            width += 1;
        }
        None
    }
}

impl<'t> Cursor<'t> {
    /// The key between these quotes and the index behind it, as devalue writes them; moves to what comes behind. `None` says
    /// nothing.
    #[inline]
    pub(crate) fn plain_member(&mut self, open: usize, close: usize) -> Option<(&'t str, usize)> {
        if self.bytes().get(close..close + 2) != Some(b"\":") {
            return None;
        }
        let (index, behind) = Cursor { text: self.text, at: close + 2 }.plain_index()?;
        let key = self.text.get(open + 1..close).filter(|key| !is_proto(key))?;
        self.at = behind;
        Some((key, index))
    }
}
