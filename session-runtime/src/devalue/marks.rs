//! The bytes that give a text its form, as bits: sixty-four bytes at a time, the lowest bit for the first one.

use wide::u8x16;

use super::search::{LANES, control, equal, least, split};

/// Quotes, brackets and commas, those inside strings too.
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

/// What strings are told apart by.
pub(crate) struct StringMarks {
    pub(crate) quotes: u64,
    pub(crate) commas: u64,
}

/// `None` where there is a backslash or a control character.
#[inline(always)]
pub(crate) fn string_marks(block: &[u8; 64]) -> Option<StringMarks> {
    let chunks = split(block);
    let (mut quotes, mut commas) = (0, 0);
    for chunk in chunks.into_iter().rev() {
        push(&mut quotes, equal(chunk, b'"'));
        push(&mut commas, equal(chunk, b','));
    }
    (!has_odd(chunks)).then_some(StringMarks { quotes, commas })
}

/// Whether there is a backslash or a control character.
#[inline(always)]
fn has_odd([a, b, c, d]: [u8x16; 4]) -> bool {
    let escape = |chunk| equal(chunk, b'\\');
    let escapes = (escape(a) | escape(b)) | (escape(c) | escape(d));
    (escapes | control(least([a, b, c, d]))).to_bitmask() != 0
}

/// The quotes in the next sixty-four bytes. They are looked for together: so no string has to wait until the end of the
/// one before is found.
#[derive(Clone, Copy, Default)]
pub(crate) struct Quotes {
    /// Where the bytes begin.
    at: usize,
    /// Those that are left, the lowest bit for the first byte.
    bits: u64,
}

impl Quotes {
    /// Where the two stand that come next, from `at` on, if both are among the next sixty-four bytes and these have no backslash and
    /// no control character.
    #[inline(always)]
    pub(crate) fn next_two(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        if without_lowest(self.bits) == 0 {
            // At the end of the text some bytes are looked at once more.
            let begin = at.min(bytes.len().checked_sub(64)?);
            let passed = u32::try_from(at - begin).ok()?;
            let chunks = split(bytes.get(begin..)?.first_chunk()?);
            if has_odd(chunks) {
                return None;
            }
            let mut bits = 0;
            chunks.into_iter().rev().for_each(|chunk| push(&mut bits, equal(chunk, b'"')));
            (self.at, self.bits) = (at, bits.checked_shr(passed)?);
        }
        let rest = without_lowest(self.bits);
        let [open, close] = [self.bits, rest].map(|bits| self.at + bits.trailing_zeros() as usize);
        self.bits = without_lowest(rest);
        Some((open, close))
    }
}

#[inline(always)]
fn without_lowest(bits: u64) -> u64 {
    bits & bits.wrapping_sub(1)
}
