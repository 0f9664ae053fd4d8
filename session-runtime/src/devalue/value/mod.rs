//! Everything that a text can say, as data.

mod build;
mod de;
mod elements;
mod equal;
mod layout;
mod part;
mod read;
mod ser;
mod text;
mod walk;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use self::de::Whole;
pub use self::part::{Part, Ref};
use self::read::{One, Tags};
pub use self::text::Text;
pub use self::walk::ValueRef;
use super::error::Error;
use super::limits::Limits;
use super::slot::Slot;
use super::source::Source;

/// A value of any kind: a list of [`Part`]s that refer to one another, so that shared and cyclic references can be held.
///
/// It is built part by part as below, or put together by [`object`](Self::object), [`array`](Self::array), [`map`](Self::map), [`set`](Self::set) and
/// `From`; walked from part to part, or from [`walk`](Self::walk) and [`pointer`](Self::pointer) on. It can be a field of a struct and the value of
/// a session's key: see [below](#serde).
///
/// ```
/// use session_runtime::devalue::{Part, Value};
///
/// let mut value = Value::new();
/// let name = value.add("Ada");
/// let user = value.add(Part::object([("name", name)]));
/// let list = value.add(Part::array([user, user]));
/// value.set_root(list);
/// assert_eq!(value.to_text()?, r#"[[1,1],{"name":2},"Ada"]"#);
///
/// let value = Value::parse(r#"[{"name":1,"self":0},"Ada"]"#)?;
/// let name = value.field(value.root(), "name").expect("it is there");
/// assert_eq!(value.get(name).as_str(), Some("Ada"));
/// assert_eq!(value.field(value.root(), "self"), Some(value.root()));
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
///
/// # Serde
/// In devalue's own texts nothing is lost: a field of this type holds whatever stands there, and is written as it was, shared and
/// cyclic references inside it included. (What two fields share becomes two.) Formats that are not for people, such as bincode, get devalue's text
/// as a string. In all others, such as serde_json:
///
/// | value | is written as | what is read there |
/// |---|---|---|
/// | `null`, booleans, strings | the same; a lone surrogate as U+FFFD | the same |
/// | numbers | an integer where it is one, else a float; JSON has `null` for `NaN` and the infinities | a number, beyond ±(2^53−1) an integer is a `BigInt` |
/// | `undefined`, a hole | `null` | |
/// | arrays, `Set` | a sequence | an array |
/// | objects | a map | an object |
/// | `Map` | a map; JSON refuses keys that are no strings, numbers or booleans | a map whose keys are not all strings |
/// | `BigInt`, `URL`, `RegExp`, `Date` | as the [markers](super#how-serdes-types-are-written) are: decimal digits, the address, `/source/flags`, the date in ISO 8601 (an invalid one is an empty string) | a string |
/// | `URLSearchParams`, `Temporal` types | their text | a string |
/// | boxed values | what is in the box | |
/// | `Uint8Array`, `Uint8ClampedArray`, `ArrayBuffer`, `DataView` | bytes | bytes are a `Uint8Array`; JSON has arrays of numbers |
/// | other typed arrays | a sequence of numbers (`BigInt`s as digits) | an array |
/// | custom values | a map with one key, `$devalue::` and the tag | an object |
/// | shared references | written again for each, up to the limit on expansion | |
/// | a cycle, more than 128 levels, a view that does not fit its buffer, a date out of range | an error | an error where nested deeper |
///
/// Inside `#[serde(flatten)]`, untagged and internally tagged enums serde holds values in a form of its own before it gives them on. Most
/// come through, told as `{"$devalue::Date": "…"}`; of a `Map` with string keys, a `Set`, `undefined`, boxed values and
/// objects without prototype remain object, array, `null`, content and plain object, and typed arrays of more than a byte are refused. For the same
/// reason a map of that form is taken for a date (a URL, …) wherever it comes from: JSON from strangers that is to be
/// given on to JavaScript should not have keys that begin with `$devalue::`.
#[derive(Clone, Debug, Default)]
pub struct Value {
    parts: Vec<Part>,
    root: Ref,
}

impl Value {
    /// Begins a value that is `undefined` until [`Self::set_root`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a text as devalue does without revivers, except that a URL may also stand as Astro writes it.
    ///
    /// ```
    /// use session_runtime::devalue::{Part, Value};
    ///
    /// let value = Value::parse(r#"[["Date","1970-01-01T00:00:00.001Z"]]"#)?;
    /// assert!(matches!(value.get(value.root()), Part::Date(Some(1))));
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`](super::ErrorKind) if the text is no devalue text or says what JavaScript would make sense of
    /// only by coercing types, `Unsupported` for an unknown tag or a key `__proto__`, `Limit` if it is too large.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_with(text, &Limits::default(), &[])
    }

    /// Reads a text with limits of one's own, and with tags that become [`Part::Custom`].
    ///
    /// Tags may be names that devalue has a meaning for: then the entry's content is kept as it stands.
    ///
    /// ```
    /// use session_runtime::devalue::{Limits, Part, Value};
    ///
    /// let value = Value::parse_with(r#"[["Money",1],250]"#, &Limits::default(), &["Money"])?;
    /// assert!(matches!(value.get(value.root()), Part::Custom { name, .. } if name == "Money"));
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_with(text: &str, limits: &Limits, tags: &[&str]) -> Result<Self, Error> {
        let (parts, root) = read::read(text, limits, Tags::Named(tags))?;
        Ok(Self { parts, root })
    }

