//! The entries that the new members of a Map bring with them, one after the other as devalue orders them, before they
//! are numbered. Values stay in the documents they stand in.

use std::ops::Range;

use super::entry::entry_at;
use super::key_order::KeyOrder;
use super::map_writer::{Field, accepts};
use super::number;
use super::slot::Slot;
use super::source::Source;
use super::text;

#[derive(Default)]
pub(crate) struct Annex<'m> {
    pub(crate) parts: Vec<Part<'m>>,
    /// The keys and numbers, as they are written.
    pub(crate) literals: Vec<u8>,
    len: usize,
}

/// Entries that stand together. No primitive comes twice among those of one part.
#[derive(Clone, Copy)]
pub(crate) struct Part<'m> {
    /// The index of the first of them.
    pub(crate) start: usize,
    pub(crate) content: Content<'m>,
}

#[derive(Clone, Copy)]
pub(crate) enum Content<'m> {
    /// A key or a number, by its place among the literals.
    Literal(usize, usize),
    /// An object, without what is in its fields.
    Object(&'m [(&'m str, Field<'m>)]),
    /// All entries of a document.
    Document(Source<'m, 'm>),
}

impl Part<'_> {
    /// The index behind the last one.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        match self.content {
            Content::Literal(..) | Content::Object(_) => self.start + 1,
            Content::Document(source) => self.start + source.starts.len(),
        }
    }
}

impl<'m> Annex<'m> {
    pub(crate) fn new(mut literals: Vec<u8>) -> Self {
        literals.clear();
        Self { parts: Vec::with_capacity(16), literals, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The text of an entry that is no object made here.
    #[inline]
    pub(crate) fn entry(&self, index: usize) -> Option<&[u8]> {
        let part = self.parts.get(self.parts.partition_point(|part| part.start <= index).checked_sub(1)?)?;
        match part.content {
            Content::Literal(start, end) => self.literals.get(start..end),
            Content::Object(_) => None,
            Content::Document(source) => entry_at(source.text.as_bytes(), source.starts, index - part.start),
        }
    }

    /// Adds a key, the object that is its value, and what is in its fields: the key's entry is the first of the range.
    /// `None` where a field's value is not one that was written here.
    pub(crate) fn add(&mut self, key: &str, fields: &'m [(&'m str, Field<'m>)]) -> Option<Range<usize>> {
        let first = self.len;
        self.push_literal(|out| text::push_quoted(out, key));
        self.add_object(fields)?;
        Some(first..self.len)
    }

    fn add_object(&mut self, fields: &'m [(&'m str, Field<'m>)]) -> Option<()> {
        self.push(Content::Object(fields));
        let mut order = KeyOrder::default();
        for (nth, (name, field)) in fields.iter().enumerate() {
            if !accepts(&mut order, fields.get(..nth)?, name) {
                return None;
            }
            match *field {
                Field::Undefined => {}
                Field::Number(number) => {
                    if Slot::of_float(number).is_none() {
                        self.push_literal(|out| number::push_number(out, number));
                    }
                }
                Field::Object(fields) => self.add_object(fields)?,
                Field::Node(node) if node.is_whole() => {
                    if node.slot.index().is_some() {
                        self.push(Content::Document(node.source));
                    }
                }
                Field::Node(_) | Field::Text(_) => return None,
            }
        }
        Some(())
    }

    fn push_literal(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.literals.len();
        write(&mut self.literals);
        self.push(Content::Literal(start, self.literals.len()));
    }

    fn push(&mut self, content: Content<'m>) {
        let part = Part { start: self.len, content };
        self.len = part.end();
        self.parts.push(part);
    }
}

/// What stands for a field's value in its object: a sentinel, or the number of its first entry, which is the next one.
#[derive(Clone, Copy)]
pub(crate) enum Reference {
    Sentinel(Slot),
    /// How many entries the value has.
    Next(usize),
}

impl Reference {
    pub(crate) fn of(field: &Field<'_>) -> Self {
        match *field {
            Field::Undefined | Field::Text(_) => Self::Sentinel(Slot::UNDEFINED),
            Field::Number(number) => Slot::of_float(number).map_or(Self::Next(1), Self::Sentinel),
            Field::Node(node) if node.slot.index().is_some() => Self::Next(node.source.starts.len()),
            Field::Node(node) => Self::Sentinel(node.slot),
            Field::Object(fields) => {
                let inner = fields.iter().map(|(_, field)| match Self::of(field) {
                    Self::Sentinel(_) => 0,
                    Self::Next(count) => count,
                });
                Self::Next(1 + inner.sum::<usize>())
            }
        }
    }
}
