use super::text::Text;
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
