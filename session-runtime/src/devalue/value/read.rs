//! Reading: entries become parts on demand, each once, with a list of what is still to be read in the place of recursion.

use std::collections::HashMap;

use super::part::{Part, Ref};
use super::text::Text;
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::keyed::{LongKeys, map_pairs, object_members, set_members, sparse_items};
use crate::devalue::kind::{Kind, element_size, is_temporal};
use crate::devalue::limits::Limits;
use crate::devalue::scan::scan;
use crate::devalue::slot::Slot;
use crate::devalue::source::{Cursor, Head, Source};
use crate::devalue::starts::Starts;
use crate::devalue::text::Raw;
use crate::devalue::{base64, date, number};

/// The tags that become custom parts.
#[derive(Clone, Copy)]
pub(super) enum Tags<'s> {
    /// These, whatever they mean otherwise.
    Named(&'s [&'s str]),
    /// All that mean nothing otherwise.
    Unknown,
}

impl Tags<'_> {
    fn contain(self, tag: &str) -> bool {
        matches!(self, Self::Named(tags) if tags.contains(&tag))
    }
}

pub(super) fn read(text: &str, limits: &Limits, tags: Tags<'_>) -> Result<(Vec<Part>, Ref), Error> {
    let mut starts = Starts::begin(limits.entries);
    let found = scan(text, limits, &mut starts)?;
    let source = Source { text, starts: &starts };
    let places = Places::All(vec![None; starts.len()]);
    let mut reader = Reader::new(source, places, tags, limits.expansion);
    let root = reader.read(found.root)?;
    Ok((reader.parts, root))
}

/// One value out of a text.
pub(super) struct One {
    pub(super) parts: Vec<Part>,
    pub(super) root: Ref,
    /// How many bytes of the text were read for it.
    pub(super) bytes: usize,
}

/// Reads one value of a text, at a cost that does not depend on what else is in it.
pub(super) fn read_one(source: Source<'_, '_>, slot: Slot, expansion: usize) -> Result<One, Error> {
    let mut reader = Reader::new(source, Places::Few(HashMap::new()), Tags::Unknown, expansion);
    let root = reader.read(slot)?;
    Ok(One { bytes: reader.bytes + reader.keys.bytes, parts: reader.parts, root })
}

/// Where the entries that were referred to became parts.
enum Places {
    All(Vec<Option<Ref>>),
    Few(HashMap<usize, Ref>),
}

impl Places {
    fn get(&self, index: usize) -> Option<Ref> {
        match self {
            Self::All(places) => places.get(index).copied().flatten(),
            Self::Few(places) => places.get(&index).copied(),
        }
    }

    fn set(&mut self, index: usize, at: Ref) {
        match self {
            Self::All(places) => {
                if let Some(place) = places.get_mut(index) {
                    *place = Some(at);
                }
            }
            Self::Few(places) => {
                places.insert(index, at);
            }
        }
    }
}

struct Reader<'t, 's> {
    source: Source<'t, 's>,
    tags: Tags<'s>,
    places: Places,
    parts: Vec<Part>,
    waiting: Vec<(Slot, usize)>,
    /// Views, whose buffers are read later: the part, and the length in bytes if the entry gives one.
    views: Vec<(usize, u64, Option<u64>)>,
    keys: LongKeys<'t>,
    /// How many bytes of shared text may still be read again: only URLs, boxes and views do that.
    expansion: usize,
    /// How many bytes of entries were read.
    bytes: usize,
}

fn syntax(note: &'static str, cursor: &Cursor<'_>) -> Error {
    Error::syntax(note, cursor.at)
}

impl<'t, 's> Reader<'t, 's> {
    fn new(source: Source<'t, 's>, places: Places, tags: Tags<'s>, expansion: usize) -> Self {
        let (parts, waiting, views, keys) = (Vec::new(), Vec::new(), Vec::new(), LongKeys::default());
        Self { source, tags, places, parts, waiting, views, keys, expansion, bytes: 0 }
    }

