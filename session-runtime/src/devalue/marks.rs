//! The bytes that give a text its form, as bits: sixty-four bytes at a time, the lowest bit for the first one.

use wide::u8x16;

use super::search::{LANES, equal};

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
pub(super) fn push(bits: &mut u64, found: u8x16) {
    *bits = *bits << LANES | u64::from(found.to_bitmask());
}
