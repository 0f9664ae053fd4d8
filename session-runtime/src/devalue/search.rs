//! Finding the bytes that matter in a string: sixteen at a time where it is short, as every processor can, sixty-four where
//! it is long.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x16};

use super::block::{BLOCK, Block};

pub(super) const LANES: usize = 16;

/// Bytes that are looked for.
trait Sought {
    /// Which of these they are.
    fn among<S: Simd, V: SimdInt<S, Element = u8>>(bytes: V) -> V::Mask;
}

struct Quote;

impl Sought for Quote {
    #[inline(always)]
    fn among<S: Simd, V: SimdInt<S, Element = u8>>(bytes: V) -> V::Mask {
        bytes.simd_eq(b'"') | bytes.simd_eq(b'\\')
    }
}

/// What a string in JSON ends with, or may not hold as it is.
struct QuoteOrControl;

impl Sought for QuoteOrControl {
    #[inline(always)]
    fn among<S: Simd, V: SimdInt<S, Element = u8>>(bytes: V) -> V::Mask {
        // With this bit turned over the quote comes directly behind the control characters, and all others behind it.
        let turned = bytes ^ 0x02;
        bytes.simd_eq(b'\\') | turned.min(b'"' ^ 0x02).simd_eq(turned)
    }
}

/// What may be written as an escape; the first byte of U+2028 stands for other characters too.
struct Suspect;

impl Sought for Suspect {
    #[inline(always)]
    fn among<S: Simd, V: SimdInt<S, Element = u8>>(bytes: V) -> V::Mask {
        QuoteOrControl::among(bytes) | bytes.simd_eq(b'<') | bytes.simd_eq(0xe2)
    }
}

/// What stands in a text that is known to be JSON where a string has an escape, or wants one.
struct Escaped;

impl Sought for Escaped {
    #[inline(always)]
    fn among<S: Simd, V: SimdInt<S, Element = u8>>(bytes: V) -> V::Mask {
        bytes.simd_eq(b'\\') | bytes.simd_eq(b'<') | bytes.simd_eq(0xe2)
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
pub(crate) fn next_far_in_json<S: Simd>(simd: S, bytes: &[u8], from: usize) -> Option<usize> {
    simd.vectorize(
        #[inline(always)]
        move || next_in_blocks::<QuoteOrControl, S>(simd, bytes, from),
    )
}

/// Whether the first quote among sixteen bytes stands between two strings: `","`.
#[inline(always)]
pub(crate) fn has_between(chunk: [u8; LANES]) -> bool {
    let [quotes, commas] = dispatch!(Level::baseline(), simd => {
        let chunk = u8x16::from_slice(simd, &chunk);
        [b'"', b','].map(|byte| chunk.simd_eq(byte).to_bitmask())
    });
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
    dispatch!(Level::baseline(), simd => {
        // What is equal has all bits set: it counts as minus one.
        let count = |sum: u8x16<_>, chunk: &[u8; LANES]| {
            sum - u8x16::from_slice(simd, chunk).simd_eq(b',').to_vector().bitcast::<u8x16<_>>()
        };
        let sum = chunks.iter().fold(u8x16::splat(simd, 0), count);
        let sum = if rest.is_empty() { sum } else { count(sum, &filled_up(rest)) };
        <[u8; LANES]>::from(sum).into_iter().map(usize::from).sum()
    })
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
    if bytes.len() >= BLOCK {
        return next_far::<Suspect>(bytes, 0).is_none();
    }
    let (chunks, _) = bytes.as_chunks::<LANES>();
    dispatch!(Level::baseline(), simd => {
        let suspect = |chunk: &[u8; LANES]| Suspect::among(u8x16::from_slice(simd, chunk));
        !chunks.iter().fold(suspect(last), |either, chunk| either | suspect(chunk)).any_true()
    })
}

/// Whether no string in a text that is known to be JSON has an escape or wants one.
pub(crate) fn has_only_plain_strings(text: &[u8]) -> bool {
    dispatch!(Level::new(), simd => next_in_blocks::<Escaped, _>(simd, text, 0)).is_none()
}

/// Whether there is one among the [`ends`] of a string that they are all of.
#[inline]
pub(crate) fn has_suspect([low, high]: [u64; 2]) -> bool {
    let mut bytes = [0; LANES];
    bytes[..8].copy_from_slice(&low.to_le_bytes());
    bytes[8..].copy_from_slice(&high.to_le_bytes());
    dispatch!(Level::baseline(), simd => Suspect::among(u8x16::from_slice(simd, &bytes)).any_true())
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
    match next_in_chunk::<S>(bytes.get(from..)?) {
        Some(offset) => Some(from + offset),
        None => next_far::<S>(bytes, from),
    }
}

/// The first one among sixteen bytes, if there are so many.
#[inline(always)]
fn next_in_chunk<S: Sought>(bytes: &[u8]) -> Option<usize> {
    let chunk = bytes.first_chunk::<LANES>()?;
    let bits = dispatch!(Level::baseline(), simd => S::among(u8x16::from_slice(simd, chunk)).to_bitmask());
    (bits != 0).then(|| bits.trailing_zeros() as usize)
}

/// As [`next`], where there are none in the first sixteen bytes, or there are not so many bytes.
#[inline(never)]
fn next_far<S: Sought>(bytes: &[u8], from: usize) -> Option<usize> {
    // The next sixteen bytes are all that most need.
    if let Some(offset) = bytes.get(from + LANES..).and_then(next_in_chunk::<S>) {
        return Some(from + LANES + offset);
    }
    dispatch!(Level::new(), simd => next_in_blocks::<S, _>(simd, bytes, from))
}

/// As [`next`], where none is near.
#[inline(always)]
fn next_in_blocks<T: Sought, S: Simd>(simd: S, bytes: &[u8], mut at: usize) -> Option<usize> {
    let (blocks, rest) = bytes.get(at..)?.as_chunks();
    for block in blocks {
        let found = T::among(Block::new(simd, block).0);
        if found.any_true() {
            return Some(at + found.to_bitmask().trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    next_of_few::<T>(rest).map(|offset| at + offset)
}

/// As [`next`], where the text ends soon.
#[inline(never)]
fn next_of_few<T: Sought>(bytes: &[u8]) -> Option<usize> {
    dispatch!(Level::baseline(), simd => {
        let found = T::among(Block::last(simd, bytes).0).to_bitmask();
        (found != 0).then(|| found.trailing_zeros() as usize)
    })
}

#[inline]
pub(super) fn filled_up(rest: &[u8]) -> [u8; LANES] {
    let mut chunk = [b' '; LANES];
    chunk.iter_mut().zip(rest).for_each(|(place, &byte)| *place = byte);
    chunk
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
