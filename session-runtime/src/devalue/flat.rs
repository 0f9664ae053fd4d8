//! Entries as devalue writes them, recognised in a few steps each. They are almost all of every text; what is not
//! recognised here is looked at byte by byte.

use super::search;

/// The place behind the entry at `at`, if it is a string without escapes, a number of digits, a word, or a container
/// of such strings and references alone; `None` says nothing. JSON allows more; a container is closed behind it.
#[inline]
pub(crate) fn end_of_entry(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'"' => string(bytes, at),
        b'{' => object(bytes, at),
        b'[' => list(bytes, at),
        b'1'..=b'9' => Some(digits(bytes, at + 1)),
        b'0' => Some(at + 1),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => None,
    }
}

/// Short strings directly behind one another, most of what a text is made of: notes where each but the first starts,
/// up to `limit` starts in all, and gives the start of the last one.
#[inline(never)]
pub(crate) fn strings(bytes: &[u8], mut at: usize, starts: &mut Vec<u32>, limit: usize) -> usize {
    while let Some(end) = search::end_if_short(bytes, at + 1)
        && bytes.get(end..end + 3) == Some(b"\",\"")
        && starts.len() < limit
    {
        at = end + 2;
        starts.push(u32::try_from(at).unwrap_or(u32::MAX));
    }
    at
}

#[inline]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

#[inline]
fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(word).then_some(at + word.len())
}

#[inline]
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let end = search::next_in_json(bytes, at + 1)?;
    (byte(bytes, end) == b'"').then_some(end + 1)
}

#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while byte(bytes, at).is_ascii_digit() {
        at += 1;
    }
    at
}

#[inline]
fn object(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    if byte(bytes, at) == b'}' {
        return Some(at + 1);
    }
    loop {
        if byte(bytes, at) != b'"' {
            return None;
        }
        let colon = string(bytes, at)?;
        if byte(bytes, colon) != b':' {
            return None;
        }
        at = reference(bytes, colon + 1)?;
        match byte(bytes, at) {
            b',' => at += 1,
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
}

#[inline]
fn list(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    if byte(bytes, at) == b']' {
        return Some(at + 1);
    }
    loop {
        at = match byte(bytes, at) {
            b'"' => string(bytes, at)?,
            b'0'..=b'9' => search::end_of_numbers(bytes, at)?,
            _ => reference(bytes, at)?,
        };
        match byte(bytes, at) {
            b',' => at += 1,
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// The place behind a reference or a sentinel as devalue writes it.
#[inline]
fn reference(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'1'..=b'9' => Some(digits(bytes, at + 1)),
        b'0' => Some(at + 1),
        b'-' if matches!(byte(bytes, at + 1), b'1'..=b'7') => Some(at + 2),
        _ => None,
    }
}
