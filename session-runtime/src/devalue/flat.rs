//! Entries as devalue writes them, recognised in a few steps each. They are almost all of every text; what is not
//! recognised here is looked at byte by byte.

use super::digits::{end_of_digits, end_of_numbers};
use super::entry::ONLY_DATA;
use super::marks::{Quotes, StringMarks, string_marks};
use super::search;

/// The place behind the entry at `at`, if it is a string without escapes, a number of digits, a word, or a container
/// of such strings and references alone; `None` says nothing. JSON allows more; a container is closed behind it.
#[inline]
pub(crate) fn end_of_entry(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'"' => string(bytes, at),
        b'{' => only_data(bytes, at).or_else(|| object(bytes, at)),
        b'[' => list(bytes, at),
        b'1'..=b'9' => Some(end_of_digits(bytes, at + 1)),
        b'0' => Some(at + 1),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => None,
    }
}

/// Short strings directly behind one another, most of what a text is made of: notes where each but the first starts,
/// up to `limit` starts in all, and gives the start of the last one and the place behind it, if that is seen.
#[inline(never)]
pub(crate) fn strings(
    bytes: &[u8],
    mut at: usize,
    starts: &mut Vec<u32>,
    limit: usize,
) -> (usize, Option<usize>) {
    // Few are found one by one, which takes less than a block.
    for _ in 0..FEW {
        match next_string(bytes, at, starts, limit) {
            Ok(next) => at = next,
            Err(end) => return (at, end),
        }
    }
    at = strings_in_blocks(bytes, at, starts, limit);
    loop {
        match next_string(bytes, at, starts, limit) {
            Ok(next) => at = next,
            Err(end) => return (at, end),
        }
    }
}

const FEW: usize = 2;

/// Notes the start of the string behind the one at `at`, if that is short. Otherwise the place behind the one at `at`, if
/// that is seen.
#[inline(always)]
fn next_string(bytes: &[u8], at: usize, starts: &mut Vec<u32>, limit: usize) -> Result<usize, Option<usize>> {
    let Some(end) = search::end_if_short(bytes, at + 1) else { return Err(None) };
    if bytes.get(end..end + 3) == Some(b"\",\"") && starts.len() < limit {
        starts.push(u32::try_from(end + 2).unwrap_or(u32::MAX));
        return Ok(end + 2);
    }
    Err((byte(bytes, end) == b'"').then_some(end + 1))
}

