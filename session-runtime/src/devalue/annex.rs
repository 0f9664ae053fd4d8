//! The entries that the new members of a Map bring with them, one after the other, before they are numbered.

use std::ops::Range;

use super::entry::entry_at;
use super::key_order::KeyOrder;
use super::map_writer::{Field, accepts};
use super::number;
use super::slot::Slot;
use super::text;

/// Every entry stands behind a comma, and a bracket behind the last one.
#[derive(Default)]
pub(crate) struct Annex {
    pub(crate) text: Vec<u8>,
    pub(crate) starts: Vec<u32>,
    parts: Vec<Part>,
}

/// Entries among which no primitive comes twice.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What the references in it are counted from.
    pub(crate) base: u32,
}

impl Annex {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.starts.clear();
        self.parts.clear();
    }

    /// How much memory it holds.
    pub(crate) fn capacity(&self) -> usize {
        let parts = self.parts.capacity() * size_of::<Part>();
        self.text.capacity() + self.starts.capacity() * size_of::<u32>() + parts
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    #[inline]
    pub(crate) fn entry(&self, index: usize) -> Option<&[u8]> {
        entry_at(&self.text, &self.starts, index)
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        self.parts.iter().copied()
    }

    /// Ends the text.
    pub(crate) fn seal(&mut self) {
        self.text.push(b']');
    }

    /// Adds a key, the object that is its value, and what is in its fields, as devalue orders them: the key's entry is the
    /// first of the range. `None` where a field's value is not one that was written here.
    pub(crate) fn add(&mut self, key: &str, fields: &[(&str, Field<'_>)]) -> Option<Range<usize>> {
        let first = self.len();
        text::push_quoted(self.begin()?, key);
        let mut next = first + 2;
        let mut order = KeyOrder::default();
        let object = self.begin()?;
        object.push(b'{');
        for (nth, (name, field)) in fields.iter().enumerate() {
            if !accepts(&mut order, fields.get(..nth)?, name) {
                return None;
            }
            let (slot, count) = match *field {
                Field::Undefined => (Slot::UNDEFINED, 0),
                Field::Number(number) => match Slot::of_float(number) {
                    Some(slot) => (slot, 0),
                    None => (Slot::entry(next)?, 1),
                },
                Field::Node(node) if node.whole => match node.slot.index() {
                    Some(_) => (Slot::entry(next)?, node.source.starts.len()),
                    None => (node.slot, 0),
                },
                Field::Node(_) | Field::Text(_) => return None,
            };
            next += count;
            if nth > 0 {
                object.push(b',');
            }
            text::push_key(object, name);
            slot.push_to(object);
        }
        object.push(b'}');
        self.end_part(first, 0);
        fields.iter().try_for_each(|&(_, field)| self.content(field))?;
        (self.len() == next).then_some(first..next)
    }

    fn content(&mut self, field: Field<'_>) -> Option<()> {
        let first = self.len();
        match field {
            Field::Number(number) if Slot::of_float(number).is_none() => {
                number::push_number(self.begin()?, number);
                self.end_part(first, 0);
            }
            Field::Node(node) if node.slot.index().is_some() => {
                // Their first bracket becomes the comma, their last one goes.
                let shift = u32::try_from(self.text.len()).ok()?;
                let entries = node.source.text.get(1..node.source.text.len().checked_sub(1)?)?;
                u32::try_from(self.text.len() + entries.len()).ok()?;
                self.text.push(b',');
                self.text.extend_from_slice(entries.as_bytes());
                self.starts.extend(node.source.starts.iter().map(|start| start + shift));
                self.end_part(first, u32::try_from(first).ok()?);
            }
            _ => {}
        }
        Some(())
    }

    fn begin(&mut self) -> Option<&mut Vec<u8>> {
        self.text.push(b',');
        self.starts.push(u32::try_from(self.text.len()).ok()?);
        Some(&mut self.text)
    }

    fn end_part(&mut self, start: usize, base: u32) {
        self.parts.push(Part { start, end: self.len(), base });
    }
}
