use super::number;

/// What stands where another value is meant: the number of an entry, or a sentinel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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

    pub(crate) fn push_to(self, out: &mut String) {
        if self.0 < 0 {
            out.push('-');
        }
        number::push_int(out, u64::from(self.0.unsigned_abs()));
    }
}
