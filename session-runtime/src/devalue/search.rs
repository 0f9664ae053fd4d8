//! Finding the bytes that matter in a string, sixteen at a time.

use std::ops::ControlFlow::{self, Break, Continue};

use wide::u8x16;

const LANES: usize = 16;

#[inline]
fn equal(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.simd_eq(u8x16::splat(byte))
}

#[inline]
fn quote(bytes: u8x16) -> u8x16 {
    equal(bytes, b'"') | equal(bytes, b'\\')
}

#[inline]
fn control(bytes: u8x16) -> u8x16 {
    bytes.min(u8x16::splat(0x1f)).simd_eq(bytes)
}

/// What may be written as an escape; the first byte of U+2028 stands for other characters too.
#[inline]
fn suspect(bytes: u8x16) -> u8x16 {
    quote(bytes) | control(bytes) | equal(bytes, b'<') | equal(bytes, 0xe2)
}

/// Bytes that are looked for.
trait Sought {
    /// Which of these they are.
    fn among(bytes: u8x16) -> u8x16;

    /// Whether there are any among these: no lane is set where not.
    #[inline(always)]
    fn in_block([a, b, c, d]: [u8x16; 4]) -> u8x16 {
        (Self::among(a) | Self::among(b)) | (Self::among(c) | Self::among(d))
    }
}

/// The least of four bytes: a control character if one of them is.
#[inline(always)]
fn least([a, b, c, d]: [u8x16; 4]) -> u8x16 {
    a.min(b).min(c.min(d))
}

struct Quote;

impl Sought for Quote {
    #[inline(always)]
    fn among(bytes: u8x16) -> u8x16 {
        quote(bytes)
    }
}

/// What a string in JSON ends with, or may not hold as it is.
struct QuoteOrControl;

impl Sought for QuoteOrControl {
    #[inline(always)]
    fn among(bytes: u8x16) -> u8x16 {
        quote(bytes) | control(bytes)
    }

    #[inline(always)]
    fn in_block(chunks: [u8x16; 4]) -> u8x16 {
        Quote::in_block(chunks) | control(least(chunks))
    }
}

struct Suspect;

impl Sought for Suspect {
    #[inline(always)]
    fn among(bytes: u8x16) -> u8x16 {
        suspect(bytes)
    }

    #[inline(always)]
    fn in_block(chunks: [u8x16; 4]) -> u8x16 {
        Quote::in_block(chunks) | Escaped::in_block(chunks) | control(least(chunks))
    }
}

/// What stands in a text that is known to be JSON where a string has an escape, or wants one.
struct Escaped;

impl Sought for Escaped {
    #[inline(always)]
    fn among(bytes: u8x16) -> u8x16 {
        equal(bytes, b'\\') | equal(bytes, b'<') | equal(bytes, 0xe2)
    }
}

/// The bytes that give a text its form: a bit for each byte of a block, the lowest for the first one.
pub(crate) struct Marks {
    pub(crate) quotes: u64,
    pub(crate) brackets: u64,
    pub(crate) commas: u64,
    /// Whether there is a backslash.
    pub(crate) has_escape: bool,
}

#[inline(always)]
pub(crate) fn marks(block: &[u8; 64]) -> Marks {
    let (mut quotes, mut brackets, mut commas, mut escapes) = (0, 0, 0, u8x16::splat(0));
    for chunk in block.as_chunks::<LANES>().0.iter().rev() {
        let chunk = u8x16::new(*chunk);
        // In ASCII a bracket and a brace differ in this bit alone.
        let lower = chunk | u8x16::splat(0x20);
        push(&mut quotes, equal(chunk, b'"'));
        push(&mut brackets, equal(lower, b'{') | equal(lower, b'}'));
        push(&mut commas, equal(chunk, b','));
        escapes |= equal(chunk, b'\\');
    }
    Marks { quotes, brackets, commas, has_escape: escapes.to_bitmask() != 0 }
}

/// Appends the bits of sixteen bytes that stand in front of those before.
#[inline(always)]
fn push(bits: &mut u64, found: u8x16) {
    *bits = *bits << LANES | u64::from(found.to_bitmask());
}

/// The bytes that strings are told apart by, as [`Marks`].
pub(crate) struct StringMarks {
    pub(crate) quotes: u64,
    pub(crate) commas: u64,
}

