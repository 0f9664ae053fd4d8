//! The strings of a text, found by the quotes of sixty-four bytes at a time: so none has to wait until the end of the one
//! before is found.

use wide::u8x16;

use super::marks::push;
use super::search::{control, equal, least, next_far_in_json, split};

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Finds strings one after another.
pub(crate) struct Quotes<'t> {
    bytes: &'t [u8],
    /// Where the block begins.
    begin: usize,
    /// Its quotes that are left: the lowest bit for the first byte.
    quotes: u64,
    /// Up to here there are others than plain strings.
    odd_until: usize,
}

impl<'t> Quotes<'t> {
    #[inline(always)]
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, begin: 0, quotes: 0, odd_until: 0 }
    }

    /// Where the last quote of the string stands that begins at `at`. `None` says nothing: there may be a backslash or a
    /// control character, or the text ends.
    #[inline(always)]
    pub(crate) fn close_of(&mut self, at: usize) -> Option<usize> {
        let rest = without_lowest(self.quotes);
        if self.place_of(self.quotes) != at || rest == 0 {
            return self.far_close_of(at);
        }
        self.quotes = without_lowest(rest);
        Some(self.place_of(rest))
    }

    /// As [`Self::close_of`], where not both quotes are known.
    #[inline(never)]
    fn far_close_of(&mut self, at: usize) -> Option<usize> {
        if at < self.odd_until || self.bytes.get(at) != Some(&b'"') {
            return None;
        }
        if self.quotes == 0 || self.place_of(self.quotes) != at {
            self.load(at)?;
        }
        let rest = without_lowest(self.quotes);
        if rest == 0 {
            // A long one: to know all quotes of the blocks inside it would be of no use.
            self.quotes = 0;
            return next_far_in_json(self.bytes, self.begin + BLOCK)
                .filter(|&end| self.bytes.get(end) == Some(&b'"'));
        }
        self.quotes = without_lowest(rest);
        Some(self.place_of(rest))
    }

    /// Short strings directly behind one another, of which the first begins at `last`: notes where the others begin, up to
    /// `limit` starts in all, as far as whole blocks reach, and gives the start of the last one.
    #[inline(never)]
    pub(crate) fn strings(&mut self, mut last: usize, starts: &mut Vec<u32>, limit: usize) -> usize {
        /// Where in a block what stands between two strings, `","`, is seen whole. The next block begins behind.
        const SEEN: usize = BLOCK - 2;
        const SEEN_BITS: u64 = (1 << SEEN) - 1;
        /// How many strings may begin there.
        const MOST: usize = SEEN.div_ceil(3);
        /// Texts of 4 GiB go the long way.
        const LAST: u32 = u32::MAX - 64;

        let (mut from, mut opened_before) = (last, 1);
        while let Some(chunks) = self.bytes.get(from..).and_then(<[u8]>::first_chunk).map(split)
            && let Ok(begin @ ..LAST) = u32::try_from(from)
            && !has_odd(chunks)
        {
            let (quotes, commas) = (bits(chunks, b'"'), bits(chunks, b','));
            let between = quotes & commas >> 1 & quotes >> 2 & SEEN_BITS;
            let opening = between << 2 | opened_before;
            // Two that overlap are a string that holds a comma alone.
            let wrong = (quotes ^ (between | opening) | between & opening) & SEEN_BITS;
            let right = (wrong & wrong.wrapping_neg()).wrapping_sub(1);
            // Their second quote has to be right as well.
            let mut found = between & right >> 2;
            if found != 0 && starts.len() + SEEN <= limit {
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
                if wrong == 0 {
                    from += SEEN;
                    opened_before = between >> (SEEN - 2);
                    continue;
                }
            }
            // What is known of the last one is not looked for again.
            if let Some(passed) = last.checked_sub(from) {
                (self.begin, self.quotes) = (from, quotes >> passed << passed);
            }
            break;
        }
        last
    }

    fn place_of(&self, bits: u64) -> usize {
        self.begin + bits.trailing_zeros() as usize
    }

    #[inline(always)]
    fn load(&mut self, begin: usize) -> Option<()> {
        self.quotes = 0;
        // At the end of the text some bytes are looked at once more.
        let from = begin.min(self.bytes.len().checked_sub(BLOCK)?);
        let passed = u32::try_from(begin - from).ok()?;
        let chunks = split(self.bytes.get(from..)?.first_chunk()?);
        if has_odd(chunks) {
            self.odd_until = from + BLOCK;
            return None;
        }
        (self.begin, self.quotes) = (begin, bits(chunks, b'"').checked_shr(passed)?);
        Some(())
    }
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
    use super::Quotes;

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
        let (mut quotes, mut starts) = (Quotes::new(bytes), vec![0]);
        let last = quotes.strings(0, &mut starts, limit);
        assert!(starts.len() <= limit, "{text}");
        assert_eq!(starts.last().map(|&start| start as usize), Some(last), "{text}");
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