    fn read(&mut self, root: Slot) -> Result<Ref, Error> {
        let root = self.refer(root);
        while let Some((slot, at)) = self.waiting.pop() {
            self.bytes += self.source.span(slot);
            let part = self.part(slot, at).map_err(|error| match self.source.offset(slot) {
                Some(offset) => error.at(offset),
                None => error,
            })?;
            if let Some(place) = self.parts.get_mut(at) {
                *place = part;
            }
        }
        self.fit_views()?;
        refuse_rings(&self.parts)?;
        Ok(root)
    }

    fn refer(&mut self, slot: Slot) -> Ref {
        let Some(index) = slot.index() else { return Ref(slot) };
        if let Some(known) = self.places.get(index) {
            return known;
        }
        let at = self.parts.len();
        self.parts.push(Part::Undefined);
        self.waiting.push((slot, at));
        let new = Ref::part(at);
        self.places.set(index, new);
        new
    }

    /// A member that Map and Set compare: -0 has become 0 there, however it was written.
    fn member(&mut self, slot: Slot) -> Ref {
        if self.source.is_neg_zero(slot) { self.new_part(Part::Number(0.0)) } else { self.refer(slot) }
    }

    fn new_part(&mut self, part: Part) -> Ref {
        self.parts.push(part);
        Ref::part(self.parts.len() - 1)
    }

    fn child(&mut self, cursor: &mut Cursor<'t>) -> Result<Ref, Error> {
        let slot = self.source.slot(cursor)?;
        Ok(self.refer(slot))
    }

    fn part(&mut self, slot: Slot, at: usize) -> Result<Part, Error> {
        Ok(match self.source.head(slot)? {
            Head::Undefined => Part::Undefined,
            Head::Null => Part::Null,
            Head::Bool(value) => Part::Bool(value),
            Head::Float(value) => Part::Number(value),
            Head::Number(token) => Part::Number(number::parse(token)),
            Head::Str(raw) => Part::String(Text::of(raw)),
            Head::Object(cursor) => Part::Object(self.members(cursor, b'}')?),
            Head::Array(cursor) => self.array(cursor)?,
            Head::Sparse(cursor) => self.sparse(cursor)?,
            Head::Tagged(tag, cursor) => self.tagged(&tag.decode(), cursor, at)?,
        })
    }

    fn array(&mut self, mut cursor: Cursor<'t>) -> Result<Part, Error> {
        let mut items = Vec::new();
        while cursor.more(b']') {
            let slot = self.source.item(&mut cursor)?;
            items.push((slot != Slot::HOLE).then(|| self.refer(slot)));
        }
        Ok(Part::Array(items))
    }

    fn sparse(&mut self, cursor: Cursor<'t>) -> Result<Part, Error> {
        let (length, found) = sparse_items(self.source, cursor)?;
        let mut items = Vec::with_capacity(found.len());
        for (position, slot) in found {
            items.push((u32::try_from(position).unwrap_or(u32::MAX), self.refer(slot)));
        }
        Ok(Part::Sparse { length: u32::try_from(length).unwrap_or(u32::MAX), items })
    }

    fn members(&mut self, cursor: Cursor<'t>, close: u8) -> Result<Vec<(Text, Ref)>, Error> {
        let members = object_members(self.source, cursor, close)?;
        Ok(members.into_iter().map(|(key, slot)| (Text::of(key), self.refer(slot))).collect())
    }

