//! Copying values from one text into another without decoding them: by index, with a stack of our own, so that
//! neither depth nor cycles matter.

use std::collections::HashMap;

use super::error::Error;
use super::key_order::{KeyOrder, array_index};
use super::keyed::{LongKeys, map_pairs, refuse_proto, set_members, sparse_items};
use super::kind::element_size;
use super::limits::Limits;
use super::number;
use super::scan::scan;
use super::slot::Slot;
use super::source::{Cursor, Head, Source};
use super::starts::Starts;
use super::text::Raw;
use super::writer::{Item, Open, Writer};

/// How a URL is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlForm {
    /// As it stands.
    Kept,
    /// `["URL",index]`, as Astro's reducer makes it.
    Astro,
}

/// What is known of a source from earlier copies.
#[derive(Default)]
pub(crate) struct Seen<'t> {
    /// The new slots of its entries.
    slots: Vec<Option<Slot>>,
    keys: LongKeys<'t>,
}

/// Copies one value.
pub(crate) fn copy<'t>(
    writer: &mut Writer,
    source: Source<'t, '_>,
    seen: &mut Seen<'t>,
    root: Slot,
    urls: UrlForm,
) -> Result<Slot, Error> {
    seen.slots.resize(source.starts.len(), None);
    let mut copier = Copier { writer, source, seen, urls, frames: Vec::new() };
    let slot = copier.visit(root)?;
    copier.run()?;
    Ok(slot)
}

/// Copies the value that a whole text of ours says.
pub(crate) fn copy_text(writer: &mut Writer, text: &str) -> Result<Slot, Error> {
    let limits = Limits::of_own_text();
    let mut starts = Starts::begin(limits.entries);
    let found = scan(text, &limits, &mut starts)?;
    let source = Source { text, starts: &starts };
    copy(writer, source, &mut Seen::default(), found.root, UrlForm::Kept)
}

struct Copier<'t, 's, 'w> {
    writer: &'w mut Writer,
    source: Source<'t, 's>,
    seen: &'w mut Seen<'t>,
    urls: UrlForm,
    frames: Vec<Frame<'t>>,
}

/// A container whose children are being copied.
struct Frame<'t> {
    open: Open,
    next: usize,
    shape: Shape<'t>,
}

