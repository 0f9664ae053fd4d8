//! Strings: the escapes of JSON on reading, those of devalue on writing.

use std::borrow::Cow;

use super::output::Output;
use super::search::{ends, has_no_suspect, has_suspect, next_suspect};

/// A string as it stands in a text, between its quotes.
#[derive(Clone, Copy)]
pub(crate) struct Raw<'t> {
    pub(crate) text: &'t str,
    pub(crate) escaped: bool,
}

/// One step through a string: a run of characters, or one unit that an escape gave.
pub(crate) enum Piece<'t> {
    Run(&'t str),
    Char(char),
    Lone(u16),
}

impl<'t> Raw<'t> {
    /// The string; lone surrogates become U+FFFD.
    pub(crate) fn decode(self) -> Cow<'t, str> {
        if !self.escaped {
            return Cow::Borrowed(self.text);
        }
        let mut out = String::with_capacity(self.text.len());
        for piece in self.pieces() {
            match piece {
                Piece::Run(run) => out.push_str(run),
                Piece::Char(char) => out.push(char),
                Piece::Lone(_) => out.push(char::REPLACEMENT_CHARACTER),
            }
        }
        Cow::Owned(out)
    }

    /// The string, unless it holds a lone surrogate.
    pub(crate) fn decode_exact(self) -> Option<Cow<'t, str>> {
        (!self.has_lone()).then(|| self.decode())
    }

    pub(crate) fn has_lone(self) -> bool {
        self.escaped && self.pieces().any(|piece| matches!(piece, Piece::Lone(_)))
    }

    #[inline]
    pub(crate) fn is(self, name: &str) -> bool {
        if self.escaped { self.decode_exact().is_some_and(|text| text == name) } else { self.text == name }
    }

    pub(crate) fn pieces(self) -> Pieces<'t> {
        Pieces { rest: self.text }
    }

    /// Appends the string between quotes, escaped as devalue does it.
    pub(crate) fn push_quoted(self, out: &mut impl Output) {
        if !self.escaped {
            return push_quoted(out, self.text);
        }
        out.push('"');
        for piece in self.pieces() {
            match piece {
                Piece::Run(run) => push_escaped(out, run),
                Piece::Char(char) => push_escaped(out, char.encode_utf8(&mut [0; 4])),
                Piece::Lone(unit) => push_unit(out, unit),
            }
        }
        out.push('"');
    }
}

pub(crate) struct Pieces<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        match self.rest.find('\\') {
            None if self.rest.is_empty() => None,
            None => Some(Piece::Run(std::mem::take(&mut self.rest))),
            Some(0) => self.escape(),
            Some(at) => {
                let (run, rest) = self.rest.split_at(at);
                self.rest = rest;
                Some(Piece::Run(run))
            }
        }
    }
}

impl<'t> Pieces<'t> {
    fn escape(&mut self) -> Option<Piece<'t>> {
        let mut chars = self.rest.get(1..)?.chars();
        let letter = chars.next()?;
        self.rest = chars.as_str();
        let char = match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = unit(self.rest)?;
                self.rest = self.rest.get(4..)?;
                return Some(self.surrogate(first));
            }
            other => other,
        };
        Some(Piece::Char(char))
    }

    fn surrogate(&mut self, first: u16) -> Piece<'t> {
        if let Some(char) = char::from_u32(u32::from(first)) {
            return Piece::Char(char);
        }
        let second = self.rest.strip_prefix("\\u").and_then(unit);
        let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        match pair {
            Some(char) => {
                self.rest = self.rest.get(6..).unwrap_or_default();
                Piece::Char(char)
            }
            None => Piece::Lone(first),
        }
    }
}

fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.get(..4)?, 16).ok()
}

/// Appends a string between quotes.
pub(crate) fn push_quoted(out: &mut impl Output, text: &str) {
    out.push('"');
    if has_no_suspect(text.as_bytes()) {
        out.push_str(text);
    } else {
        push_escaped(out, text);
    }
    out.push('"');
}