    fn tagged(&mut self, tag: &str, mut cursor: Cursor<'t>, at: usize) -> Result<Part, Error> {
        if self.tags.contain(tag) {
            return self.custom(tag, cursor);
        }
        Ok(match tag {
            "Map" => {
                let pairs = map_pairs(self.source, cursor, &mut self.keys)?;
                Part::Map(
                    pairs.into_iter().map(|(key, value)| (self.member(key), self.refer(value))).collect(),
                )
            }
            "Set" => {
                let members = set_members(self.source, cursor, &mut self.keys)?;
                Part::Set(members.into_iter().map(|member| self.member(member)).collect())
            }
            "null" => Part::NullObject(self.members(cursor, b']')?),
            "Object" => self.boxed(cursor)?,
            "URL" => Part::Url(self.url(cursor)?),
            "BigInt" | "Date" | "RegExp" | "URLSearchParams" | "ArrayBuffer" => {
                let text = cursor.string_item().ok_or_else(|| syntax("a text is missing", &cursor))?;
                leaf(tag, text, cursor)?
            }
            tag if is_temporal(tag) => {
                let text = cursor.string_item().ok_or_else(|| syntax("a text is missing", &cursor))?;
                let kind = tag.strip_prefix("Temporal.").unwrap_or_default().to_owned();
                Part::Temporal { kind, text: Text::of(text) }
            }
            tag if tag == "DataView" || element_size(tag).is_some() => self.view(tag, cursor, at)?,
            tag if matches!(self.tags, Tags::Unknown) => self.custom(tag, cursor)?,
            _ => return Err(cursor.unsupported("an entry with an unknown tag")),
        })
    }

    fn custom(&mut self, tag: &str, mut cursor: Cursor<'t>) -> Result<Part, Error> {
        if !cursor.more(b']') {
            return Err(syntax("a tagged entry without content", &cursor));
        }
        let content = if cursor.peek() == b'"' {
            let text = Text::of(cursor.string()?);
            self.new_part(Part::String(text))
        } else {
            self.child(&mut cursor)?
        };
        Ok(Part::Custom { name: tag.to_owned(), content })
    }

    fn boxed(&mut self, mut cursor: Cursor<'t>) -> Result<Part, Error> {
        let bad = syntax("a boxed value that is no primitive", &cursor);
        if !cursor.more(b']') {
            return Err(bad);
        }
        let slot = self.source.slot(&mut cursor)?;
        match self.kind(slot)? {
            Kind::Bool | Kind::Number | Kind::String | Kind::BigInt => Ok(Part::Boxed(self.refer(slot))),
            _ => Err(bad),
        }
    }

    /// What sort of value a box or a view shows. There may be many of them around one entry.
    fn kind(&mut self, slot: Slot) -> Result<Kind, Error> {
        let kind = self.source.kind(slot);
        if matches!(kind, Kind::ArrayBuffer | Kind::BigInt)
            && let Some(start) = self.source.offset(slot)
            && let Head::Tagged(tag, cursor) = self.source.head(slot)?
        {
            // The spaces before the tag: devalue writes none.
            self.expand((cursor.at - start).saturating_sub(tag.text.len() + "[\"\"".len()))?;
        }
        Ok(kind)
    }

    /// Pays for text that is looked at again.
    fn expand(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes += bytes;
        let left = self.expansion.checked_sub(bytes);
        let note = "shared texts would be read more often than the limit on expansion allows";
        self.expansion = left.ok_or_else(|| Error::new(ErrorKind::Limit, note))?;
        Ok(())
    }

    fn url(&mut self, mut cursor: Cursor<'t>) -> Result<Text, Error> {
        let mut inline = cursor;
        let raw = match inline.string_item() {
            Some(raw) => Some(raw),
            None if cursor.more(b']') => {
                let slot = self.source.slot(&mut cursor)?;
                self.expand(self.source.span(slot))?;
                match self.source.head(slot)? {
                    Head::Str(raw) => Some(raw),
                    _ => None,
                }
            }
            None => None,
        };
        let text = raw.map(Text::of).filter(is_url);
        text.ok_or_else(|| syntax("a URL without a usable address", &cursor))
    }