/// `None` where there is a backslash or a control character.
#[inline(always)]
pub(crate) fn string_marks(block: &[u8; 64]) -> Option<StringMarks> {
    let (mut quotes, mut commas, mut odd) = (0, 0, u8x16::splat(0));
    for chunk in block.as_chunks::<LANES>().0.iter().rev() {
        let chunk = u8x16::new(*chunk);
        push(&mut quotes, equal(chunk, b'"'));
        push(&mut commas, equal(chunk, b','));
        odd |= equal(chunk, b'\\') | control(chunk);
    }
    (odd.to_bitmask() == 0).then_some(StringMarks { quotes, commas })
}

/// The next quote or backslash, in a text that is known to be JSON.
#[inline]
pub(crate) fn next_quote(bytes: &[u8], from: usize) -> Option<usize> {
    next::<Quote>(bytes, from)
}

/// The next quote, backslash or control character.
#[inline]
pub(crate) fn next_in_json(bytes: &[u8], from: usize) -> Option<usize> {
    next::<QuoteOrControl>(bytes, from)
}

/// The place behind integers with commas between them, the first of which stands at `at`; `None` where one of them is
/// none of JSON's, because it begins with a zero.
#[inline]
pub(crate) fn end_of_numbers(bytes: &[u8], at: usize) -> Option<usize> {
    // Short lists end in the first sixteen bytes, long ones are looked at in blocks of four times as many.
    let rest = bytes.get(at..)?;
    let mut numbers = Numbers::default();
    let chunk = rest.first_chunk().copied().unwrap_or_else(|| filled_up(rest));
    match numbers.end_in(NumberMarks::of(chunk), at, LANES) {
        Break(end) => end,
        Continue(()) => numbers.far(bytes, at + LANES),
    }
}

/// The place behind the digits that stand at `from`.
#[inline]
pub(crate) fn end_of_digits(bytes: &[u8], mut from: usize) -> usize {
    while let Some(chunk) = bytes.get(from..).and_then(<[u8]>::first_chunk) {
        let count = digits(u8x16::new(*chunk)).to_bitmask().trailing_ones() as usize;
        from += count;
        if count < LANES {
            return from;
        }
    }
    from + bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[inline(always)]
fn digits(bytes: u8x16) -> u8x16 {
    let values = bytes - u8x16::splat(b'0');
    values.min(u8x16::splat(9)).simd_eq(values)
}

/// The bytes that a list of numbers is told by: a bit for each, the lowest for the first one.
#[derive(Clone, Copy)]
struct NumberMarks {
    commas: u64,
    zeros: u64,
    digits: u64,
}

impl NumberMarks {
    #[inline(always)]
    fn of(chunk: [u8; LANES]) -> Self {
        let chunk = u8x16::new(chunk);
        let [commas, zeros, digits] = [equal(chunk, b','), equal(chunk, b'0'), digits(chunk)]
            .map(|found| u64::from(found.to_bitmask()));
        Self { commas, zeros, digits }
    }

    #[inline(always)]
    fn of_block(block: &[u8; 64]) -> Self {
        let mut all = Self { commas: 0, zeros: 0, digits: 0 };
        for chunk in block.as_chunks::<LANES>().0.iter().rev() {
            let Self { commas, zeros, digits } = Self::of(*chunk);
            all.commas = all.commas << LANES | commas;
            all.zeros = all.zeros << LANES | zeros;
            all.digits = all.digits << LANES | digits;
        }
        all
    }
}

/// About the byte before: is it a digit, and is it a zero that begins a number? One bit each.
#[derive(Default)]
struct Numbers {
    digit: u64,
    zero: u64,
}

impl Numbers {
    /// Whether the numbers end among the `count` bytes from `at` on.
    #[inline(always)]
    fn end_in(&mut self, marks: NumberMarks, at: usize, count: usize) -> ControlFlow<Option<usize>> {
        let NumberMarks { commas, zeros, digits } = marks;
        let behind_digit = digits << 1 | self.digit;
        let begins = zeros & !behind_digit;
        let behind_zero = begins << 1 | self.zero;
        // Where a number ends: at what is neither, and at a comma behind no digit or a digit behind a leading zero.
        let wrong = commas & !behind_digit | digits & behind_zero;
        let inside = (digits | commas) & !wrong;
        let end = inside.trailing_ones() as usize;
        if end < count {
            return Break(match () {
                _ if wrong >> end & 1 == 1 => None,
                _ if behind_digit >> end & 1 == 1 => Some(at + end),
                // A comma, behind which something else follows.
                _ => (at + end).checked_sub(1),
            });
        }
        self.digit = digits >> (count - 1) & 1;
        self.zero = begins >> (count - 1) & 1;
        Continue(())
    }

    #[inline(never)]
    fn far(mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let rest = bytes.get(at..)?;
            let (marks, count) = match rest.first_chunk() {
                Some(block) => (NumberMarks::of_block(block), 64),
                None => {
                    let chunk = rest.first_chunk().copied().unwrap_or_else(|| filled_up(rest));
                    (NumberMarks::of(chunk), LANES)
                }
            };
            match self.end_in(marks, at, count) {
                Break(end) => return end,
                Continue(()) => at += count,
            }
        }
    }
}

