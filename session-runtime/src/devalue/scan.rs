//! One pass over a text: is it JSON, and where does each entry start?

use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::slot::Slot;
use super::text;

/// What the pass found out.
#[derive(Debug)]
pub(crate) struct Scan {
    /// Entry 0, or the sentinel that is the whole text.
    pub(crate) root: Slot,
    pub(crate) starts: Vec<u32>,
}

/// Checks the whole text against JSON's grammar, whatever is referred to or not.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<Scan, Error> {
    if text.len() > limits.bytes {
        return Err(Error::new(ErrorKind::Limit, "the text is longer than the limit on bytes"));
    }
    let starts = Vec::with_capacity(text.len() / 12 + 1);
    let mut scanner =
        Scanner { bytes: text.as_bytes(), at: 0, starts, open: Vec::new(), limit: limits.entries };
    scanner.skip_space();
    let start = scanner.at;
    scanner.value()?;
    let end = scanner.at;
    scanner.skip_space();
    if scanner.at < text.len() {
        return Err(Error::syntax("there is more after the end of the value", scanner.at));
    }
    let root = match text.as_bytes().get(start) {
        Some(b'[') if !scanner.starts.is_empty() => Slot::ROOT,
        _ => Slot::of_bare_root(text.get(start..end).unwrap_or_default())
            .ok_or_else(|| Error::syntax("a devalue text is an array of entries", start))?,
    };
    Ok(Scan { root, starts: scanner.starts })
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    starts: Vec<u32>,
    /// The closing brackets that are still to come: nesting costs no stack of ours.
    open: Vec<u8>,
    limit: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn fail<T>(&self, note: &'static str) -> Result<T, Error> {
        let note = if self.at < self.bytes.len() { note } else { "the text ends too early" };
        Err(Error::syntax(note, self.at))
    }

    /// One value with everything inside it.
    fn value(&mut self) -> Result<(), Error> {
        let base = self.open.len();
        loop {
            match self.peek() {
                b'"' => self.string()?,
                b'[' => {
                    if self.enter(b']') {
                        self.entry()?;
                        continue;
                    }
                }
                b'{' => {
                    if self.enter(b'}') {
                        self.key()?;
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return self.fail("there is no value here"),
            }
            if !self.next(base)? {
                return Ok(());
            }
        }
    }

    /// Whether the bracket that opens here has anything inside.
    fn enter(&mut self, close: u8) -> bool {
        self.at += 1;
        self.skip_space();
        if self.peek() == close {
            self.at += 1;
            return false;
        }
        self.open.push(close);
        true
    }

    /// Goes on behind a value; false when all brackets are closed.
    fn next(&mut self, base: usize) -> Result<bool, Error> {
        while self.open.len() > base {
            self.skip_space();
            let close = self.open.last().copied().unwrap_or(b']');
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.skip_space();
                    if close == b'}' {
                        self.key()?;
                    } else {
                        self.entry()?;
                    }
                    return Ok(true);
                }
                byte if byte == close => {
                    self.at += 1;
                    self.open.pop();
                }
                _ => return self.fail("a comma or a closing bracket is missing"),
            }
        }
        Ok(false)
    }

    /// Notes the start of an item if it is an entry.
    fn entry(&mut self) -> Result<(), Error> {
        if self.open.len() == 1 && self.open.first() == Some(&b']') {
            if self.starts.len() >= self.limit {
                return Err(
                    Error::new(ErrorKind::Limit, "the text has more entries than the limit").at(self.at)
                );
            }
            self.starts.push(u32::try_from(self.at).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    fn key(&mut self) -> Result<(), Error> {
        if self.peek() != b'"' {
            return self.fail("a key is missing");
        }
        self.string()?;
        self.skip_space();
        if self.peek() != b':' {
            return self.fail("a colon is missing");
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Error> {
        self.at += 1;
        loop {
            self.at = text::next_in_json(self.bytes, self.at).unwrap_or(self.bytes.len());
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape()?,
                _ => return self.fail("a control character in a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Error> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let digits = self.bytes.get(self.at + 1..self.at + 5);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return self.fail("an escape that JSON does not have");
                }
                self.at += 5;
            }
            _ => return self.fail("an escape that JSON does not have"),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Error> {
        if !self.peek().is_ascii_digit() {
            return self.fail("a digit is missing");
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &'static [u8]) -> Result<(), Error> {
        if self.bytes.get(self.at..self.at + word.len()) != Some(word) {
            return self.fail("there is no value here");
        }
        self.at += word.len();
        Ok(())
    }
}
