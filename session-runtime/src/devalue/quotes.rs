//! The strings of a text, found by the quotes of sixty-four bytes at a time: so none has to wait until the end of the one
//! before is found.

use wide::u8x16;

use super::marks::push;
use super::search::{control, equal, least, next_far_in_json, split};
use super::starts::{Starts, start};

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Finds strings one after another.
pub(crate) struct Quotes<'t> {
    bytes: &'t [u8],
    block: Block,
    /// Up to here there are others than plain strings.
    odd_until: usize,
}

/// Sixty-four bytes.
#[derive(Clone, Copy)]
struct Block {
    begin: usize,
    /// Its quotes that are left: the lowest bit for the first byte.
    quotes: u64,
}

impl<'t> Quotes<'t> {
    #[inline(always)]
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, block: Block { begin: 0, quotes: 0 }, odd_until: 0 }
    }

    /// Where the last quote of the string stands that begins at `at`. `None` says nothing: there may be a backslash or a
    /// control character, or the text ends.
    #[inline(always)]
    pub(crate) fn close_of(&mut self, at: usize) -> Option<usize> {
        let Block { begin, quotes } = self.block;
        let rest = without_lowest(quotes);
        if place(begin, quotes) != at || rest == 0 {
            // Handed over and taken back in single words, so that they are in registers otherwise.
            let far = far_close_of(self.bytes, self.block, at, self.odd_until);
            self.block = far.block;
            self.odd_until = far.odd_until;
            return far.close;
        }
        self.block.quotes = without_lowest(rest);
        Some(place(begin, rest))
    }

    /// Short strings directly behind one another, of which the first begins at `first`: notes where they begin, as far as
    /// whole blocks and `limit` reach, but for the last one, whose start it gives.
    #[inline(always)]
    pub(crate) fn strings(&mut self, first: usize, starts: &mut Starts, limit: usize) -> usize {
        let (last, block) = strings(self.bytes, first, starts, limit);
        self.block = block;
        last
    }
}

struct Far {
    close: Option<usize>,
    block: Block,
    odd_until: usize,
}

/// As [`Quotes::close_of`], where not both quotes are known.
#[inline(never)]
fn far_close_of(bytes: &[u8], mut block: Block, at: usize, odd_until: usize) -> Far {
    let none = |odd_until| Far { close: None, block: Block { begin: at, quotes: 0 }, odd_until };
    if at < odd_until || bytes.get(at) != Some(&b'"') {
        return none(odd_until);
    }
    if block.quotes == 0 || place(block.begin, block.quotes) != at {
        block = match load(bytes, at) {
            Ok(block) => block,
            Err(odd_until) => return none(odd_until),
        };
    }
    let rest = without_lowest(block.quotes);
    if rest == 0 {
        // A long one: to know all quotes of the blocks inside it would be of no use.
        let close = next_far_in_json(bytes, block.begin + BLOCK).filter(|&end| bytes.get(end) == Some(&b'"'));
        return Far { close, ..none(odd_until) };
    }
    block.quotes = without_lowest(rest);
    Far { close: Some(place(block.begin, rest)), block, odd_until }
}

/// The block that begins there, or up to where others than plain strings are.
#[inline(always)]
fn load(bytes: &[u8], begin: usize) -> Result<Block, usize> {
    // At the end of the text some bytes are looked at once more.
    let from = begin.min(bytes.len().checked_sub(BLOCK).ok_or(0_usize)?);
    let chunks = bytes.get(from..).and_then(<[u8]>::first_chunk).map(split).ok_or(0_usize)?;
    if has_odd(chunks) {
        return Err(from + BLOCK);
    }
    let passed = u32::try_from(begin - from).unwrap_or(u32::MAX);
    Ok(Block { begin, quotes: bits(chunks, b'"').checked_shr(passed).unwrap_or(0) })
}

/// As [`Quotes::strings`].
#[inline(never)]
fn strings(bytes: &[u8], mut last: usize, starts: &mut Starts, limit: usize) -> (usize, Block) {
    /// Where in a block what stands between two strings, `","`, is seen whole. The next block begins behind.
    const SEEN: usize = BLOCK - 2;
    const SEEN_BITS: u64 = (1 << SEEN) - 1;
    /// More than may begin there.
    const ROOM: usize = 32;

    let (mut from, mut opened_before) = (last, 1);
    while let Some(chunks) = bytes.get(from..).and_then(<[u8]>::first_chunk).map(split)
        && !has_odd(chunks)
    {
        let (quotes, commas) = (bits(chunks, b'"'), bits(chunks, b','));
        let between = quotes & commas >> 1 & quotes >> 2 & SEEN_BITS;
        let opening = between << 2 | opened_before;
        // Two that overlap are a string that holds a comma alone.
        let wrong = (quotes ^ (between | opening) | between & opening) & SEEN_BITS;
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
            return (last, Block { begin: from, quotes: quotes >> passed << passed });
        }
        break;
    }
    (last, Block { begin: last, quotes: 0 })
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

/// Where a byte is: the lowest bit for the first one.
#[inline(always)]
fn bits(chunks: [u8x16; 4], byte: u8) -> u64 {
    let mut bits = 0;
    chunks.into_iter().rev().for_each(|chunk| push(&mut bits, equal(chunk, byte)));
    bits
}

/// Whether there is a backslash or a control character.
#[inline(always)]
fn has_odd([a, b, c, d]: [u8x16; 4]) -> bool {
    let escape = |chunk| equal(chunk, b'\\');
    let escapes = (escape(a) | escape(b)) | (escape(c) | escape(d));
    (escapes | control(least([a, b, c, d]))).to_bitmask() != 0
}

#[inline(always)]
fn without_lowest(bits: u64) -> u64 {
    bits & bits.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
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
        let last = quotes.strings(0, &mut starts, limit);
        assert!(starts.len() <= limit, "{text}");
        let starts: Vec<_> = starts.iter().copied().chain(u32::try_from(last)).collect();
        assert_eq!(starts[0], 0, "{text}");
        let (found, expected) = (&starts[1..], strings_slowly(bytes, 0));
        assert!(expected.starts_with(found), "{text} {found:?} {expected:?}");
        // The last one and those behind it one by one, and again some that are behind already.
        let behind = expected.get(found.len()..).unwrap_or_default().iter().map(|&start| start as usize);
        let mut ends = 0;
        for at in std::iter::once(last).chain(behind.clone()).chain([0, last]).chain(behind.step_by(2)) {
            let close = quotes.close_of(at);
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
