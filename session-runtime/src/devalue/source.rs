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
    /// Where the document is in memory: no other one with entries is there.
    pub(crate) fn place(&self) -> usize {
        self.starts.as_ptr().addr()
    }

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

    #[inline(always)]
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// A place in the text.
    #[inline(always)]
    pub(crate) fn cursor(&self, at: usize) -> Cursor<'t> {
        Cursor { text: self.text, at }
    }

    /// How long the entry is in the text, known without reading it.
    pub(crate) fn span(&self, slot: Slot) -> usize {
        let Some(start) = self.offset(slot) else { return 0 };
        let next = slot.index().and_then(|index| self.starts.get(index + 1));
        let end = next.and_then(|&next| usize::try_from(next).ok()).unwrap_or(self.text.len());
        end.saturating_sub(start)
    }

    /// The text of an entry, as far as it is known without reading it: up to the next one's comma.
    pub(crate) fn raw(&self, slot: Slot) -> &'t str {
        let Some(start) = self.offset(slot) else { return "" };
        self.text.get(start..(start + self.span(slot)).saturating_sub(1)).unwrap_or_default()
    }

    /// The entry with this number, which stands in plain digits.
    pub(crate) fn index(&self, digits: &str) -> Option<Slot> {
        let mut index = 0_usize;
        for byte in digits.bytes() {
            let digit = byte.wrapping_sub(b'0');
            index = index.checked_mul(10)?.checked_add(usize::from(digit))?;
            if digit > 9 {
                return None;
            }
        }
        Slot::entry(index).filter(|_| !digits.is_empty() && index < self.starts.len())
    }

    /// Whether it is null or undefined, seen from the first byte alone: what follows may be long, and is paid for later.
    pub(crate) fn is_nothing(&self, slot: Slot) -> bool {
        slot == Slot::UNDEFINED || self.is_null(slot)
    }

    /// Whether it is -0: devalue has a sentinel for it, other programs may write it as a number.
    pub(crate) fn is_neg_zero(&self, slot: Slot) -> bool {
        let Some(at) = self.offset(slot) else { return slot == Slot::NEG_ZERO };
        let mut cursor = Cursor { text: self.text, at };
        cursor.peek() == b'-' && number::parse(cursor.number()) == 0.0
    }

    pub(crate) fn is_null(&self, slot: Slot) -> bool {
        self.offset(slot).is_some_and(|at| Cursor { text: self.text, at }.peek() == b'n')
    }

    pub(crate) fn kind(&self, slot: Slot) -> Kind {
        // The first byte says it for most, and a string or a number may be long.
        match self.offset(slot).map(|at| Cursor { text: self.text, at }.peek()) {
            Some(b'"') => return Kind::String,
            Some(b'{') => return Kind::Object,
            Some(b'0'..=b'9' | b'-') => return Kind::Number,
            _ => {}
        }
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
    #[inline]
    pub(crate) fn slot(&self, cursor: &mut Cursor<'t>) -> Result<Slot, Error> {
        let at = cursor.at;
        if let Some((index, end)) = cursor.plain_index()
            && index < self.starts.len()
            && let Some(slot) = Slot::entry(index)
        {
            cursor.at = end;
            return Ok(slot);
        }
        self.odd_slot(cursor, at)
    }

    /// What is not simply the number of an entry.
    #[cold]
    fn odd_slot(&self, cursor: &mut Cursor<'t>, at: usize) -> Result<Slot, Error> {
        match cursor.slot() {
            Some(Slot::HOLE | Slot::SPARSE) | None => Err(Error::syntax(NO_SLOT, at)),
            Some(slot) if slot.index().is_some_and(|index| index >= self.starts.len()) => {
                Err(Error::syntax(NO_ENTRY, at))
            }
            Some(slot) => Ok(slot),
        }
    }

    /// As [`Self::slot`], in an array, where holes may stand.
    #[inline]
    pub(crate) fn item(&self, cursor: &mut Cursor<'t>) -> Result<Slot, Error> {
        if cursor.peek() == b'-' {
            let mut probe = *cursor;
            if probe.slot() == Some(Slot::HOLE) {
                *cursor = probe;
                return Ok(Slot::HOLE);
            }
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
    pub(super) fn bytes(&self) -> &'t [u8] {
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
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> bool {
        if let Some([b',', b'!'..=b'~']) = self.bytes().get(self.at..self.at + 2) {
            self.at += 1;
            return true;
        }
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
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Raw<'t>, Error> {
        let start = self.at + 1;
        if let Some(end) = search::next_quote(self.bytes(), start)
            && self.peek() == b'"'
            && let Some([b'"', b':', b'!'..=b'~']) = self.bytes().get(end..end + 3)
            && let Some(text) = self.text.get(start..end)
        {
            self.at = end + 2;
            return Ok(Raw { text, escaped: false });
        }
        self.odd_key()
    }

    #[cold]
    fn odd_key(&mut self) -> Result<Raw<'t>, Error> {
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

    /// The index that stands at the cursor in plain digits, and the place behind it.
    #[inline]
    pub(super) fn plain_index(&self) -> Option<(usize, usize)> {
        let (mut index, mut at) = (0_usize, self.at);
        loop {
            let byte = self.bytes().get(at).copied()?;
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                let plain = (1..=9).contains(&(at - self.at)) && !matches!(byte, b'.' | b'e' | b'E');
                return plain.then_some((index, at));
            }
            index = index.wrapping_mul(10).wrapping_add(usize::from(digit));
            at += 1;
        }
    }

    /// The slot at the cursor, whether or not it leads somewhere.
    pub(crate) fn slot(&mut self) -> Option<Slot> {
        if let Some((index, end)) = self.plain_index() {
            self.at = end;
            return Slot::entry(index);
        }
        // A sentinel as devalue writes it.
        if let Some(&[b'-', digit @ b'1'..=b'7', b',' | b']' | b'}']) = self.bytes().get(self.at..self.at + 3)
        {
            self.at += 2;
            return Some(Slot::sentinel(digit - b'0'));
        }
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
