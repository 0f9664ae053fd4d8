//! From a text to serde's data model.

mod access;
mod items;
mod key;
mod members;
mod number;
mod tagged;
mod value;
mod view;

use std::cell::Cell;
use std::fmt;

use serde::de::{self, Deserialize, Visitor};

pub(crate) use self::value::De;
use super::error::Error;
use super::limits::Limits;
use super::node::Node;
use super::scan::scan;
use super::slot::Slot;
use super::source::Source;
use super::starts::Starts;

/// Reads a whole text as a Rust type, with the default [`Limits`].
///
/// ```
/// let cart: Vec<&str> = session_runtime::devalue::from_str(r#"[[1,1,2],"tea","milk"]"#)?;
/// assert_eq!(cart, ["tea", "tea", "milk"]);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Syntax`](super::ErrorKind) if it is no devalue text, `Type`, `Range` or `Missing` if it holds something
/// else than asked for, `Cycle` if a value contains itself, `Limit` if it asks for too much.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let limits = Limits::default();
    let mut starts = Starts::begin(limits.entries);
    let found = scan(text, &limits, &mut starts)?;
    let input = Input::new(Source { text, starts: &starts }, found.is_plain, &limits);
    let read = |input: &Input<'_, 'de>| T::deserialize(De::new(input, found.root, &limits));
    read(&input).or_else(|error| match error.may_come_of_twins() {
        true => read(&Input { has_twins: true, ..Input::new(input.source, input.is_plain, &limits) }),
        false => Err(error),
    })
}

/// What all values of one reading share.
pub(crate) struct Input<'a, 'de> {
    pub(crate) source: Source<'de, 'a>,
    /// Whether each string ends directly before the next entry.
    is_plain: bool,
    budget: Budget,
    /// Whether a field that the type does not have is refused instead of skipped.
    strict: bool,
    /// Whether the keys of objects are looked through for equal ones first: of these only the last counts. Nobody writes
    /// such objects, so it is done where a first reading has failed.
    pub(super) has_twins: bool,
}

impl<'a, 'de> Input<'a, 'de> {
    fn new(source: Source<'de, 'a>, is_plain: bool, limits: &Limits) -> Self {
        Self { source, is_plain, budget: Budget::new(source.text, limits), strict: false, has_twins: false }
    }
}

/// How much may still be read: what the text itself holds, and the limit on top of it for what is shared.
struct Budget(Cell<usize>);

impl Budget {
    fn new(text: &str, limits: &Limits) -> Self {
        Self(Cell::new(text.len().saturating_mul(4).saturating_add(limits.expansion)))
    }

    #[inline]
    fn take(&self, cost: usize) -> Result<(), Error> {
        match self.0.get().checked_sub(cost) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err(Self::exceeded()),
        }
    }

    #[cold]
    fn exceeded() -> Error {
        let note = "shared values would be read more often than the limit on expansion allows";
        Error::new(super::ErrorKind::Limit, note)
    }
}

/// Gives one value of a [`Document`](super::Document) to serde; see [`Node::deserializer`].
pub struct Deserializer<'de> {
    node: Node<'de>,
    input: Input<'de, 'de>,
}

impl<'de> Deserializer<'de> {
    pub(crate) fn new(node: Node<'de>) -> Self {
        Self { node, input: Input::new(node.source, node.is_plain, node.limits) }
    }

    /// The same value, refused if it has a field that the type does not have.
    pub(crate) fn strict(mut self) -> Self {
        self.input.strict = true;
        self
    }

    /// The same value, in whose objects keys may come twice.
    pub(crate) fn with_twins(mut self) -> Self {
        self.input.has_twins = true;
        self
    }

    fn inner(&self) -> De<'_, 'de> {
        let Node { slot, limits, .. } = self.node;
        De::new(&self.input, slot, limits)
    }
}

impl fmt::Debug for Deserializer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Deserializer").field(&self.node.kind()).finish()
    }
}

macro_rules! forward {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.inner().$method(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Deserializer<'de> {
    type Error = Error;

    forward!(
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    );

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.inner().deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.inner().deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.inner().deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.inner().deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.inner().deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.inner().deserialize_enum(name, variants, visitor)
    }
}