fn push_escaped(out: &mut impl Output, text: &str) {
    let mut rest = text;
    while let Some((at, width)) = next_escape(rest.as_bytes()) {
        out.push_str(rest.get(..at).unwrap_or_default());
        push_escape(out, rest.get(at..at + width).unwrap_or_default());
        rest = rest.get(at + width..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Appends the key of an object: a string between quotes, and a colon.
#[inline]
pub(crate) fn push_key(out: &mut Vec<u8>, key: &str) {
    let bytes = key.as_bytes();
    let ends = ends(bytes);
    if bytes.len() > QUOTABLE || has_suspect(ends) {
        push_quoted(out, key);
        return out.push(b':');
    }
    let end = out.len() + bytes.len() + 3;
    // All sixteen bytes are put down, and those behind the colon taken back: cheaper than a varying length.
    out.extend_from_slice(&framed(ends, bytes, "\"", "\":"));
    out.truncate(end);
}

/// How many bytes there may be in a string that is put down at once.
pub(crate) const QUOTABLE: usize = 13;

/// A string of at most thirteen bytes, given with its [`ends`](super::search::ends), between a head and a tail of three bytes
/// together.
#[inline(always)]
pub(crate) fn framed([low, high]: [u64; 2], bytes: &[u8], head: &str, tail: &str) -> [u8; 16] {
    let word = |text: &str| text.bytes().rev().fold(0, |word, byte| word << 8 | u64::from(byte));
    let (head, tail, before, length) = (word(head), word(tail), head.len(), bytes.len());
    let (first, second) = if length >= 8 {
        // Behind as many bytes as have room beside the head stand the last ones.
        let rest = length + before - 8;
        (head | low << (8 * before), high >> (8 * (8 - rest)) | tail << (8 * rest))
    } else {
        let text = match length {
            4.. => low & 0xffff_ffff | low >> 32 << (8 * (length - 4)),
            _ => bytes.iter().rev().fold(0, |text, &byte| text << 8 | u64::from(byte)),
        };
        let both = u128::from(text) | u128::from(tail) << (8 * length);
        return (u128::from(head) | both << (8 * before)).to_le_bytes();
    };
    (u128::from(first) | u128::from(second) << 64).to_le_bytes()
}

/// How many bytes [`push_block`] copies at once.
pub(crate) const BLOCK: usize = 16;

/// Appends the first bytes of `from`, which goes on for a [`BLOCK`] behind them: a whole one is put down, and what is too
/// much taken back, which is cheaper than a varying length.
#[inline]
pub(crate) fn push_block(out: &mut Vec<u8>, from: &[u8], length: usize) {
    match from.first_chunk::<BLOCK>() {
        Some(block) if length <= BLOCK => {
            let end = out.len() + length;
            out.extend_from_slice(block);
            out.truncate(end);
        }
        _ => out.extend_from_slice(from.get(..length).unwrap_or_default()),
    }
}

/// Whether a string stands between its quotes as it is.
#[inline]
pub(crate) fn is_plain(text: &str) -> bool {
    has_no_suspect(text.as_bytes()) || next_escape(text.as_bytes()).is_none()
}

/// Where the next character stands that is written as an escape, and its width.
fn next_escape(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        from = next_suspect(bytes, from)?;
        match bytes.get(from)? {
            0xe2 => match bytes.get(from + 1..from + 3) {
                Some([0x80, 0xa8 | 0xa9]) => return Some((from, 3)),
                _ => from += 1,
            },
            _ => return Some((from, 1)),
        }
    }
}

fn push_escape(out: &mut impl Output, text: &str) {
    match text {
        "\"" => out.push_str("\\\""),
        "\\" => out.push_str("\\\\"),
        "<" => out.push_str("\\u003C"),
        "\n" => out.push_str("\\n"),
        "\r" => out.push_str("\\r"),
        "\t" => out.push_str("\\t"),
        "\u{8}" => out.push_str("\\b"),
        "\u{c}" => out.push_str("\\f"),
        "\u{2028}" => out.push_str("\\u2028"),
        "\u{2029}" => out.push_str("\\u2029"),
        other => other.encode_utf16().for_each(|unit| push_unit(out, unit)),
    }
}

/// Appends UTF-16 between quotes, lone surrogates as escapes.
pub(crate) fn push_quoted_utf16(out: &mut impl Output, units: &[u16]) {
    out.push('"');
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok(char) => push_escaped(out, char.encode_utf8(&mut [0; 4])),
            Err(lone) => push_unit(out, lone.unpaired_surrogate()),
        }
    }
    out.push('"');
}

fn push_unit(out: &mut impl Output, unit: u16) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit(u32::from(unit >> shift & 15), 16).unwrap_or('0'));
    }
}