/// The first of the next sixteen bytes that is a quote, backslash or control character, or else the one behind them.
#[inline(always)]
pub(crate) fn end_if_short(bytes: &[u8], from: usize) -> Option<usize> {
    let chunk = u8x16::new(*bytes.get(from..)?.first_chunk()?);
    let bits = QuoteOrControl::among(chunk).to_bitmask();
    Some(from + first(bits | 1 << LANES))
}

/// How many commas there are.
#[inline]
pub(crate) fn count_commas(bytes: &[u8]) -> usize {
    // A lane counts up to 255: these chunks, and one that is filled up.
    bytes.chunks(254 * LANES).map(count_few_commas).sum()
}

#[inline]
fn count_few_commas(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<LANES>();
    // What is equal has all bits set: it counts as minus one.
    let count = |sum, chunk: [u8; LANES]| sum - equal(u8x16::new(chunk), b',');
    let sum = chunks.iter().fold(u8x16::splat(0), |sum, chunk| count(sum, *chunk));
    let sum = if rest.is_empty() { sum } else { count(sum, filled_up(rest)) };
    sum.to_array().into_iter().map(usize::from).sum()
}

/// The next quote, backslash, `<`, control character or first byte of U+2028.
#[inline]
pub(crate) fn next_suspect(bytes: &[u8], from: usize) -> Option<usize> {
    next::<Suspect>(bytes, from)
}

/// Whether a string has nothing that may be written as an escape.
#[inline]
pub(crate) fn has_no_suspect(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<LANES>() else {
        return !has_suspect(ends(bytes));
    };
    let (blocks, rest) = bytes.as_chunks();
    let (chunks, _) = rest.as_chunks::<LANES>();
    blocks.iter().all(|block| Suspect::in_block(split(block)).to_bitmask() == 0)
        && chunks
            .iter()
            .fold(suspect(u8x16::new(*last)), |either, chunk| either | suspect(u8x16::new(*chunk)))
            .to_bitmask()
            == 0
}

/// Whether no string in a text that is known to be JSON has an escape or wants one.
pub(crate) fn has_only_plain_strings(text: &[u8]) -> bool {
    let (blocks, rest) = text.as_chunks();
    blocks.iter().all(|block| Escaped::in_block(split(block)).to_bitmask() == 0)
        && next_of_few::<Escaped>(rest).is_none()
}

/// Whether there is one among the [`ends`] of a string that they are all of.
#[inline]
pub(crate) fn has_suspect([low, high]: [u64; 2]) -> bool {
    let mut bytes = [0; LANES];
    bytes[..8].copy_from_slice(&low.to_le_bytes());
    bytes[8..].copy_from_slice(&high.to_le_bytes());
    suspect(u8x16::new(bytes)).to_bitmask() != 0
}

/// The first and the last eight bytes, which overlap where there are fewer than sixteen. Fewer than eight stand twice,
/// filled up with spaces.
#[inline]
pub(crate) fn ends(bytes: &[u8]) -> [u64; 2] {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return [u64::from_le_bytes(*first), u64::from_le_bytes(*last)];
    }
    let word = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
    } else {
        bytes.iter().fold(0x2020_2020_2020_2020, |word, &byte| word << 8 | u64::from(byte))
    };
    [word; 2]
}

