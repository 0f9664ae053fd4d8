//! Finding the bytes that matter in a string, sixteen at a time.

use wide::u8x16;

pub(super) const LANES: usize = 16;

#[inline]
pub(super) fn equal(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.simd_eq(u8x16::splat(byte))
}

#[inline]
fn quote(bytes: u8x16) -> u8x16 {
    equal(bytes, b'"') | equal(bytes, b'\\')
}

#[inline]
pub(super) fn control(bytes: u8x16) -> u8x16 {
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
pub(super) fn least([a, b, c, d]: [u8x16; 4]) -> u8x16 {
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
    fn in_block([a, b, c, d]: [u8x16; 4]) -> u8x16 {
        let escape = |bytes| equal(bytes, b'\\');
        let escapes = (escape(a) | escape(b)) | (escape(c) | escape(d));
        // With this bit turned over the quote comes directly behind the control characters, and all others behind it.
        let turned = |bytes| bytes ^ u8x16::splat(0x02);
        let least = least([turned(a), turned(b), turned(c), turned(d)]);
        escapes | least.min(u8x16::splat(b'"' ^ 0x02)).simd_eq(least)
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

    #[inline(always)]
    fn in_block([a, b, c, d]: [u8x16; 4]) -> u8x16 {
        // In ASCII the two, a `|` and a control character differ in these bits alone.
        let either = |bytes| equal(bytes | u8x16::splat(0x60), b'|') | bytes;
        let seen = (either(a) | either(b)) | (either(c) | either(d));
        if seen.to_bitmask() == 0 {
            return u8x16::splat(0);
        }
        (Self::among(a) | Self::among(b)) | (Self::among(c) | Self::among(d))
    }
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

/// As [`next_in_json`], where none is near.
#[inline(never)]
pub(crate) fn next_far_in_json(bytes: &[u8], from: usize) -> Option<usize> {
    next_in_blocks::<QuoteOrControl>(bytes, from)
}

/// Whether the first quote among sixteen bytes stands between two strings: `","`.
#[inline(always)]
pub(crate) fn has_between(chunk: [u8; LANES]) -> bool {
    let chunk = u8x16::new(chunk);
    let [quotes, commas] = [b'"', b','].map(|byte| equal(chunk, byte).to_bitmask());
    let between = quotes & commas >> 1 & quotes >> 2;
    quotes & quotes.wrapping_neg() & between != 0
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
    [short_word(bytes); 2]
}

/// Fewer than eight bytes. Apart, so that what is frequent stays small.
#[inline(never)]
fn short_word(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => bytes.iter().fold(0x2020_2020_2020_2020, |word, &byte| word << 8 | u64::from(byte)),
    }
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
    next_in_blocks::<S>(bytes, at)
}

/// As [`next`], where none is near.
#[inline(always)]
fn next_in_blocks<S: Sought>(bytes: &[u8], mut at: usize) -> Option<usize> {
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
pub(super) fn split(block: &[u8; 64]) -> [u8x16; 4] {
    let (chunks, _) = block.as_chunks::<LANES>();
    [0, 1, 2, 3].map(|nth| u8x16::new(chunks[nth]))
}

#[inline]
pub(super) fn filled_up(rest: &[u8]) -> [u8; LANES] {
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
    use super::count_commas;

    #[test]
    fn all_commas_are_counted() {
        for count in (0..100).chain([4_063, 4_064, 4_065, 4_079, 4_080, 4_081, 100_000]) {
            assert_eq!(count_commas(",".repeat(count).as_bytes()), count);
            assert_eq!(count_commas("0,-".repeat(count).as_bytes()), count);
        }
    }
}
