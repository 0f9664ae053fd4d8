//! Where decisions come from: a fuzzer's bytes, or a seed.

/// Gives numbers that depend on nothing but its source.
#[derive(Debug, Clone)]
pub struct Entropy<'d> {
    bytes: &'d [u8],
    state: Option<u64>,
}

impl<'d> Entropy<'d> {
    /// Decisions from bytes; zeros when they are used up.
    #[must_use]
    pub fn from_bytes(bytes: &'d [u8]) -> Self {
        Self { bytes, state: None }
    }

    /// Endless decisions from a seed (SplitMix64).
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { bytes: &[], state: Some(seed) }
    }

    /// Whether there is anything left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.is_none() && self.bytes.is_empty()
    }

    /// All bytes that are left.
    #[must_use]
    pub fn rest(&self) -> &'d [u8] {
        self.bytes
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        match (&mut self.state, self.bytes) {
            (Some(_), _) => self.number().to_be_bytes()[0],
            (None, [first, rest @ ..]) => {
                self.bytes = rest;
                *first
            }
            (None, []) => 0,
        }
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        let Some(state) = &mut self.state else {
            return u64::from_le_bytes(std::array::from_fn(|_| self.byte()));
        };
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        let any = if end <= 256 { u64::from(self.byte()) } else { self.number() };
        usize::try_from(any % end as u64).unwrap_or(0)
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several; the slice must not be empty.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}