/// Most strings end in the first sixteen bytes.
#[inline(always)]
fn next<S: Sought>(bytes: &[u8], from: usize) -> Option<usize> {
    if let Some(chunk) = bytes.get(from..)?.first_chunk() {
        let bits = S::among(u8x16::new(*chunk)).to_bitmask();
        if bits != 0 {
            return Some(from + first(bits));
        }
    }
    next_far::<S>(bytes, from)
}

/// As [`next`], where there are none in the first sixteen bytes, or there are not so many bytes.
#[inline(never)]
fn next_far<S: Sought>(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    // The next sixteen bytes are all that most need.
    if let Some(chunk) = bytes.get(from + LANES..).and_then(<[u8]>::first_chunk) {
        let bits = S::among(u8x16::new(*chunk)).to_bitmask();
        if bits != 0 {
            return Some(from + LANES + first(bits));
        }
        at += 2 * LANES;
    }
    let (blocks, rest) = bytes.get(at..)?.as_chunks();
    for block in blocks {
        if S::in_block(split(block)).to_bitmask() != 0 {
            return next_of_few::<S>(block).map(|offset| at + offset);
        }
        at += block.len();
    }
    next_of_few::<S>(rest).map(|offset| at + offset)
}

/// The first one among a few chunks.
#[inline(always)]
fn next_of_few<S: Sought>(bytes: &[u8]) -> Option<usize> {
    let (chunks, last) = bytes.as_chunks();
    let mut at = 0;
    for chunk in chunks {
        let bits = S::among(u8x16::new(*chunk)).to_bitmask();
        if bits != 0 {
            return Some(at + first(bits));
        }
        at += LANES;
    }
    let bits = S::among(u8x16::new(filled_up(last))).to_bitmask();
    (bits != 0).then(|| at + first(bits))
}

#[inline(always)]
fn split(block: &[u8; 64]) -> [u8x16; 4] {
    let (chunks, _) = block.as_chunks::<LANES>();
    [0, 1, 2, 3].map(|nth| u8x16::new(chunks[nth]))
}

#[inline]
fn filled_up(rest: &[u8]) -> [u8; LANES] {
    let mut chunk = [b' '; LANES];
    chunk.iter_mut().zip(rest).for_each(|(place, &byte)| *place = byte);
    chunk
}

#[inline]
fn first(bits: u32) -> usize {
    usize::try_from(bits.trailing_zeros()).unwrap_or(LANES)
}

#[cfg(test)]
mod tests {
    use super::{count_commas, end_of_numbers};

    #[test]
    fn all_commas_are_counted() {
        for count in (0..100).chain([4_063, 4_064, 4_065, 4_079, 4_080, 4_081, 100_000]) {
            assert_eq!(count_commas(",".repeat(count).as_bytes()), count);
            assert_eq!(count_commas("0,-".repeat(count).as_bytes()), count);
        }
    }

    /// As [`end_of_numbers`], byte by byte.
    fn slowly(bytes: &[u8]) -> Option<usize> {
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut at = 0;
        loop {
            let count = digits(at);
            if count == 0 || count > 1 && bytes[at] == b'0' {
                // Behind a comma there may be anything but a second one.
                return (at > 0 && count == 0 && bytes.get(at) != Some(&b',')).then(|| at - 1);
            }
            at += count;
            match bytes.get(at) {
                Some(b',') => at += 1,
                _ => return Some(at),
            }
        }
    }

    #[test]
    fn lists_end_where_they_end_wherever_they_stand() {
        // As many bytes in front as it takes for the pattern to lie across the ends of the first two chunks, and of a block.
        for (before, behind) in (0..30).map(|before| (before, 0)).chain((70..84).map(|before| (before, 40))) {
            let prefix = ["1,".repeat(before / 2), "22,".repeat(before % 2)].concat();
            for pattern in 0..4_usize.pow(7) {
                let middle = (0..7).map(|nth| b"0,7]"[pattern / 4_usize.pow(nth) % 4]);
                let suffix = "5,".repeat(behind);
                let text: Vec<u8> = prefix.bytes().chain(middle).chain(suffix.bytes()).collect();
                if text[0].is_ascii_digit() {
                    let shown = String::from_utf8_lossy(&text);
                    assert_eq!(end_of_numbers(&text, 0), slowly(&text), "{shown}");
                }
            }
        }
    }
}
