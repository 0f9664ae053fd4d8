//! The strings of a text, found by the quotes of sixty-four bytes at a time: so none has to wait until the end of the one
//! before is found.

use fearless_simd::prelude::*;

use super::block::{BLOCK, Block};
use super::search::next_far_in_json;
use super::starts::{MOST_AT_ONCE, Starts, start};

/// Finds strings one after another.
pub(crate) struct Quotes<'t> {
    bytes: &'t [u8],
    found: Found,
    /// Up to here there are others than plain strings.
    odd_until: usize,
}

/// The quotes of a block that are left: the lowest bit for its first byte.
#[derive(Clone, Copy)]
struct Found {
    begin: usize,
    quotes: u64,
}

impl<'t> Quotes<'t> {
    #[inline(always)]
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, found: Found { begin: 0, quotes: 0 }, odd_until: 0 }
    }

    /// Where the last quote of the string stands that begins at `at`. `None` says nothing: there may be a backslash or a
    /// control character, or the text ends.
    #[inline(always)]
    pub(crate) fn close_of<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        let Found { begin, quotes } = self.found;
        let rest = without_lowest(quotes);
        if place(begin, quotes) != at || rest == 0 {
            // Handed over and taken back in single words, so that they are in registers otherwise.
            let far = far_close_of(simd, self.bytes, self.found, at, self.odd_until);
            self.found = far.found;
            self.odd_until = far.odd_until;
            return far.close;
        }
        self.found.quotes = without_lowest(rest);
        Some(place(begin, rest))
    }

    /// Short strings directly behind one another, of which the first begins at `first`: notes where they begin, as far as
    /// whole blocks and `limit` reach, but for the last one, whose start it gives.
    #[inline(always)]
    pub(crate) fn strings<S: Simd>(
        &mut self,
        simd: S,
        first: usize,
        starts: &mut Starts,
        limit: usize,
    ) -> usize {
        let (last, found) = strings(simd, self.bytes, first, starts, limit);
        self.found = found;
        last
    }
}

struct Far {
    close: Option<usize>,
    found: Found,
    odd_until: usize,
}

/// As [`Quotes::close_of`], where not both quotes are known.
fn far_close_of<S: Simd>(simd: S, bytes: &[u8], found: Found, at: usize, odd_until: usize) -> Far {
    simd.vectorize(
        #[inline(always)]
        move || far_close_in(simd, bytes, found, at, odd_until),
    )
}

#[inline(always)]
fn far_close_in<S: Simd>(simd: S, bytes: &[u8], mut found: Found, at: usize, odd_until: usize) -> Far {
    let none = |odd_until| Far { close: None, found: Found { begin: at, quotes: 0 }, odd_until };
    if at < odd_until || bytes.get(at) != Some(&b'"') {
        return none(odd_until);
    }
    if found.quotes == 0 || place(found.begin, found.quotes) != at {
        found = match quotes_from(simd, bytes, at) {
            Ok(found) => found,
            Err(odd_until) => return none(odd_until),
        };
    }
    let rest = without_lowest(found.quotes);
    if rest == 0 {
        // A long one: to know all quotes of the blocks inside it would be of no use.
        let end = next_far_in_json(simd, bytes, found.begin + BLOCK);
        return Far { close: end.filter(|&end| bytes.get(end) == Some(&b'"')), ..none(odd_until) };
    }
    found.quotes = without_lowest(rest);
    Far { close: Some(place(found.begin, rest)), found, odd_until }
}

/// The quotes of the block that begins there, or up to where others than plain strings are.
#[inline(always)]
fn quotes_from<S: Simd>(simd: S, bytes: &[u8], begin: usize) -> Result<Found, usize> {
    // At the end of the text some bytes are looked at once more.
    let from = begin.min(bytes.len().checked_sub(BLOCK).ok_or(0_usize)?);
    let block = bytes.get(from..).and_then(<[u8]>::first_chunk).ok_or(0_usize)?;
    let block = Block::new(simd, block);
    if block.odd().any_true() {
        return Err(from + BLOCK);
    }
    let passed = u32::try_from(begin - from).unwrap_or(u32::MAX);
    Ok(Found { begin, quotes: block.bits(b'"').checked_shr(passed).unwrap_or(0) })
}

/// As [`Quotes::strings`].
fn strings<S: Simd>(simd: S, bytes: &[u8], last: usize, starts: &mut Starts, limit: usize) -> (usize, Found) {
    simd.vectorize(
        #[inline(always)]
        move || strings_in(simd, bytes, last, starts, limit),
    )
}

