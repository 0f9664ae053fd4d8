use super::number;
use super::output::Output;

/// What stands where another value is meant: the number of an entry, or a sentinel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Slot(i32);

impl Slot {
    pub(crate) const ROOT: Self = Self(0);
    pub(crate) const UNDEFINED: Self = Self(-1);
    pub(crate) const HOLE: Self = Self(-2);
    pub(crate) const NAN: Self = Self(-3);
    pub(crate) const INFINITY: Self = Self(-4);
    pub(crate) const NEG_INFINITY: Self = Self(-5);
    pub(crate) const NEG_ZERO: Self = Self(-6);
    /// Item 0 of a sparse array.
    pub(crate) const SPARSE: Self = Self(-7);

    /// The slot of entry `index`, if there may be that many.
    pub(crate) fn entry(index: usize) -> Option<Self> {
        i32::try_from(index).ok().map(Self)
    }

    /// The index of the entry, `None` for a sentinel.
    pub(crate) fn index(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }

    /// The low half of a word.
    #[inline(always)]
    pub(crate) fn to_bits(self) -> u64 {
        u64::from(self.0.cast_unsigned())
    }

    /// What [`Self::to_bits`] made of it, whatever the high half of the word is.
    #[allow(clippy::cast_possible_truncation, reason = "the low half is meant")]
    #[inline(always)]
    pub(crate) fn from_bits(word: u64) -> Self {
        Self(word as i32)
    }

    /// The entry behind this one.
    pub(crate) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// The sentinel of this number below zero.
    pub(crate) fn sentinel(below_zero: u8) -> Self {
        Self(-i32::from(below_zero))
    }

    /// A text that is nothing but a number.
    pub(crate) fn of_bare_root(text: &str) -> Option<Self> {
        let slot = text.parse().ok().map(Self).or_else(|| Self::of_number(text))?;
        let fine = [Self::UNDEFINED, Self::NAN, Self::INFINITY, Self::NEG_INFINITY, Self::NEG_ZERO];
        fine.contains(&slot).then_some(slot)
    }

    /// A number in any of JSON's forms, `1.0` and `1e0` too.
    pub(crate) fn of_number(token: &str) -> Option<Self> {
        let integer = number::parse_integer(token)?;
        i32::try_from(integer).ok().filter(|&slot| slot >= Self::SPARSE.0).map(Self)
    }

    /// The sentinel for a number that has one.
    pub(crate) fn of_float(number: f64) -> Option<Self> {
        if number.is_nan() {
            Some(Self::NAN)
        } else if number.is_infinite() {
            Some(if number > 0.0 { Self::INFINITY } else { Self::NEG_INFINITY })
        } else {
            (number == 0.0 && number.is_sign_negative()).then_some(Self::NEG_ZERO)
        }
    }

    /// The number that a sentinel stands for.
    pub(crate) fn float(self) -> Option<f64> {
        match self {
            Self::NAN => Some(f64::NAN),
            Self::INFINITY => Some(f64::INFINITY),
            Self::NEG_INFINITY => Some(f64::NEG_INFINITY),
            Self::NEG_ZERO => Some(-0.0),
            _ => None,
        }
    }

    pub(crate) fn push_to(self, out: &mut impl Output) {
        out.push_str(itoa::Buffer::new().format(self.0));
    }
}

/// Prints the references in a container: most of them follow one another.
pub(crate) struct Printer {
    /// The digits of the last one and a comma, the first digit in the lowest byte.
    word: u64,
    width: usize,
    /// What makes the last digit one more, and how often it can be.
    step: u64,
    left: u64,
    next: i32,
}

impl Printer {
    /// As if the number before zero had been printed.
    pub(crate) fn new() -> Self {
        Self { word: u64::from_le_bytes(*b"/,\0\0\0\0\0\0"), width: 2, step: 1, left: 10, next: 0 }
    }

    /// Appends references, and behind each a comma.
    ///
    /// They are put together in a block of their own first: the end of a vector is in memory, and each would wait for
    /// the one before to move it.
    #[inline]
    pub(crate) fn push_list(&mut self, slots: impl Iterator<Item = Slot>, out: &mut Vec<u8>) {
        let (mut block, mut used) = ([0; BLOCK + 8], 0);
        for slot in slots {
            if !self.advance(slot) {
                out.extend_from_slice(block.get(..used).unwrap_or_default());
                push_slowly(slot, out);
                used = 0;
                continue;
            }
            // All eight bytes are put down; those behind the comma are overwritten.
            if let Some(place) = block.get_mut(used..used + 8) {
                place.copy_from_slice(&self.word.to_le_bytes());
            }
            used += self.width;
            if used > BLOCK {
                let end = out.len() + used;
                out.extend_from_slice(&block);
                out.truncate(end);
                used = 0;
            }
        }
        out.extend_from_slice(block.get(..used).unwrap_or_default());
    }

    /// Appends the reference, and behind it a comma.
    #[inline]
    pub(crate) fn push_item(&mut self, slot: Slot, out: &mut Vec<u8>) {
        if !self.advance(slot) {
            return push_slowly(slot, out);
        }
        let end = out.len() + self.width;
        out.extend_from_slice(&self.word.to_le_bytes());
        out.truncate(end);
    }

    /// Appends the reference.
    #[inline]
    pub(crate) fn push(&mut self, slot: Slot, out: &mut Vec<u8>) {
        self.push_item(slot, out);
        out.pop();
    }

    /// Makes `word` say the reference. False for a sentinel, and for a number that has no room beside its comma.
    #[inline(always)]
    fn advance(&mut self, slot: Slot) -> bool {
        if slot.0 != self.next || self.left == 0 {
            return self.jump(slot);
        }
        self.word += self.step;
        self.left -= 1;
        self.next += 1;
        true
    }

    /// As [`Self::advance`], where it does not take the last digit alone.
    #[inline(never)]
    fn jump(&mut self, slot: Slot) -> bool {
        if slot.0 == self.next && self.carry() {
            return true;
        }
        let Ok(index @ ..10_000_000) = u32::try_from(slot.0) else {
            // No number follows a sentinel.
            self.next = i32::MIN;
            return false;
        };
        let (digits, count) = number::digits(index);
        self.word = digits | u64::from(b',') << (8 * count);
        (self.width, self.step) = (count + 1, 1 << (8 * (count - 1)));
        self.left = u64::from(b'9') - (digits >> (8 * (count - 1)));
        self.next = slot.0 + 1;
        true
    }

    /// Goes from a nine to the next ten: false where that takes more digits than two.
    fn carry(&mut self) -> bool {
        // What is one in the digit before the last.
        let ten = self.step >> 8;
        if ten == 0 || self.word & (0xff * ten) == u64::from(b'9') * ten {
            return false;
        }
        self.word = self.word - 9 * self.step + ten;
        (self.left, self.next) = (9, self.next + 1);
        true
    }
}

#[cold]
fn push_slowly(slot: Slot, out: &mut Vec<u8>) {
    slot.push_to(out);
    out.push(b',');
}

/// How many bytes of references are put together at once.
const BLOCK: usize = 56;

impl Default for Slot {
    fn default() -> Self {
        Self::UNDEFINED
    }
}
