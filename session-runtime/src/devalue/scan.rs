//! One pass over a text: is it JSON, and where does each entry start?

use std::cell::Cell;

use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::search;
use super::slot::Slot;

/// What the pass found out. Its memory goes to the thread's next scan: most texts are read once and let go.
pub(crate) struct Scan {
    /// Entry 0, or the sentinel that is the whole text.
    pub(crate) root: Slot,
    pub(crate) starts: Vec<u32>,
}

thread_local! {
    static SPARE: Cell<Vec<u32>> = const { Cell::new(Vec::new()) };
}

/// How many starts a thread keeps memory for.
const KEPT: usize = 1 << 18;

impl Drop for Scan {
    fn drop(&mut self) {
        let mut starts = std::mem::take(&mut self.starts);
        if starts.capacity() <= KEPT {
            starts.clear();
            // At the very end of a thread the memory is simply freed.
            let _ = SPARE.try_with(|spare| spare.set(starts));
        }
    }
}

/// Checks the whole text against JSON's grammar, whatever is referred to or not.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<Scan, Error> {
    if text.len() > limits.bytes {
        return Err(Error::new(ErrorKind::Limit, "the text is longer than the limit on bytes"));
    }
    let starts = SPARE.try_with(Cell::take).unwrap_or_default();
    let mut found = Scan { root: Slot::ROOT, starts };
    let (bytes, limit) = (text.as_bytes(), limits.entries);
    let mut scanner = Scanner { bytes, starts: &mut found.starts, open: Brackets::default(), limit };
    let start = scanner.skip_space(0);
    let end = scanner.value(start)?;
    let rest = scanner.skip_space(end);
    if rest < text.len() {
        return Err(Error::syntax("there is more after the end of the value", rest));
    }
    if bytes.get(start) != Some(&b'[') || found.starts.is_empty() {
        found.root = Slot::of_bare_root(text.get(start..end).unwrap_or_default())
            .ok_or_else(|| Error::syntax("a devalue text is an array of entries", start))?;
    }
    Ok(found)
}

/// The brackets that are open: nesting costs no stack of ours.
#[derive(Default)]
struct Brackets {
    depth: usize,
    /// One bit for each of the innermost sixty-four, the lowest for the last one: whether it is that of an object.
    kinds: u64,
    /// Those further out.
    outer: Vec<u64>,
}

impl Brackets {
    #[inline]
    fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.kinds);
        }
        self.kinds = self.kinds << 1 | u64::from(object);
        self.depth += 1;
    }

    #[inline]
    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.kinds >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(64) {
            self.kinds = self.outer.pop().unwrap_or_default();
        }
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.kinds & 1 == 1
    }
}

/// Its methods go on from a place and return the next one, which so stays in a register.
struct Scanner<'t> {
    bytes: &'t [u8],
    starts: &'t mut Vec<u32>,
    open: Brackets,
    limit: usize,
}

/// The place behind what was read, or the error.
type Next = Result<usize, Error>;

