//! Single entries seen as text: is one written as devalue writes it, and which others does it refer to?
//!
//! Everything here is strict: where an entry is not in devalue's own form, or in one that is rare, the answer is `None`,
//! and the way that looks at values, [`copy`](super::copy), decides.

use std::ops::Range;

use super::number;
use super::search::{has_no_suspect, next_quote};
use super::text::Raw;

/// What stands before and behind the number of the data in the entry of a session's key that does not expire: most
/// objects of a session are such.
pub(crate) const ONLY_DATA: [&str; 2] = [r#"{"data":"#, r#","expires":-1}"#];

/// Whether the entry is one that devalue writes once per text.
#[inline]
pub(crate) fn is_primitive(entry: &[u8]) -> bool {
    match entry.first() {
        Some(b'[') => entry.starts_with(b"[\"BigInt\","),
        first => first != Some(&b'{'),
    }
}

/// Where an entry stands in a text: from its start to the comma before the next one, or to the last bracket.
#[inline]
pub(crate) fn bounds(text: &[u8], starts: &[u32], index: usize) -> Option<(usize, usize)> {
    let behind = starts.get(index + 1).map_or(text.len(), |&next| next as usize);
    Some((*starts.get(index)? as usize, behind.checked_sub(1)?))
}

/// The text of an entry.
#[inline]
pub(crate) fn entry_at<'t>(text: &'t [u8], starts: &[u32], index: usize) -> Option<&'t [u8]> {
    let (start, end) = bounds(text, starts, index)?;
    text.get(start..end)
}

/// Calls `each` with the entries of a range and their indices, as [`entry_at`] gives them.
#[inline]
pub(crate) fn each_entry<'t>(
    text: &'t [u8],
    starts: &[u32],
    range: Range<usize>,
    mut each: impl FnMut(usize, &'t [u8]) -> Option<()>,
) -> Option<()> {
    let first = range.start;
    let here = starts.get(range)?;
    // The last one ends at the last bracket.
    let end = u32::try_from(text.len()).ok()?;
    let behind = starts.get(first + 1..).unwrap_or_default().iter().copied().chain([end]);
    for (index, (&start, behind)) in (first..).zip(here.iter().zip(behind)) {
        each(index, text.get(start as usize..(behind as usize).wrapping_sub(1))?)?;
    }
    Some(())
}

/// Whether a primitive stands as devalue writes it.
#[inline]
pub(crate) fn is_canonical(entry: &[u8]) -> bool {
    match entry {
        [b'"', inner @ .., b'"'] if has_no_suspect(inner) => true,
        entry => is_canonical_oddity(entry),
    }
}

/// As [`is_canonical`], for what is not simply a string without escapes.
#[inline(never)]
fn is_canonical_oddity(entry: &[u8]) -> bool {
    if let [b'1'..=b'9', rest @ ..] = entry
        && rest.len() < 15
        && rest.iter().all(u8::is_ascii_digit)
    {
        return true;
    }
    let Ok(text) = str::from_utf8(entry) else { return false };
    match entry {
        [b'"', ..] => is_requoted(text),
        [b'0'..=b'9' | b'-', ..] => {
            let mut canonical = String::new();
            let number = number::parse(text);
            if number.is_finite() {
                number::push_number(&mut canonical, number);
            }
            canonical == text && text != "-0"
        }
        [b'[', ..] => references(entry, |_, _| Some(())).is_some(),
        _ => matches!(text, "null" | "true" | "false"),
    }
}

/// Whether escapes are the ones that devalue uses.
fn is_requoted(quoted: &str) -> bool {
    let Some(inner) = quoted.get(1..quoted.len() - 1) else { return false };
    let mut text = String::with_capacity(quoted.len());
    Raw { text: inner, escaped: inner.contains('\\') }.push_quoted(&mut text);
    text == quoted
}