enum Shape<'t> {
    Array,
    /// With holes; the items' marks are their positions.
    Sparse(u64),
    Object,
    NullObject,
    Map,
    Set,
    /// In a box, so that what many have stays small: a text may have a container in each few bytes, all open.
    Tagged(Box<(Raw<'t>, String)>),
}

impl<'t> Copier<'t, '_, '_> {
    fn run(&mut self) -> Result<(), Error> {
        while let Some(frame) = self.frames.last_mut() {
            let at = frame.next;
            let Some(item) = self.writer.items.get(at).copied() else {
                if let Some(frame) = self.frames.pop() {
                    self.close(&frame);
                }
                continue;
            };
            frame.next += 1;
            let is_member = match frame.shape {
                Shape::Map => (at - frame.open.items).is_multiple_of(2),
                Shape::Set => true,
                _ => false,
            };
            let slot = self.visit(item.slot)?;
            let slot = if is_member { self.writer.member(slot) } else { slot };
            if let Some(item) = self.writer.items.get_mut(at) {
                item.slot = slot;
            }
        }
        Ok(())
    }

    /// The new slot of a value; a container's children are still to come then.
    fn visit(&mut self, slot: Slot) -> Result<Slot, Error> {
        let Some(index) = slot.index() else { return Ok(slot) };
        if let Some(known) = self.seen.slots.get(index).copied().flatten() {
            return Ok(known);
        }
        let new = match self.source.head(slot)? {
            Head::Undefined => Slot::UNDEFINED,
            Head::Null => self.writer.null(),
            Head::Bool(value) => self.writer.bool(value),
            Head::Float(value) => self.writer.float(value),
            Head::Number(token) => self.writer.float(number::parse(token)),
            Head::Str(raw) => self.writer.raw_string(raw, false),
            Head::Array(cursor) => self.array(cursor)?,
            Head::Sparse(cursor) => self.sparse(cursor)?,
            Head::Object(cursor) => self.object(cursor, b':')?,
            Head::Tagged(tag, cursor) => self.tagged(tag, cursor)?,
        };
        if let Some(place) = self.seen.slots.get_mut(index) {
            *place = Some(new);
        }
        Ok(new)
    }

    fn enter(&mut self, open: Open, shape: Shape<'t>) -> Slot {
        self.frames.push(Frame { open, next: open.items, shape });
        open.slot
    }

    fn push(&mut self, slot: Slot, mark: usize) {
        self.writer.items.push(Item { slot, mark });
    }

    fn array(&mut self, mut cursor: Cursor<'t>) -> Result<Slot, Error> {
        let open = self.writer.open();
        let (mut position, mut holes) = (0, false);
        while cursor.more(b']') {
            let slot = self.source.item(&mut cursor)?;
            if slot == Slot::HOLE {
                holes = true;
            } else {
                self.push(slot, position);
            }
            position += 1;
        }
        let shape = if holes { Shape::Sparse(position as u64) } else { Shape::Array };
        Ok(self.enter(open, shape))
    }

    fn sparse(&mut self, cursor: Cursor<'t>) -> Result<Slot, Error> {
        let open = self.writer.open();
        let (length, items) = sparse_items(self.source, cursor)?;
        for (position, slot) in items {
            self.push(slot, position);
        }
        Ok(self.enter(open, Shape::Sparse(length)))
    }

    /// An object, or with commas in the place of colons the inside of a `["null",…]` entry.
    fn object(&mut self, mut cursor: Cursor<'t>, colon: u8) -> Result<Slot, Error> {
        let open = self.writer.open();
        let close = if colon == b':' { b'}' } else { b']' };
        let mut order = KeyOrder::default();
        let mut ordered = true;
        while cursor.more(close) {
            let at = cursor.at;
            let key = cursor.key()?;
            refuse_proto(key, at)?;
            let slot = self.source.slot(&mut cursor)?;
            ordered &= order.accepts(key.text);
            key.push_quoted(&mut self.writer.keys);
            self.writer.keys.push(colon);
            self.push(slot, self.writer.keys.len());
        }
        if !ordered || self.writer.has_twin_keys(&open) {
            self.rearrange(&open);
        }
        Ok(self.enter(open, if colon == b':' { Shape::Object } else { Shape::NullObject }))
    }

    /// Brings keys into JavaScript's order; of equal ones the last value counts, at the first one's place.
    fn rearrange(&mut self, open: &Open) {
        let mut places = HashMap::new();
        let mut kept: Vec<(Vec<u8>, Slot)> = Vec::new();
        for (key, slot) in self.writer.keys_of(open) {
            let at = *places.entry(key).or_insert(kept.len());
            match kept.get_mut(at) {
                Some(entry) => entry.1 = slot,
                None => kept.push((key.to_owned(), slot)),
            }
        }
        let rank = |key: &[u8]| {
            let name = key.get(1..key.len().saturating_sub(2)).unwrap_or_default();
            array_index(str::from_utf8(name).unwrap_or_default())
        };
        kept.sort_by_key(|(key, _)| rank(key).unwrap_or(u32::MAX));
        self.writer.items.truncate(open.items);
        self.writer.keys.truncate(open.keys);
        for (key, slot) in kept {
            self.writer.keys.extend_from_slice(&key);
            self.push(slot, self.writer.keys.len());
        }
    }

    fn tagged(&mut self, tag: Raw<'t>, mut cursor: Cursor<'t>) -> Result<Slot, Error> {
        let name = tag.decode();
        match &*name {
            "Map" => return self.map(cursor),
            "Set" => return self.set(cursor),
            "null" => return self.object(cursor, b','),
            _ => {}
        }
        if !cursor.more(b']') {
            return Err(cursor.unsupported("a tagged entry without content"));
        }
        if cursor.peek() == b'"' {
            return self.leaf(tag, &name, cursor);
        }
        let open = self.writer.open();
        let slot = self.source.slot(&mut cursor)?;
        self.push(slot, 0);
        let mut tail = String::new();
        if name == "DataView" || element_size(&name).is_some() {
            // Offset and length; devalue ignores whatever follows them.
            for _ in 0..2 {
                if !cursor.more(b']') {
                    break;
                }
                let count = cursor
                    .count()
                    .ok_or_else(|| Error::syntax("an offset or a length is missing", cursor.at))?;
                tail.push(',');
                number::push_int(&mut tail, count);
            }
        }
        Ok(self.enter(open, Shape::Tagged(Box::new((tag, tail)))))
    }

    fn leaf(&mut self, tag: Raw<'t>, name: &str, mut cursor: Cursor<'t>) -> Result<Slot, Error> {
        let first = cursor.string()?;
        if name == "BigInt" {
            let digits = first.decode();
            return Ok(self.writer.bigint(number::decimal(&digits).as_deref().unwrap_or(&digits)));
        }
        if name == "URL" && self.urls == UrlForm::Astro {
            let open = self.writer.open();
            let slot = self.writer.raw_string(first, false);
            self.push(slot, 0);
            self.writer.close_tagged(&open, tag, "");
            return Ok(open.slot);
        }
        let flags = if name == "RegExp" && cursor.more(b']') { Some(cursor.string()?) } else { None };
        Ok(self.writer.leaf(name, |out| {
            first.push_quoted(out);
            if let Some(flags) = flags.filter(|flags| !flags.text.is_empty()) {
                out.push(b',');
                flags.push_quoted(out);
            }
        }))
    }

    fn map(&mut self, cursor: Cursor<'t>) -> Result<Slot, Error> {
        let open = self.writer.open();
        for (key, value) in map_pairs(self.source, cursor, &mut self.seen.keys)? {
            self.push(key, 0);
            self.push(value, 0);
        }
        Ok(self.enter(open, Shape::Map))
    }

    fn set(&mut self, cursor: Cursor<'t>) -> Result<Slot, Error> {
        let open = self.writer.open();
        for slot in set_members(self.source, cursor, &mut self.seen.keys)? {
            self.push(slot, 0);
        }
        Ok(self.enter(open, Shape::Set))
    }

    fn close(&mut self, frame: &Frame<'t>) {
        let open = &frame.open;
        let plain = |tag| Raw { text: tag, escaped: false };
        match &frame.shape {
            Shape::Array => self.writer.close_array(open),
            Shape::Sparse(length) => self.writer.close_sparse(open, *length),
            Shape::Object => self.writer.close_object(open),
            Shape::NullObject => {
                let comma = if self.writer.items.len() > open.items { "," } else { "" };
                self.writer.close(open, &format!("[\"null\"{comma}"), "]", true);
            }
            Shape::Map => self.writer.close_tagged(open, plain("Map"), ""),
            Shape::Set => self.writer.close_tagged(open, plain("Set"), ""),
            Shape::Tagged(tagged) => self.writer.close_tagged(open, tagged.0, &tagged.1),
        }
    }
}
