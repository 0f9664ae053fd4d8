//! One pass over a text: is it JSON, and where does each entry start?

use std::cell::Cell;

use super::error::{Error, ErrorKind};
use super::flat::{Entries, Run, Stop};
use super::json;
use super::limits::Limits;
use super::search;
use super::slot::Slot;
use super::starts::{self, Starts};

/// What the pass found out, next to the starts.
pub(crate) struct Scan {
    /// Entry 0, or the sentinel that is the whole text.
    pub(crate) root: Slot,
    /// Whether no string has an escape and there are no spaces: each string ends directly before the next entry.
    pub(crate) is_plain: bool,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Checks the whole text against JSON's grammar, whatever is referred to or not, and notes the starts of its entries. A byte
/// order mark in front is passed over.
pub(crate) fn scan(text: &str, limits: &Limits, starts: &mut Starts) -> Result<Scan, Error> {
    if text.len() > limits.bytes {
        return Err(Error::new(ErrorKind::Limit, "the text is longer than the limit on bytes"));
    }
    let (bytes, mut begun) = (text.as_bytes(), None);
    // An entry and what stands behind it are two bytes at least: memory for more starts is never needed.
    let limit = limits.entries.min(bytes.len() / 2 + starts::MOST_AT_ONCE);
    if let [b'[', b'{' | b'[' | b'"' | b'0'..=b'9', ..] = bytes {
        let run = Entries { bytes, at: 1, starts, limit }.note();
        if run.stop == Stop::End && bytes.get(run.at..) == Some(b"]") {
            return Ok(Scan { root: Slot::ROOT, is_plain: !run.has_escape });
        }
        begun = Some(run);
    }
    slowly(text, limit, starts, begun)
}

/// As [`scan`], what is not all in devalue's own form, from where it was begun.
#[inline(never)]
fn slowly(text: &str, limit: usize, starts: &mut Starts, begun: Option<Run>) -> Result<Scan, Error> {
    let (bytes, is_plain) = (text.as_bytes(), Cell::new(true));
    let mut scanner = Scanner { bytes, starts, open: Brackets::default(), limit, is_plain };
    let mark = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let start = scanner.skip_space(mark);
    let end = match begun {
        Some(run) => {
            scanner.open.push(false);
            let (at, ended) = scanner.behind(&run)?;
            scanner.value(at, ended)?
        }
        None => scanner.value(start, false)?,
    };
    let rest = scanner.skip_space(end);
    if rest < text.len() {
        return Err(Error::syntax("there is more after the end of the value", rest));
    }
    let root = match bytes.get(start) {
        Some(b'[') if !scanner.starts.is_empty() => Slot::ROOT,
        _ => Slot::of_bare_root(text.get(start..end).unwrap_or_default())
            .ok_or_else(|| Error::syntax("a devalue text is an array of entries", start))?,
    };
    Ok(Scan { root, is_plain: scanner.is_plain.get() })
}

#[cold]
fn too_many(at: usize) -> Error {
    Error::new(ErrorKind::Limit, "the text has more entries than the limit").at(at)
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
    starts: &'t mut Starts,
    open: Brackets,
    limit: usize,
    is_plain: Cell<bool>,
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
            self.is_plain.set(false);
            at += 1;
        }
        at
    }

    #[cold]
    fn fail<T>(&self, note: &'static str, at: usize) -> Result<T, Error> {
        let note = if at < self.bytes.len() { note } else { "the text ends too early" };
        Err(Error::syntax(note, at))
    }

    /// One value with everything inside it, or the rest of one of whose entries the first has `ended`.
    fn value(&mut self, mut at: usize, mut ended: bool) -> Next {
        loop {
            if !ended && self.in_root_list() {
                let run = Entries { bytes: self.bytes, at, starts: self.starts, limit: self.limit }.note();
                (at, ended) = self.behind(&run)?;
            }
            if !ended {
                if self.in_root_list() {
                    at = self.skip_space(at);
                    self.starts.push(at, self.limit).ok_or_else(|| too_many(at))?;
                }
                at = match self.peek(at) {
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
                    _ => self.primitive(at)?,
                };
            }
            let (next, more) = self.next(at)?;
            at = next;
            if !more {
                return Ok(at);
            }
            ended = false;
        }
    }

    /// Where to go on behind entries, and whether the last one has ended.
    fn behind(&self, run: &Run) -> Result<(usize, bool), Error> {
        if run.has_escape {
            self.is_plain.set(false);
        }
        match run.stop {
            Stop::Limit => Err(too_many(run.at)),
            stop => Ok((run.at, stop == Stop::End)),
        }
    }

    /// Whether what comes is an entry.
    #[inline]
    fn in_root_list(&self) -> bool {
        self.open.depth == 1 && !self.open.in_object()
    }

    #[inline]
    fn primitive(&self, at: usize) -> Next {
        match self.peek(at) {
            b'"' => self.string(at),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.word(at, b"true"),
            b'f' => self.word(at, b"false"),
            b'n' => self.word(at, b"null"),
            _ => self.fail("there is no value here", at),
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
        if self.open.in_object() { self.key(at) } else { Ok(at) }
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
        self.is_plain.set(false);
        let mut at = at + 1;
        loop {
            at = search::next_in_json(self.bytes, at).unwrap_or(self.bytes.len());
            match self.peek(at) {
                b'"' => return Ok(at + 1),
                b'\\' => match json::end_of_escape(self.bytes, at) {
                    Some(end) => at = end,
                    None => return self.fail("an escape that JSON does not have", at + 1),
                },
                _ => return self.fail("a control character in a string", at),
            }
        }
    }

    fn number(&self, at: usize) -> Next {
        let from = if self.peek(at) == b'-' { at + 1 } else { at };
        let end = match self.peek(from) {
            b'0' => Ok(from + 1),
            _ => json::end_of_digits(self.bytes, from),
        };
        end.and_then(|end| json::end_of_fraction(self.bytes, end))
            .or_else(|at| self.fail("a digit is missing", at))
    }

    fn word(&self, at: usize, word: &'static [u8]) -> Next {
        if self.bytes.get(at..at + word.len()) != Some(word) {
            return self.fail("there is no value here", at);
        }
        Ok(at + word.len())
    }
}
