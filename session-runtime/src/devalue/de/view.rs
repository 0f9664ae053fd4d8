//! How a value is looked at, in one word.

use crate::devalue::ser::Form;
use crate::devalue::slot::Slot;

/// Which value, how many levels of containers may still follow in it, and what a marker asked for: in 32, 16 and 8 bits.
#[derive(Clone, Copy)]
pub(super) struct View(u64);

impl View {
    const LEVEL: u32 = 32;
    const FORM: u32 = 48;

    #[inline(always)]
    pub(super) fn new(slot: Slot, depth: u16, form: Form) -> Self {
        Self(slot.to_bits() | u64::from(depth) << Self::LEVEL | (form as u64) << Self::FORM)
    }

    #[inline(always)]
    pub(super) fn slot(self) -> Slot {
        Slot::from_bits(self.0)
    }

    #[allow(clippy::cast_possible_truncation, reason = "sixteen bits are meant")]
    #[inline(always)]
    pub(super) fn depth(self) -> u16 {
        (self.0 >> Self::LEVEL) as u16
    }

    #[inline(always)]
    pub(super) fn form(self) -> Form {
        let number = usize::try_from(self.0 >> Self::FORM).unwrap_or(0);
        Form::ALL.get(number).copied().unwrap_or(Form::Plain)
    }

    #[inline(always)]
    pub(super) fn is(self, form: Form) -> bool {
        self.0 >> Self::FORM == form as u64
    }
}
