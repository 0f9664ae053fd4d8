use super::text::Text;
use crate::devalue::kind::Kind;
use crate::devalue::number;
use crate::devalue::slot::Slot;

/// Leads to a [`Part`] of one [`Value`](super::Value), or is a constant that needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ref(pub(super) Slot);

impl Default for Ref {
    fn default() -> Self {
        Self::UNDEFINED
    }
}

impl Ref {
    /// `undefined`.
    pub const UNDEFINED: Self = Self(Slot::UNDEFINED);
    /// `NaN`.
    pub const NAN: Self = Self(Slot::NAN);
    /// `Infinity`.
    pub const INFINITY: Self = Self(Slot::INFINITY);
    /// `-Infinity`.
    pub const NEG_INFINITY: Self = Self(Slot::NEG_INFINITY);
    /// `-0`.
    pub const NEG_ZERO: Self = Self(Slot::NEG_ZERO);

    /// Past 2^31 parts there is nothing to refer with, and no text either.
    pub(super) fn part(index: usize) -> Self {
        Slot::entry(index).map_or(Self::UNDEFINED, Self)
    }

    pub(super) fn index(self) -> Option<usize> {
        self.0.index()
    }

    pub(super) fn constant(self) -> &'static Part {
        match self.0 {
            Slot::NAN => &Part::Number(f64::NAN),
            Slot::INFINITY => &Part::Number(f64::INFINITY),
            Slot::NEG_INFINITY => &Part::Number(f64::NEG_INFINITY),
            Slot::NEG_ZERO => &Part::Number(-0.0),
            _ => &Part::Undefined,
        }
    }
}

/// One part of a [`Value`](super::Value); what it contains is referred to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Part {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(Text),
    /// A `BigInt`, in decimal digits.
    BigInt(String),
    /// A `Date` in milliseconds since 1970; `None` is JavaScript's invalid date.
    Date(Option<i64>),
    /// A `RegExp`.
    RegExp {
        /// What `RegExp.prototype.source` gives.
        source: Text,
        /// Its flags.
        flags: Text,
    },
    /// An array; `None` is a hole.
    Array(Vec<Option<Ref>>),
    /// An array that consists of holes for the most part.
    Sparse {
        /// Its length.
        length: u32,
        /// Positions and items, ascending.
        items: Vec<(u32, Ref)>,
    },
    /// A plain object.
    Object(Vec<(Text, Ref)>),
    /// An object without prototype.
    NullObject(Vec<(Text, Ref)>),
    /// A `Map`: keys and values.
    Map(Vec<(Ref, Ref)>),
    /// A `Set`.
    Set(Vec<Ref>),
    /// A boxed number, string, boolean or bigint.
    Boxed(Ref),
    /// A `URL`. (As `Custom` with the name `URL` it is written as Astro does.)
    Url(Text),
    /// A `URLSearchParams`.
    UrlSearchParams(Text),
    /// One of the `Temporal` types.
    Temporal {
        /// The type, such as `Instant`.
        kind: String,
        /// What its `toString` gives.
        text: Text,
    },
    /// An `ArrayBuffer`.
    ArrayBuffer(Vec<u8>),
    /// A typed array or `DataView`.
    View {
        /// The type, such as `Uint8Array`.
        kind: String,
        /// The `ArrayBuffer` that it looks at.
        buffer: Ref,
        /// Where it begins, in bytes.
        offset: usize,
        /// How far it reaches, in bytes.
        length: usize,
    },
    /// What a program's own reducer wrote.
    Custom {
        /// Its tag.
        name: String,
        /// What the reducer made of the value.
        content: Ref,
    },
}

impl Part {
    /// An array without holes.
    pub fn array(items: impl IntoIterator<Item = Ref>) -> Self {
        Self::Array(items.into_iter().map(Some).collect())
    }

    /// A plain object.
    pub fn object<K: Into<Text>>(members: impl IntoIterator<Item = (K, Ref)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A `Map`.
    pub fn map(pairs: impl IntoIterator<Item = (Ref, Ref)>) -> Self {
        Self::Map(pairs.into_iter().collect())
    }

    /// A `Set`.
    pub fn set(members: impl IntoIterator<Item = Ref>) -> Self {
        Self::Set(members.into_iter().collect())
    }

    /// The string, if it is one and well-formed.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => text.as_str(),
            _ => None,
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The integer, if it is a number without a fraction that JavaScript holds exactly, or a `BigInt`, and fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_i128()?.try_into().ok()
    }

