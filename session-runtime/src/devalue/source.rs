//! A text whose entries were found, and the reading of single entries.

use super::error::{Error, ErrorKind};
use super::kind::Kind;
use super::number;
use super::search;
use super::slot::Slot;
use super::text::Raw;

/// A checked text and where its entries start.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t, 's> {
    pub(crate) text: &'t str,
    pub(crate) starts: &'s [u32],
}

/// An entry (or sentinel) by its first token; containers are read on through the cursor.
pub(crate) enum Head<'t> {
    Undefined,
    Null,
    Bool(bool),
    Float(f64),
    Number(&'t str),
    Str(Raw<'t>),
    Object(Cursor<'t>),
    Array(Cursor<'t>),
    Sparse(Cursor<'t>),
    Tagged(Raw<'t>, Cursor<'t>),
}

impl<'t> Source<'t, '_> {
    /// Where the value stands in the text; a sentinel has no place of its own.
    pub(crate) fn offset(&self, slot: Slot) -> Option<usize> {
        usize::try_from(*self.starts.get(slot.index()?)?).ok()
    }

    pub(crate) fn head(&self, slot: Slot) -> Result<Head<'t>, Error> {
        let Some(at) = self.offset(slot) else {
            return match slot {
                Slot::UNDEFINED => Ok(Head::Undefined),
                slot => slot.float().map(Head::Float).ok_or_else(|| Error::syntax(NO_ENTRY, 0)),
            };
        };
        let mut cursor = Cursor { text: self.text, at };
        Ok(match cursor.peek() {
            b'"' => Head::Str(cursor.string()?),
            b'{' => {
                cursor.at += 1;
                Head::Object(cursor)
            }
            b'[' => return cursor.array_head(),
            b't' => Head::Bool(true),
            b'f' => Head::Bool(false),
            b'n' => Head::Null,
            _ => Head::Number(cursor.number()),
        })
    }

    pub(crate) fn kind(&self, slot: Slot) -> Kind {
        match self.head(slot) {
            Ok(Head::Undefined) | Err(_) => Kind::Undefined,
            Ok(Head::Null) => Kind::Null,
            Ok(Head::Bool(_)) => Kind::Bool,
            Ok(Head::Float(_) | Head::Number(_)) => Kind::Number,
            Ok(Head::Str(_)) => Kind::String,
            Ok(Head::Object(_)) => Kind::Object,
            Ok(Head::Array(_) | Head::Sparse(_)) => Kind::Array,
            Ok(Head::Tagged(name, _)) => Kind::of_tag(&name.decode()),
        }
    }

    /// Reads the slot at the cursor and checks that it leads somewhere.
    pub(crate) fn slot(&self, cursor: &mut Cursor<'t>) -> Result<Slot, Error> {
        let at = cursor.at;
        match cursor.slot() {
            Some(Slot::HOLE | Slot::SPARSE) | None => Err(Error::syntax(NO_SLOT, at)),
            Some(slot) if slot.index().is_some_and(|index| index >= self.starts.len()) => {
                Err(Error::syntax(NO_ENTRY, at))
            }
            Some(slot) => Ok(slot),
        }
    }

    /// As [`Self::slot`], in an array, where holes may stand.
    pub(crate) fn item(&self, cursor: &mut Cursor<'t>) -> Result<Slot, Error> {
        let ahead = cursor.bytes().get(cursor.at..cursor.at + 3);
        if matches!(ahead, Some([b'-', b'2', b',' | b']'])) {
            cursor.at += 2;
            return Ok(Slot::HOLE);
        }
        let mut probe = *cursor;
        if probe.slot() == Some(Slot::HOLE) {
            *cursor = probe;
            return Ok(Slot::HOLE);
        }
        self.slot(cursor)
    }
}

const NO_SLOT: &str = "the number of an entry is missing";
const NO_ENTRY: &str = "a reference to an entry that does not exist";

/// A place in a checked text.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'t> {
    pub(crate) text: &'t str,
    pub(crate) at: usize,
}

impl<'t> Cursor<'t> {
    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    pub(crate) fn peek(&self) -> u8 {
        self.bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Moves to the next item; false, and stays at the bracket, when there is none.
    pub(crate) fn more(&mut self, close: u8) -> bool {
        self.skip_space();
        let byte = self.peek();
        if byte == b',' {
            self.at += 1;
            self.skip_space();
            return true;
        }
        byte != close && byte != 0
    }

    /// The key at the cursor; moves on to its value.
    pub(crate) fn key(&mut self) -> Result<Raw<'t>, Error> {
        let key = self.string()?;
        self.skip_space();
        self.at += 1;
        self.skip_space();
        Ok(key)
    }

    pub(crate) fn string(&mut self) -> Result<Raw<'t>, Error> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = search::next_quote(self.bytes(), at).unwrap_or(self.text.len());
            match self.bytes().get(at) {
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(_) if self.peek() == b'"' => break,
                _ => return Err(Error::syntax("a string is missing", self.at)),
            }
        }
        self.at = at + 1;
        Ok(Raw { text: self.text.get(start..at).unwrap_or_default(), escaped })
    }

    /// The characters of the number at the cursor; empty if there is none.
    pub(crate) fn number(&mut self) -> &'t str {
        let start = self.at;
        while matches!(self.peek(), b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The slot at the cursor, whether or not it leads somewhere.
    pub(crate) fn slot(&mut self) -> Option<Slot> {
        let start = self.at;
        let mut value: usize = 0;
        while let digit @ b'0'..=b'9' = self.peek() {
            value = value.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
            self.at += 1;
        }
        if self.at > start && !matches!(self.peek(), b'.' | b'e' | b'E') {
            return Slot::entry(value);
        }
        self.at = start;
        Slot::of_number(self.number())
    }

    /// A number that is no slot: a length, an offset, a position.
    pub(crate) fn count(&mut self) -> Option<u64> {
        let token = self.number();
        number::parse_integer(token).and_then(|value| u64::try_from(value).ok())
    }

    fn array_head(mut self) -> Result<Head<'t>, Error> {
        self.at += 1;
        self.skip_space();
        if self.peek() == b'"' {
            let tag = self.string()?;
            return Ok(Head::Tagged(tag, self));
        }
        if self.peek() == b'-' {
            let mut ahead = self;
            if ahead.slot() == Some(Slot::SPARSE) {
                return Ok(Head::Sparse(ahead));
            }
        }
        Ok(Head::Array(self))
    }

    /// The item at the cursor, if there is one and it is a string.
    pub(crate) fn string_item(&mut self) -> Option<Raw<'t>> {
        (self.more(b']') && self.peek() == b'"').then(|| self.string().ok()).flatten()
    }

    pub(crate) fn unsupported(&self, note: &'static str) -> Error {
        Error::new(ErrorKind::Unsupported, note).at(self.at)
    }
}