/// Calls `each` with every index in a container and the place behind it, in order.
#[inline]
pub(crate) fn references(entry: &[u8], each: impl FnMut(usize, usize) -> Option<()>) -> Option<()> {
    let mut walk = Walk { bytes: entry, at: 1, each };
    match *entry {
        [b'{', ..] => walk.object()?,
        [b'[', b']'] => walk.at = 2,
        [b'[', b'"', ..] => walk.tagged()?,
        [b'[', b'-', b'7', ..] => return None,
        [b'[', ..] => walk.list(b'2').map(drop)?,
        _ => return None,
    }
    (walk.at == entry.len()).then_some(())
}

struct Walk<'t, F> {
    bytes: &'t [u8],
    at: usize,
    each: F,
}

impl<F: FnMut(usize, usize) -> Option<()>> Walk<'_, F> {
    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += 1;
        found.then_some(())
    }

    /// An index, or a sentinel; `hole` is the digit of one more that is allowed.
    #[inline]
    fn slot(&mut self, hole: u8) -> Option<()> {
        let from = self.at;
        let mut index = 0_usize;
        while let Some(digit) =
            self.bytes.get(self.at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
        {
            index = index.wrapping_mul(10).wrapping_add(usize::from(digit));
            self.at += 1;
        }
        match self.at - from {
            1..=9 => (self.each)(index, self.at),
            0 => {
                self.take(b'-')?;
                let digit = *self.bytes.get(self.at)?;
                self.at += 1;
                (matches!(digit, b'1' | b'3'..=b'6') || digit == hole).then_some(())
            }
            _ => None,
        }
    }

    /// Items up to the bracket; how many they are.
    #[inline]
    fn list(&mut self, hole: u8) -> Option<usize> {
        let mut count = 0;
        loop {
            self.slot(hole)?;
            count += 1;
            let next = *self.bytes.get(self.at)?;
            self.at += 1;
            match next {
                b',' => {}
                b']' => return Some(count),
                _ => return None,
            }
        }
    }

    /// A string at the quote; moves behind it.
    fn string(&mut self) -> Option<&[u8]> {
        let from = self.at;
        self.take(b'"')?;
        loop {
            self.at = next_quote(self.bytes, self.at)?;
            match self.bytes.get(self.at) {
                Some(b'\\') => self.at += 2,
                _ => break,
            }
        }
        self.at += 1;
        self.bytes.get(from..self.at).filter(|quoted| is_canonical(quoted))
    }

    fn object(&mut self) -> Option<()> {
        if self.bytes.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Some(());
        }
        loop {
            if self.string()? == b"\"__proto__\"" {
                return None;
            }
            self.take(b':')?;
            self.slot(b'1')?;
            let next = *self.bytes.get(self.at)?;
            self.at += 1;
            match next {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn tagged(&mut self) -> Option<()> {
        self.string()?;
        let tag = self.bytes.get(2..self.at - 1)?;
        let (is_map, is_set) = (tag == b"Map", tag == b"Set");
        if (is_map || is_set) && self.bytes.get(self.at) == Some(&b']') {
            self.at += 1;
            return Some(());
        }
        self.take(b',')?;
        match self.bytes.get(self.at)? {
            // A URL becomes what Astro's reducer makes of it, and "null" is an object without a prototype.
            b'"' if tag != b"URL" && tag != b"null" => {
                self.string()?;
                if tag == b"RegExp" && self.bytes.get(self.at) == Some(&b',') {
                    self.at += 1;
                    self.string().filter(|flags| flags.len() > 2)?;
                }
                self.take(b']')
            }
            b'0'..=b'9' if is_map => self.list(b'1')?.is_multiple_of(2).then_some(()),
            b'0'..=b'9' if is_set => self.list(b'1').map(drop),
            b'0'..=b'9' if !matches!(tag, b"Date" | b"RegExp" | b"BigInt") => {
                self.slot(b'1')?;
                self.take(b']')
            }
            _ => None,
        }
    }
}