    /// As [`Self::as_i64`], without a sign.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_i128()?.try_into().ok()
    }

    /// As [`Self::as_i64`], for larger ones.
    #[must_use]
    pub fn as_i128(&self) -> Option<i128> {
        match self {
            Self::Number(number) => number::small_integer(*number).map(i128::from),
            Self::BigInt(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The milliseconds since 1970 of a `Date`, unless it is the invalid one.
    #[must_use]
    pub fn as_date(&self) -> Option<i64> {
        match self {
            Self::Date(time) => *time,
            _ => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is `undefined`.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    /// What sort of value it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Undefined => Kind::Undefined,
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Number(_) => Kind::Number,
            Self::String(_) => Kind::String,
            Self::BigInt(_) => Kind::BigInt,
            Self::Date(_) => Kind::Date,
            Self::RegExp { .. } => Kind::RegExp,
            Self::Array(_) | Self::Sparse { .. } => Kind::Array,
            Self::Object(_) | Self::NullObject(_) => Kind::Object,
            Self::Map(_) => Kind::Map,
            Self::Set(_) => Kind::Set,
            Self::Boxed(_) => Kind::Boxed,
            Self::Url(_) => Kind::Url,
            Self::UrlSearchParams(_) => Kind::UrlSearchParams,
            Self::Temporal { .. } => Kind::Temporal,
            Self::ArrayBuffer(_) => Kind::ArrayBuffer,
            Self::View { .. } => Kind::TypedArray,
            Self::Custom { .. } => Kind::Custom,
        }
    }

    /// Changes every reference in it.
    pub(super) fn redirect(&mut self, mut to: impl FnMut(Ref) -> Ref) {
        match self {
            Self::Array(items) => items.iter_mut().flatten().for_each(|at| *at = to(*at)),
            Self::Sparse { items, .. } => items.iter_mut().for_each(|(_, at)| *at = to(*at)),
            Self::Object(members) | Self::NullObject(members) => {
                members.iter_mut().for_each(|(_, at)| *at = to(*at));
            }
            Self::Map(pairs) => {
                pairs.iter_mut().for_each(|(key, value)| (*key, *value) = (to(*key), to(*value)));
            }
            Self::Set(members) => members.iter_mut().for_each(|at| *at = to(*at)),
            Self::Boxed(at) | Self::View { buffer: at, .. } | Self::Custom { content: at, .. } => {
                *at = to(*at);
            }
            _ => {}
        }
    }

    /// The parts that it refers to.
    pub fn children(&self) -> impl Iterator<Item = Ref> {
        let (mut list, mut pairs): (&[Ref], &[(Ref, Ref)]) = (&[], &[]);
        let (mut items, mut sparse): (&[Option<Ref>], &[(u32, Ref)]) = (&[], &[]);
        let mut members: &[(Text, Ref)] = &[];
        match self {
            Self::Array(found) => items = found,
            Self::Sparse { items: found, .. } => sparse = found,
            Self::Object(found) | Self::NullObject(found) => members = found,
            Self::Map(found) => pairs = found,
            Self::Set(found) => list = found,
            Self::Boxed(found) | Self::View { buffer: found, .. } | Self::Custom { content: found, .. } => {
                list = std::slice::from_ref(found);
            }
            _ => {}
        }
        let flat = list.iter().copied().chain(items.iter().copied().flatten());
        let named = sparse.iter().map(|&(_, value)| value).chain(members.iter().map(|&(_, value)| value));
        flat.chain(named).chain(pairs.iter().flat_map(|&(key, value)| [key, value]))
    }
}

impl From<f64> for Part {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Part {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        /// A number up to ±(2^53−1), a `BigInt` beyond.
        impl From<$type> for Part {
            fn from(integer: $type) -> Self {
                let exact = i64::try_from(integer).ok().and_then(number::exact);
                exact.map_or_else(|| Self::BigInt(integer.to_string()), Self::Number)
            }
        }
    )*};
}

integers!(i64 u64 i128 u128 isize usize);

macro_rules! small_integers {
    ($($type:ty)*) => {$(
        impl From<$type> for Part {
            fn from(integer: $type) -> Self {
                Self::Number(integer.into())
            }
        }
    )*};
}

small_integers!(i8 u8 i16 u16 u32 f32);

impl From<()> for Part {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl From<char> for Part {
    fn from(char: char) -> Self {
        Self::String(char.to_string().into())
    }
}

impl From<bool> for Part {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Text> for Part {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}
