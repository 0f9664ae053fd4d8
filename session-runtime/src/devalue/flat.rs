//! Entries as devalue writes them, recognised in a few steps each. They are almost all of every text; what is not
//! recognised here is looked at byte by byte.

use super::digits::{end_of_digits, end_of_numbers, plain_digits};
use super::entry::ONLY_DATA;
use super::error::Error;
use super::quotes::Quotes;
use super::search;
use super::starts::Starts;

/// Notes the starts of entries directly behind one another, the first of which begins at `at`. Stops behind the last of
/// them, and says so, or at the first that is none of these, which is not noted.
#[inline(never)]
pub(crate) fn entries(
    bytes: &[u8],
    mut at: usize,
    starts: &mut Starts,
    limit: usize,
) -> Result<(usize, bool), Error> {
    let mut quotes = Quotes::new(bytes);
    let mut behind_string = false;
    loop {
        let first = byte(bytes, at);
        if first == b'"' && !behind_string && begins_strings(bytes, at) {
            at = quotes.strings(at, starts, limit);
        }
        behind_string = first == b'"';
        let Some(end) = end_of_entry(bytes, at, first, &mut quotes) else { return Ok((at, false)) };
        match byte(bytes, end) {
            b',' => starts.push(at, limit)?,
            b']' | b' ' | b'\n' => {
                starts.push(at, limit)?;
                return Ok((end, true));
            }
            // A number that goes on, or no JSON.
            _ => return Ok((at, false)),
        }
        at = end + 1;
    }
}

/// The place behind the entry at `at`, if it is a string without escapes, a number of digits, a word, or a container
/// of such strings and references alone; `None` says nothing. JSON allows more; a container is closed behind it. `first`
/// is the byte that stands there.
#[inline(always)]
fn end_of_entry(bytes: &[u8], at: usize, first: u8, quotes: &mut Quotes<'_>) -> Option<usize> {
    match first {
        b'"' => string(bytes, at, quotes),
        b'{' => only_data(bytes, at).or_else(|| object(bytes, at, quotes)),
        b'[' => list(bytes, at, quotes),
        b'1'..=b'9' => Some(end_of_digits(bytes, at + 1)),
        b'0' => Some(at + 1),
        b't' => word(bytes, at, b"true"),
        b'f' => word(bytes, at, b"false"),
        b'n' => word(bytes, at, b"null"),
        _ => None,
    }
}

/// Whether a short string stands there, directly before another one.
#[inline]
fn begins_strings(bytes: &[u8], at: usize) -> bool {
    let chunk = bytes.get(at + 1..).and_then(<[u8]>::first_chunk);
    chunk.is_some_and(|chunk| search::has_between(*chunk))
}

#[inline]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

#[inline]
fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(word).then_some(at + word.len())
}

#[inline(always)]
fn string(bytes: &[u8], at: usize, quotes: &mut Quotes<'_>) -> Option<usize> {
    match quotes.close_of(at) {
        Some(close) => Some(close + 1),
        None => odd_string(bytes, at),
    }
}

#[inline(never)]
fn odd_string(bytes: &[u8], at: usize) -> Option<usize> {
    let end = search::next_in_json(bytes, at + 1)?;
    (byte(bytes, at) == b'"' && byte(bytes, end) == b'"').then_some(end + 1)
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

#[inline(always)]
fn object(bytes: &[u8], at: usize, quotes: &mut Quotes<'_>) -> Option<usize> {
    let mut at = at + 1;
    if byte(bytes, at) == b'}' {
        return Some(at + 1);
    }
    loop {
        let behind_key = string(bytes, at, quotes)?;
        let ahead = bytes.get(behind_key..).and_then(<[u8]>::first_chunk);
        let short = ahead.and_then(|ahead| short_member(*ahead));
        let (length, next) = short.or_else(|| member(bytes, behind_key))?;
        let end = behind_key + length;
        match next {
            b',' => at = end + 1,
            b'}' => return Some(end + 1),
            _ => return None,
        }
    }
}

/// How long the colon and the reference are that eight bytes begin with, and what follows them; `None` says nothing.
#[inline(always)]
fn short_member(ahead: [u8; 8]) -> Option<(usize, u8)> {
    let ahead = u64::from_le_bytes(ahead);
    let width = plain_digits(ahead >> 8);
    let [colon, first, ..] = ahead.to_le_bytes();
    let is_index = width == 1 || (2..6).contains(&width) && first != b'0';
    if colon != b':' || !is_index {
        return None;
    }
    let [next, ..] = (ahead >> (8 + 8 * width)).to_le_bytes();
    Some((1 + width as usize, next))
}

/// As [`short_member`], of any length, and where the text ends soon.
#[inline(never)]
fn member(bytes: &[u8], at: usize) -> Option<(usize, u8)> {
    if byte(bytes, at) != b':' {
        return None;
    }
    let end = reference(bytes, at + 1)?;
    Some((end - at, byte(bytes, end)))
}

#[inline]
fn list(bytes: &[u8], at: usize, quotes: &mut Quotes<'_>) -> Option<usize> {
    let mut at = at + 1;
    if byte(bytes, at) == b']' {
        return Some(at + 1);
    }
    loop {
        at = match byte(bytes, at) {
            b'"' => string(bytes, at, quotes)?,
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
    use super::{Quotes, object, only_data};

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
                assert_eq!(
                    object(text.as_bytes(), 1, &mut Quotes::new(text.as_bytes())),
                    Some(end),
                    "{text}"
                );
                assert_eq!(end, text.len() - rest.len(), "{text}");
                found += 1;
            }
        }
        // Three numbers that are none of zero, before three rests.
        assert_eq!(found, 9);
    }
}
