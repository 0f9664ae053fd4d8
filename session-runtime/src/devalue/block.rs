//! Sixty-four bytes of a text, and where in them is what: a bit for each byte, the lowest for the first one.
//!
//! How many of them are looked at in one step depends on what the processor has. That is found out once, where
//! `dispatch!` stands; what is called behind it is compiled for each kind, if it is inlined there or in `vectorize`.

use fearless_simd::prelude::*;
use fearless_simd::{mask8x64, u8x64};

/// How many bytes are looked at together.
pub(crate) const BLOCK: usize = 64;

#[derive(Clone, Copy)]
pub(crate) struct Block<S: Simd>(pub(crate) u8x64<S>);

impl<S: Simd> Block<S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, bytes: &[u8; BLOCK]) -> Self {
        Self(u8x64::from_slice(simd, bytes))
    }

    /// What is left of a text, filled up with spaces.
    #[inline(always)]
    pub(crate) fn last(simd: S, rest: &[u8]) -> Self {
        let mut bytes = [b' '; BLOCK];
        bytes.iter_mut().zip(rest).for_each(|(place, &byte)| *place = byte);
        Self::new(simd, &bytes)
    }

    /// Where a byte is.
    #[inline(always)]
    pub(crate) fn bits(self, byte: u8) -> u64 {
        self.0.simd_eq(byte).to_bitmask()
    }

    /// Where brackets and braces are.
    #[inline(always)]
    pub(crate) fn brackets(self) -> u64 {
        // In ASCII a bracket and a brace differ in this bit alone.
        let lower = self.0 | 0x20;
        (lower.simd_eq(b'{') | lower.simd_eq(b'}')).to_bitmask()
    }

    /// Where digits are.
    #[inline(always)]
    pub(crate) fn digits(self) -> u64 {
        let values = self.0 - b'0';
        values.min(9).simd_eq(values).to_bitmask()
    }

    /// Backslashes and control characters.
    #[inline(always)]
    pub(crate) fn odd(self) -> mask8x64<S> {
        self.0.simd_eq(b'\\') | self.0.min(0x1f).simd_eq(self.0)
    }
}
