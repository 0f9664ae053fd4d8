//! Walking through a value.

use std::fmt;

use super::Value;
use super::part::{Part, Ref};
use crate::devalue::kind::Kind;

/// A place in a [`Value`], from which one goes on to what is inside. Cheap to copy.
///
/// ```
/// use session_runtime::devalue::Value;
///
/// let value = Value::parse(r#"[{"user":1,"cart":4},{"name":2,"tags":3},"Ada",["Set",2],[1,-1]]"#)?;
/// let name = value.walk().get("user").and_then(|user| user.get("name"));
/// assert_eq!(name.and_then(|name| name.as_str()), Some("Ada"));
/// assert_eq!(value.pointer("/cart/0/name").and_then(|name| name.as_str()), Some("Ada"));
/// assert!(value.pointer("/cart/1").is_some_and(|item| item.is_undefined()));
/// let tags = value.pointer("/user/tags").into_iter().flat_map(|tags| tags.items());
/// assert_eq!(tags.filter_map(|tag| tag.as_str()).collect::<Vec<_>>(), ["Ada"]);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ValueRef<'v> {
    value: &'v Value,
    at: Ref,
}

impl Value {
    /// The value itself as a place to go on from.
    #[must_use]
    pub fn walk(&self) -> ValueRef<'_> {
        self.at(self.root)
    }

    /// The place that a reference leads to.
    #[must_use]
    pub fn at(&self, at: Ref) -> ValueRef<'_> {
        ValueRef { value: self, at }
    }

    /// The place that a JSON pointer (RFC 6901) leads to: `/user/tags/0`. Keys are those of objects and string keys of a `Map`,
    /// numbers positions in arrays.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<ValueRef<'_>> {
        if pointer.is_empty() {
            return Some(self.walk());
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self.walk(), |place, token| {
            let key = token.replace("~1", "/").replace("~0", "~");
            place.get(&key).or_else(|| {
                let plain = !key.starts_with('+') && (key.len() == 1 || !key.starts_with('0'));
                place.index(key.parse().ok().filter(|_| plain)?)
            })
        })
    }
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        impl ValueRef<'_> {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self) -> $type {
                self.part().$name()
            }
        )*}

        impl Value {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> $type {
                self.get(self.root).$name()
            }
        )*}
    };
}

questions! {
    /// The number, if it is one.
    as_f64: Option<f64>;
    /// The truth value, if it is one.
    as_bool: Option<bool>;
    /// The integer, if it is a number without a fraction that JavaScript holds exactly, or a `BigInt`, and fits.
    as_i64: Option<i64>;
    /// As [`as_i64`](Self::as_i64), without a sign.
    as_u64: Option<u64>;
    /// As [`as_i64`](Self::as_i64), for larger ones.
    as_i128: Option<i128>;
    /// The milliseconds since 1970 of a `Date`, unless it is the invalid one.
    as_date: Option<i64>;
    /// Whether it is `null`.
    is_null: bool;
    /// Whether it is `undefined`.
    is_undefined: bool;
    /// What sort of value it is.
    kind: Kind;
}

impl Value {
    /// The string, if it is one and well-formed.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.get(self.root).as_str()
    }
}

impl<'v> ValueRef<'v> {
    /// The string, if it is one and well-formed.
    #[must_use]
    pub fn as_str(self) -> Option<&'v str> {
        self.part().as_str()
    }

    /// What is there.
    #[must_use]
    pub fn part(self) -> &'v Part {
        self.value.get(self.at)
    }

    /// What leads here. Two places of one value are the same object exactly when these are equal.
    #[must_use]
    pub fn reference(self) -> Ref {
        self.at
    }

    /// The value under a key of an object, or under a string key of a `Map`.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.value.field(self.at, key).map(|at| self.value.at(at))
    }

    /// The item at a position of an array; `None` for a hole and past the end.
    #[must_use]
    pub fn index(self, position: usize) -> Option<Self> {
        self.value.item(self.at, position).map(|at| self.value.at(at))
    }

    /// How many items, members or pairs it has: an array's length with its holes; 0 for what has none.
    #[must_use]
    pub fn len(self) -> usize {
        match self.part() {
            Part::Array(items) => items.len(),
            Part::Sparse { length, .. } => usize::try_from(*length).unwrap_or(usize::MAX),
            Part::Object(members) | Part::NullObject(members) => members.len(),
            Part::Map(pairs) => pairs.len(),
            Part::Set(members) => members.len(),
            _ => 0,
        }
    }

    /// Whether it has no items, members or pairs.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The items of an array (but its holes) or the members of a `Set`; nothing of what has none.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let listed = matches!(self.part(), Part::Array(_) | Part::Sparse { .. } | Part::Set(_));
        let children = listed.then(|| self.part().children());
        children.into_iter().flatten().map(move |at| self.value.at(at))
    }

    /// The members of an object whose keys are well-formed, and the pairs of a `Map` that have a string for a key; nothing of
    /// what has none.
    pub fn entries(self) -> impl Iterator<Item = (&'v str, Self)> {
        let (mut members, mut pairs): (&[_], &[_]) = (&[], &[]);
        match self.part() {
            Part::Object(found) | Part::NullObject(found) => members = found,
            Part::Map(found) => pairs = found,
            _ => {}
        }
        let members = members.iter().filter_map(|(key, at)| Some((key.as_str()?, *at)));
        let pairs = pairs.iter().filter_map(move |(key, at)| Some((self.value.get(*key).as_str()?, *at)));
        members.chain(pairs).map(move |(key, at)| (key, self.value.at(at)))
    }

    /// All pairs of a `Map`; nothing of what is none.
    pub fn pairs(self) -> impl Iterator<Item = (Self, Self)> {
        let pairs: &[(Ref, Ref)] = match self.part() {
            Part::Map(pairs) => pairs,
            _ => &[],
        };
        pairs.iter().map(move |&(key, at)| (self.value.at(key), self.value.at(at)))
    }
}

/// Only the sort of value: what it holds may be secret.
impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValueRef").field(&self.kind()).finish()
    }
}