    /// Reads one value of a text that was opened, and tells how many bytes that took. A tag that means nothing becomes
    /// [`Part::Custom`].
    pub(crate) fn read_one(
        source: Source<'_, '_>,
        slot: Slot,
        expansion: usize,
    ) -> Result<(Self, usize), Error> {
        let One { parts, root, bytes } = read::read_one(source, slot, expansion)?;
        Ok((Self { parts, root }, bytes))
    }

    /// Writes the value, byte for byte as `devalue.stringify` prints it.
    ///
    /// # Errors
    /// `Unsupported` for what has no form: a [`Ref`] of another value, a key `__proto__`, a date out of range, a view that
    /// does not fit its buffer.
    pub fn to_text(&self) -> Result<String, Error> {
        layout::write(&self.parts, self.root)
    }

    /// Makes a value of a Rust value.
    ///
    /// ```
    /// use session_runtime::devalue::Value;
    ///
    /// let value = Value::from_serialize(&vec![1, 2])?;
    /// assert_eq!(value.to_text()?, "[[1,2],1,2]");
    /// assert_eq!(value.decode::<Vec<u8>>()?, [1, 2]);
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`to_string`](super::to_string).
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let (parts, root) = read::read(&super::to_string(value)?, &Limits::of_own_text(), Tags::Unknown)?;
        Ok(Self { parts, root })
    }

    /// Makes a Rust value of the value.
    ///
    /// # Errors
    /// As [`from_str`](super::from_str) and [`Self::to_text`].
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        super::from_str(&self.to_text()?)
    }

    /// The part that is the value itself.
    #[must_use]
    pub fn root(&self) -> Ref {
        self.root
    }

    /// Says which part is the value itself.
    pub fn set_root(&mut self, root: Ref) {
        self.root = root;
    }

    /// Adds a part and gives what refers to it.
    ///
    /// Objects, arrays, dates and the like have an identity: two references to one part are the same object. Equal
    /// strings, numbers and other primitives are one anyway.
    pub fn add(&mut self, part: impl Into<Part>) -> Ref {
        let at = Ref::part(self.parts.len());
        self.parts.push(part.into());
        at
    }

    /// What a reference leads to; `undefined` if it belongs to another value.
    #[must_use]
    pub fn get(&self, at: Ref) -> &Part {
        at.index().map_or_else(|| at.constant(), |index| self.parts.get(index).unwrap_or(&Part::Undefined))
    }

    /// What a reference leads to, to be changed; `None` for the constants, such as [`Ref::UNDEFINED`].
    pub fn get_mut(&mut self, at: Ref) -> Option<&mut Part> {
        self.parts.get_mut(at.index()?)
    }

    /// The value under a key of an object, or under a string key of a `Map`.
    #[must_use]
    pub fn field(&self, at: Ref, name: &str) -> Option<Ref> {
        match self.get(at) {
            Part::Object(members) | Part::NullObject(members) => {
                members.iter().find(|(key, _)| key.as_str() == Some(name)).map(|&(_, value)| value)
            }
            Part::Map(pairs) => {
                pairs.iter().find(|(key, _)| self.get(*key).as_str() == Some(name)).map(|&(_, value)| value)
            }
            _ => None,
        }
    }

    /// The item at a position of an array; `None` for a hole and past the end.
    #[must_use]
    pub fn item(&self, at: Ref, index: usize) -> Option<Ref> {
        match self.get(at) {
            Part::Array(items) => items.get(index).copied().flatten(),
            Part::Sparse { items, .. } => {
                let index = u32::try_from(index).ok()?;
                items.iter().find(|&&(position, _)| position == index).map(|&(_, value)| value)
            }
            _ => None,
        }
    }
}

/// Makes a [`Value`] of a Rust value, as [`Value::from_serialize`] does.
///
/// ```
/// use session_runtime::devalue::{from_value, to_value};
///
/// let value = to_value(&[("tea", 2)])?;
/// assert_eq!(value.pointer("/0/0").and_then(|name| name.as_str()), Some("tea"));
/// assert_eq!(from_value::<Vec<(String, u8)>>(&value)?, [("tea".to_owned(), 2)]);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
///
/// # Errors
/// As [`to_string`](super::to_string).
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    Value::from_serialize(value)
}

/// Makes a Rust value of a [`Value`], as [`Value::decode`] does.
///
/// # Errors
/// As [`from_str`](super::from_str) and [`Value::to_text`].
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, Error> {
    value.decode()
}

/// Values are equal when they have the same shape: equal primitives, and the same parts shared.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        equal::equal(self, other)
    }
}