    fn view(&mut self, tag: &str, mut cursor: Cursor<'t>, at: usize) -> Result<Part, Error> {
        let bad = syntax("a view without an array buffer", &cursor);
        if !cursor.more(b']') {
            return Err(bad);
        }
        let slot = self.source.slot(&mut cursor)?;
        if self.kind(slot)? != Kind::ArrayBuffer || self.tags.contain("ArrayBuffer") {
            return Err(bad);
        }
        let size = element_size(tag).unwrap_or(1);
        let mut count = || match cursor.more(b']') {
            true => {
                cursor.count().map(Some).ok_or_else(|| syntax("an offset or a length is missing", &cursor))
            }
            false => Ok(None),
        };
        let (offset, length) = (count()?, count()?);
        self.views.push((at, size, length.map(|length| length.saturating_mul(size))));
        let offset = usize::try_from(offset.unwrap_or(0)).unwrap_or(usize::MAX);
        Ok(Part::View { kind: tag.to_owned(), buffer: self.refer(slot), offset, length: 0 })
    }

    /// Checks the views against their buffers, now that these have been read.
    fn fit_views(&mut self) -> Result<(), Error> {
        let bad = || Error::new(ErrorKind::Syntax, "a view that does not fit its buffer");
        for (at, size, given) in std::mem::take(&mut self.views) {
            let Some(Part::View { buffer, offset, .. }) = self.parts.get(at) else { continue };
            let bytes = match buffer.index().and_then(|index| self.parts.get(index)) {
                Some(Part::ArrayBuffer(bytes)) => bytes.len(),
                _ => return Err(bad()),
            };
            let size = usize::try_from(size).unwrap_or(1);
            let rest = bytes.checked_sub(*offset).ok_or_else(bad)?;
            let wanted = given.map_or(Ok(rest), usize::try_from).map_err(|_| bad())?;
            if wanted > rest || wanted % size != 0 || *offset % size != 0 {
                return Err(bad());
            }
            if let Some(Part::View { length, .. }) = self.parts.get_mut(at) {
                *length = wanted;
            }
        }
        Ok(())
    }
}

fn leaf(tag: &str, text: Raw<'_>, mut cursor: Cursor<'_>) -> Result<Part, Error> {
    let decoded = text.decode();
    match tag {
        "BigInt" => {
            let digits = number::decimal(&decoded)
                .ok_or_else(|| syntax("a BigInt entry without decimal digits", &cursor))?;
            Ok(Part::BigInt(digits.into_owned()))
        }
        "Date" if decoded.is_empty() => Ok(Part::Date(None)),
        "Date" => {
            let time = date::parse(&decoded).ok_or_else(|| syntax("a Date entry without a date", &cursor))?;
            Ok(Part::Date(Some(time)))
        }
        "RegExp" => {
            let flags = if cursor.more(b']') { cursor.string()? } else { Raw { text: "", escaped: false } };
            Ok(Part::RegExp { source: Text::of(text), flags: Text::of(flags) })
        }
        "URLSearchParams" => Ok(Part::UrlSearchParams(Text::of(text))),
        _ => {
            let bytes = base64::decode(&decoded)
                .ok_or_else(|| syntax("an ArrayBuffer that is not base64", &cursor))?;
            Ok(Part::ArrayBuffer(bytes))
        }
    }
}

#[cfg(feature = "url")]
pub(super) fn is_url(text: &Text) -> bool {
    url::Url::parse(&text.to_string_lossy()).is_ok()
}

/// Without the feature `url` only its first letters are looked at.
#[cfg(not(feature = "url"))]
pub(super) fn is_url(text: &Text) -> bool {
    let text = text.to_string_lossy();
    text.trim_start().starts_with(|first: char| first.is_ascii_alphabetic()) && text.contains(':')
}

/// A ring made only of custom parts cannot be revived: each needs the next one first.
fn refuse_rings(parts: &[Part]) -> Result<(), Error> {
    let mut visit = vec![0_usize; parts.len()];
    for start in 0..parts.len() {
        let mut at = start;
        while let Some(Part::Custom { content, .. }) = parts.get(at) {
            match visit.get_mut(at) {
                Some(seen) if *seen == 0 => *seen = start + 1,
                Some(seen) if *seen == start + 1 => {
                    return Err(Error::new(ErrorKind::Cycle, "a ring made only of custom entries"));
                }
                _ => break,
            }
            let Some(next) = content.index() else { break };
            at = next;
        }
    }
    Ok(())
}