impl Scanner<'_> {
    #[inline]
    fn peek(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.peek(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    #[cold]
    fn fail<T>(&self, note: &'static str, at: usize) -> Result<T, Error> {
        let note = if at < self.bytes.len() { note } else { "the text ends too early" };
        Err(Error::syntax(note, at))
    }

    /// One value with everything inside it.
    fn value(&mut self, mut at: usize) -> Next {
        loop {
            let is_entry = self.open.depth == 1 && !self.open.in_object();
            at = match self.peek(at) {
                b'"' if is_entry => self.strings(at)?,
                b'{' if is_entry && let Some(end) = self.flat_object(at) => end,
                b'[' if is_entry && let Some(end) = self.flat_list(at) => end,
                b'"' => self.string(at)?,
                open @ (b'[' | b'{') => {
                    at = self.skip_space(at + 1);
                    // In ASCII a closing bracket stands two places behind its opening one.
                    if self.peek(at) == open + 2 {
                        at + 1
                    } else {
                        self.open.push(open == b'{');
                        at = self.member(at)?;
                        continue;
                    }
                }
                b'0'..=b'9' if self.in_list() => self.references(at)?,
                b'-' | b'0'..=b'9' => self.number(at)?,
                b't' => self.word(at, b"true")?,
                b'f' => self.word(at, b"false")?,
                b'n' => self.word(at, b"null")?,
                _ => return self.fail("there is no value here", at),
            };
            let (next, more) = self.next(at)?;
            at = next;
            if !more {
                return Ok(at);
            }
        }
    }

    /// Goes on behind a value; false when all brackets are closed.
    #[inline]
    fn next(&mut self, mut at: usize) -> Result<(usize, bool), Error> {
        while self.open.depth > 0 {
            at = self.skip_space(at);
            match self.peek(at) {
                b',' => {
                    at = self.skip_space(at + 1);
                    return Ok((self.member(at)?, true));
                }
                byte if byte == if self.open.in_object() { b'}' } else { b']' } => {
                    at += 1;
                    self.open.pop();
                }
                _ => return self.fail("a comma or a closing bracket is missing", at),
            }
        }
        Ok((at, false))
    }

    /// Goes to the value of a member of an object, or of an array.
    #[inline]
    fn member(&mut self, at: usize) -> Next {
        if self.open.in_object() { self.key(at) } else { self.item(at) }
    }

    /// Notes the start of an array's item if it is an entry.
    #[inline]
    fn item(&mut self, at: usize) -> Next {
        if self.open.depth == 1 {
            if self.starts.len() >= self.limit {
                return Err(Error::new(ErrorKind::Limit, "the text has more entries than the limit").at(at));
            }
            self.starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Ok(at)
    }

    fn key(&self, at: usize) -> Next {
        if self.peek(at) != b'"' {
            return self.fail("a key is missing", at);
        }
        let at = self.string(at)?;
        let at = self.skip_space(at);
        if self.peek(at) != b':' {
            return self.fail("a colon is missing", at);
        }
        Ok(self.skip_space(at + 1))
    }

    /// The place behind an object as devalue writes it, if it is one; `None` says nothing.
    #[inline]
    fn flat_object(&self, at: usize) -> Option<usize> {
        let mut at = at + 1;
        loop {
            let end = search::next_in_json(self.bytes, at + 1)?;
            let (b'"', Some(b"\":")) = (self.peek(at), self.bytes.get(end..end + 2)) else { return None };
            at = self.slot(end + 2)?;
            match self.peek(at) {
                b',' => at += 1,
                b'}' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    /// The place behind an array, if it is one of references alone; `None` says nothing.
    #[inline]
    fn flat_list(&self, at: usize) -> Option<usize> {
        self.slot(at + 1)?;
        let at = self.references(at + 1).ok()?;
        (self.peek(at) == b']').then_some(at + 1)
    }

    /// The place behind a reference or a sentinel as devalue writes it.
    #[inline]
    fn slot(&self, mut at: usize) -> Option<usize> {
        match self.peek(at) {
            b'1'..=b'9' => {
                at += 1;
                while self.peek(at).is_ascii_digit() {
                    at += 1;
                }
                Some(at)
            }
            b'0' => Some(at + 1),
            b'-' if matches!(self.peek(at + 1), b'1'..=b'7') => Some(at + 2),
            _ => None,
        }
    }

    /// Strings directly behind one another, most of what a text is made of.
    #[inline]
    fn strings(&mut self, mut at: usize) -> Next {
        loop {
            at = self.string(at)?;
            match self.bytes.get(at..at + 2) {
                Some(b",\"") => at = self.item(at + 1)?,
                _ => return Ok(at),
            }
        }
    }

    #[inline]
    fn string(&self, at: usize) -> Next {
        let end = search::next_in_json(self.bytes, at + 1);
        match end.map(|end| (end, self.peek(end))) {
            Some((end, b'"')) => Ok(end + 1),
            _ => self.odd_string(at),
        }
    }

    /// A string with escapes, or a damaged one.
    #[cold]
    fn odd_string(&self, at: usize) -> Next {
        let mut at = at + 1;
        loop {
            at = search::next_in_json(self.bytes, at).unwrap_or(self.bytes.len());
            match self.peek(at) {
                b'"' => return Ok(at + 1),
                b'\\' => at = self.escape(at + 1)?,
                _ => return self.fail("a control character in a string", at),
            }
        }
    }

    fn escape(&self, at: usize) -> Next {
        match self.peek(at) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => return Ok(at + 1),
            b'u' => {
                let digits = self.bytes.get(at + 1..at + 5);
                if digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Ok(at + 5);
                }
            }
            _ => {}
        }
        self.fail("an escape that JSON does not have", at)
    }

    fn number(&self, at: usize) -> Next {
        let from = if self.peek(at) == b'-' { at + 1 } else { at };
        let end = if self.peek(from) == b'0' { from + 1 } else { self.digits(from)? };
        if matches!(self.peek(end), b'.' | b'e' | b'E') { self.fraction(end) } else { Ok(end) }
    }

    /// What follows the integer digits of a number.
    #[cold]
    fn fraction(&self, mut at: usize) -> Next {
        if self.peek(at) == b'.' {
            at = self.digits(at + 1)?;
        }
        if matches!(self.peek(at), b'e' | b'E') {
            at += 1;
            at = self.digits(if matches!(self.peek(at), b'+' | b'-') { at + 1 } else { at })?;
        }
        Ok(at)
    }

    /// Whether the innermost bracket is that of an array inside an entry.
    #[inline]
    fn in_list(&self) -> bool {
        self.open.depth > 1 && !self.open.in_object()
    }

    /// Numbers with commas between them, most of them the numbers of entries; stops behind the last one.
    fn references(&self, from: usize) -> Next {
        let mut at = from;
        while let Some(window) = self.bytes.get(at - 1..).and_then(<[u8]>::first_chunk)
            && is_list(window)
        {
            at += LIST;
        }
        // The last number may go on from here, and not only with digits.
        while at > from && self.peek(at - 1).is_ascii_digit() {
            at -= 1;
        }
        loop {
            at = match self.slot(at) {
                Some(end) if matches!(self.peek(end), b',' | b']') => end,
                _ => self.number(at)?,
            };
            match self.bytes.get(at..at + 2) {
                Some([b',', b'0'..=b'9']) => at += 1,
                _ => return Ok(at),
            }
        }
    }

    #[inline]
    fn digits(&self, at: usize) -> Next {
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            0 => self.fail("a digit is missing", at),
            count => Ok(at + count),
        }
    }

    fn word(&self, at: usize, word: &'static [u8]) -> Next {
        if self.bytes.get(at..at + word.len()) != Some(word) {
            return self.fail("there is no value here", at);
        }
        Ok(at + word.len())
    }
}

/// How many bytes of a list of numbers are looked at together.
const LIST: usize = 32;

/// Whether all bytes between the first and the last are those of integers with commas between them, without a zero in
/// front of another digit. Free of branches, so that the compiler makes vector code of it.
fn is_list(window: &[u8; LIST + 2]) -> bool {
    let digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    let neighbours = window.iter().zip(&window[1..=LIST]).zip(&window[2..]);
    neighbours.fold(true, |fine, ((&before, &byte), &after)| {
        let comma = (byte == b',') & digit(before) & digit(after);
        let padded = (byte == b'0') & !digit(before) & digit(after);
        fine & (digit(byte) | comma) & !padded
    })
}