#[inline(always)]
fn strings_in<S: Simd>(
    simd: S,
    bytes: &[u8],
    mut last: usize,
    starts: &mut Starts,
    limit: usize,
) -> (usize, Found) {
    /// Where in a block what stands between two strings, `","`, is seen whole. The next block begins behind.
    const SEEN: usize = BLOCK - 2;
    const SEEN_BITS: u64 = (1 << SEEN) - 1;
    /// More than may begin there.
    const ROOM: usize = MOST_AT_ONCE;

    let (mut from, mut opened_before) = (last, 1);
    while let Some(block) = bytes.get(from..).and_then(<[u8]>::first_chunk)
        && let block = Block::new(simd, block)
        && !block.odd().any_true()
    {
        let (quotes, commas) = (block.bits(b'"'), block.bits(b','));
        let between = quotes & commas >> 1 & quotes >> 2 & SEEN_BITS;
        // Both are quotes, and no other may be here: then they add up to all of them. One that would be both, the end of a
        // string that holds a comma alone, is carried to where no quote is.
        let opening = (between << 2).wrapping_add(opened_before);
        let wrong = (between.wrapping_add(opening) ^ quotes) & SEEN_BITS;
        let mut found = if wrong == 0 { between } else { up_to_first(wrong, between) };
        if found != 0 {
            let Some(room) = starts.room::<ROOM>() else {
                match starts.grow(ROOM, limit) {
                    Some(()) => continue,
                    None => break,
                }
            };
            let mut count = 0;
            while found != 0 {
                // There are never more than there is room for; like this it need not be asked.
                room[count % ROOM] = start(last);
                last = place(from, found) + 2;
                found &= found - 1;
                count += 1;
            }
            starts.filled(count);
            if wrong == 0 {
                from += SEEN;
                opened_before = between >> (SEEN - 2);
                continue;
            }
        }
        // What is known of the last one is not looked for again.
        if let Some(passed) = last.checked_sub(from) {
            return (last, Found { begin: from, quotes: quotes >> passed << passed });
        }
        break;
    }
    (last, Found { begin: last, quotes: 0 })
}

/// The bits below the lowest of the wrong ones. Rare, and said to be, so that what is found need not wait for what is wrong.
#[cold]
fn up_to_first(wrong: u64, bits: u64) -> u64 {
    bits & wrong.wrapping_sub(1) & !wrong
}

/// Where the lowest of the bits of a block stands.
#[inline(always)]
fn place(begin: usize, bits: u64) -> usize {
    begin + bits.trailing_zeros() as usize
}

#[inline(always)]
fn without_lowest(bits: u64) -> u64 {
    bits & bits.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::{Quotes, Starts};

    /// Where the string ends that begins there, if it has no escape and no control character, byte by byte.
    fn close_slowly(bytes: &[u8], at: usize) -> Option<usize> {
        let is_end = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
        let close = at + 1 + bytes[at + 1..].iter().position(is_end)?;
        (bytes[close] == b'"').then_some(close)
    }

    /// As [`Quotes::strings`] for strings of any length.
    fn strings_slowly(bytes: &[u8], at: usize) -> Vec<u32> {
        let close = |at: usize| close_slowly(bytes, at).filter(|&close| bytes[close..].starts_with(b"\",\""));
        let next = |at: &usize| close(*at).map(|close| close + 2);
        let starts = std::iter::successors(Some(at), next).skip(1);
        starts.map(|start| u32::try_from(start).expect("a short text")).collect()
    }

    /// Checks what is found in a text that begins with a string, and gives how many strings and ends that is.
    fn check(text: &str, limit: usize) -> [usize; 2] {
        let bytes = text.as_bytes();
        let (mut quotes, mut starts) = (Quotes::new(bytes), Starts::begin(limit));
        let last = dispatch!(Level::new(), simd => quotes.strings(simd, 0, &mut starts, limit));
        assert!(starts.len() <= limit, "{text}");
        let starts: Vec<_> = starts.iter().copied().chain(u32::try_from(last)).collect();
        assert_eq!(starts[0], 0, "{text}");
        let (found, expected) = (&starts[1..], strings_slowly(bytes, 0));
        assert!(expected.starts_with(found), "{text} {found:?} {expected:?}");
        // The last one and those behind it one by one, and again some that are behind already.
        let behind = expected.get(found.len()..).unwrap_or_default().iter().map(|&start| start as usize);
        let mut ends = 0;
        for at in std::iter::once(last).chain(behind.clone()).chain([0, last]).chain(behind.step_by(2)) {
            let close = dispatch!(Level::new(), simd => quotes.close_of(simd, at));
            assert!(close.is_none() || close == close_slowly(bytes, at), "{at} {close:?} {text}");
            ends += usize::from(close.is_some());
        }
        [found.len(), ends]
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
        let mut found = [0, 0];
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
            let seen = check(&text, if round % 7 == 0 { 1 + next(20) } else { 1_000 });
            found = [found[0] + seen[0], found[1] + seen[1]];
        }
        assert!(found.into_iter().all(|count| count > 50_000), "{found:?}");
    }
}
