//! Everything that a text can say, as data.

mod equal;
mod layout;
mod part;
mod read;
mod text;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::part::{Part, Ref};
pub use self::text::Text;
use super::error::Error;
use super::limits::Limits;

/// A value of any kind: a list of [`Part`]s that refer to one another, so that shared and cyclic references can be held.
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
        let (parts, root) = read::read(text, limits, tags)?;
        Ok(Self { parts, root })
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
        Self::parse(&super::to_string(value)?)
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

/// Values are equal when they have the same shape: equal primitives, and the same parts shared.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        equal::equal(self, other)
    }
}