/// As [`strings`], many at a time, as far as whole blocks reach.
#[inline]
fn strings_in_blocks(bytes: &[u8], mut last: usize, starts: &mut Vec<u32>, limit: usize) -> usize {
    /// Where in a block what stands between two strings, `","`, is seen whole. The next block begins behind.
    const SEEN: usize = 62;
    const SEEN_BITS: u64 = (1 << SEEN) - 1;
    /// How many strings may begin there.
    const MOST: usize = SEEN.div_ceil(3);
    /// Texts of 4 GiB go the long way.
    const LAST: u32 = u32::MAX - 64;

    let (mut from, mut opened_before) = (last + 1, 0);
    while let Some(block) = bytes.get(from..).and_then(<[u8]>::first_chunk)
        && let Ok(begin @ ..LAST) = u32::try_from(from)
        && let Some(StringMarks { quotes, commas }) = string_marks(block)
    {
        let between = quotes & commas >> 1 & quotes >> 2 & SEEN_BITS;
        let opening = between << 2 | opened_before;
        // Two that overlap are a string that holds a comma alone.
        let wrong = (quotes ^ (between | opening) | between & opening) & SEEN_BITS;
        let right = (wrong & wrong.wrapping_neg()).wrapping_sub(1);
        // Their second quote has to be right as well.
        let mut found = between & right >> 2;
        if found == 0 || starts.len() + SEEN > limit {
            break;
        }
        // Room for all there may be, filled from the front: to push one by one makes each wait for the one before.
        let (before, mut count) = (starts.len(), 0);
        starts.extend_from_slice(&[0; MOST]);
        for place in starts.iter_mut().skip(before) {
            if found == 0 {
                break;
            }
            *place = begin + found.trailing_zeros() + 2;
            found &= found - 1;
            count += 1;
        }
        starts.truncate(before + count);
        last = starts.last().map_or(last, |&start| start as usize);
        if wrong != 0 {
            break;
        }
        from += SEEN;
        opened_before = between >> (SEEN - 2);
    }
    last
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

/// The place behind an entry with [`ONLY_DATA`].
#[inline(never)]
fn only_data(bytes: &[u8], at: usize) -> Option<usize> {
    let [before, behind] = ONLY_DATA;
    let number = bytes.get(at..)?.strip_prefix(before.as_bytes())?;
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_index = number.first() != Some(&b'0') && digits > 0;
    let rest = number.get(digits..)?.strip_prefix(behind.as_bytes())?;
    is_index.then(|| bytes.len() - rest.len())
}

#[inline]
fn object(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    if byte(bytes, at) == b'}' {
        return Some(at + 1);
    }
    let mut quotes = Quotes::default();
    loop {
        let colon = match quotes.next_two(bytes, at) {
            Some((open, close)) if open == at && byte(bytes, close) == b'"' => close + 1,
            _ if byte(bytes, at) == b'"' => {
                quotes = Quotes::default();
                string(bytes, at)?
            }
            _ => return None,
        };
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
            b'0'..=b'9' => end_of_numbers(bytes, at)?,
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

#[cfg(test)]
mod tests {
    use super::{object, only_data, string, strings};

    /// As [`strings`] for strings of any length, byte by byte.
    fn slowly(bytes: &[u8], at: usize) -> Vec<u32> {
        let mut starts = Vec::new();
        let mut last = at;
        loop {
            let inside = bytes[last + 1..].iter();
            let Some(length) = inside.clone().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) else {
                break;
            };
            let end = last + 1 + length;
            if !bytes[end..].starts_with(b"\",\"") {
                break;
            }
            last = end + 2;
            starts.push(u32::try_from(last).expect("a short text"));
        }
        starts
    }

    /// Checks what is found in a text that begins with a string: as much as there is, but for what long strings cut off.
    fn check(text: &str, limit: usize) {
        let mut starts = vec![0];
        let (last, end) = strings(text.as_bytes(), 0, &mut starts, limit);
        assert!(end.is_none_or(|end| string(text.as_bytes(), last) == Some(end)), "{text}");
        let expected = slowly(text.as_bytes(), 0);
        let found = &starts[1..];
        assert!(found.len() <= expected.len(), "{text} {found:?} {expected:?}");
        assert_eq!(found, &expected[..found.len()], "{text}");
        assert_eq!(Some(last), starts.last().map(|&start| start as usize), "{text}");
        assert!(starts.len() <= limit, "{text}");
        let is_cut_off = || {
            let rest = &text.as_bytes()[last + 1..];
            starts.len() == limit || !rest.iter().take(16).any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
        };
        assert!(found.len() == expected.len() || is_cut_off() || text.len() - last < 20, "{text}");
    }

    #[test]
    fn entries_of_a_session_are_objects_like_others() {
        let numbers = ["1", "0", "12", "907", "007", "-1", "", "1.5", "1e3", "\"1\"", " 1", "1 "];
        let heads = ["{\"data\":", "{\"date\":", "{ \"data\":", "[\"data\","];
        let tails = [
            ",\"expires\":-1}",
            ",\"expires\":-12}",
            ",\"expires\":-1]",
            ",\"expires\":-1",
            ",\"expire\":-1}",
            "}",
        ];
        let mut found = 0;
        for [head, number, tail, rest] in heads.into_iter().flat_map(|head| {
            numbers.into_iter().flat_map(move |number| {
                tails.into_iter().flat_map(move |tail| ["", ",1", "]"].map(|rest| [head, number, tail, rest]))
            })
        }) {
            let text = format!("[{head}{number}{tail}{rest}");
            if let Some(end) = only_data(text.as_bytes(), 1) {
                assert_eq!(object(text.as_bytes(), 1), Some(end), "{text}");
                assert_eq!(end, text.len() - rest.len(), "{text}");
                found += 1;
            }
        }
        // Three numbers that are none of zero, before three rests.
        assert_eq!(found, 9);
    }

    #[test]
    fn strings_are_found_wherever_they_stand_in_blocks() {
        let words = ["", ",", "\u{e9}", "ab", ",,", "123456789012", "a,b,c", "fifteen letters"];
        let others = [
            "1",
            "[1]",
            "{}",
            "\"\\\"\"",
            "\"a\\\\\"",
            "\"\n\"",
            " \"a\"",
            "\"a\" ",
            "]",
            ",",
            "\"",
            "\"a\":1",
        ];
        let mut seed = 7_usize;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for round in 0..20_000 {
            let mut text = String::from("\"");
            text += &"x".repeat(next(14));
            text.push('"');
            for _ in 0..next(30) {
                text.push(',');
                match next(40) {
                    0 => text += others[next(others.len())],
                    1 => text += &format!("\"{}\"", "y".repeat(next(90))),
                    _ => text += &format!("\"{}\"", words[next(words.len())]),
                }
            }
            if round % 3 > 0 {
                text += "],\"\"";
            }
            check(&text, if round % 7 == 0 { 1 + next(20) } else { 1_000 });
        }
    }
}
