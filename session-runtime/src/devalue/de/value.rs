use std::borrow::Cow;

use serde::de::value::{CowStrDeserializer, SeqDeserializer};
use serde::de::{self, Expected, Visitor};

use super::access::{Pairs, Variant};
use super::items::Items;
use super::members::Members;
use super::view::View;
use super::{Input, Slot};
use crate::devalue::SIGNAL;
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::keyed::contains_itself;
use crate::devalue::kind::Kind;
use crate::devalue::limits::Limits;
use crate::devalue::ser::Form;
use crate::devalue::source::Head;
use crate::devalue::text::Raw;

/// One value as a deserializer. `'de` is the text, `'a` what is known about it.
///
/// It is two words, because every step hands one on: those are given in registers.
#[derive(Clone, Copy)]
pub(crate) struct De<'a, 'de> {
    pub(super) input: &'a Input<'a, 'de>,
    view: View,
}

/// Cost of a container, in bytes of text; the text itself is paid for on top when its items are read. A hole that no text
/// stands for costs as much.
pub(super) const CONTAINER: usize = 16;

impl<'a, 'de> De<'a, 'de> {
    pub(super) fn new(input: &'a Input<'a, 'de>, slot: Slot, limits: &Limits) -> Self {
        let depth = u16::try_from(limits.depth).unwrap_or(u16::MAX);
        Self { input, view: View::new(slot, depth, Form::Plain) }
    }

    #[inline(always)]
    pub(super) fn slot(&self) -> Slot {
        self.view.slot()
    }

    pub(super) fn form(&self) -> Form {
        self.view.form()
    }

    /// The same reading of another value.
    #[inline(always)]
    pub(super) fn with(&self, slot: Slot) -> Self {
        Self { view: View::new(slot, self.view.depth(), Form::Plain), ..*self }
    }

    /// The same value as what a marker asks for.
    pub(super) fn seen_as(&self, form: Form) -> Self {
        Self { view: View::new(self.slot(), self.view.depth(), form), ..*self }
    }

    pub(super) fn head(&self) -> Result<Head<'de>, Error> {
        let head = self.input.source.head(self.slot())?;
        let cost = match &head {
            Head::Str(raw) => raw.text.len() + 1,
            // Spaces may be most of it, and what stands behind the tag is read at once.
            Head::Tagged(..) => CONTAINER + self.input.source.span(self.slot()),
            Head::Number(token) => token.len(),
            Head::Object(_) | Head::Array(_) | Head::Sparse(_) => CONTAINER,
            _ => 1,
        };
        self.pay(cost)?;
        Ok(head)
    }

    #[inline]
    pub(super) fn pay(&self, cost: usize) -> Result<(), Error> {
        self.input.budget.take(cost).map_err(|error| self.locate(error))
    }

    /// Pays for a container whose items are about to be read: its text, and `more`.
    #[inline]
    pub(super) fn pay_for_text(&self, more: usize) -> Result<(), Error> {
        self.pay(self.input.source.span(self.slot()) + more)
    }

    pub(super) fn locate(&self, error: Error) -> Error {
        match self.input.source.offset(self.slot()) {
            Some(offset) => error.at(offset),
            None => error,
        }
    }

    pub(super) fn mismatch(&self, visitor: &dyn Expected) -> Error {
        self.expected(visitor.to_string())
    }

    pub(super) fn expected(&self, words: impl Into<Cow<'static, str>>) -> Error {
        self.locate(Error::mismatch(words, self.input.source.kind(self.slot()).to_string()))
    }

    /// The same value seen from one level further down.
    #[inline]
    pub(super) fn inside(self) -> Result<Self, Error> {
        match self.deeper() {
            Some(inside) => Ok(inside),
            None => Err(self.too_deep()),
        }
    }

    #[inline(always)]
    fn deeper(&self) -> Option<Self> {
        let depth = self.view.depth().checked_sub(1)?;
        Some(Self { view: View::new(self.slot(), depth, Form::Plain), ..*self })
    }

    #[cold]
    fn too_deep(self) -> Error {
        self.locate(match contains_itself(self.input.source, self.slot()) {
            true => Error::new(ErrorKind::Cycle, "a value that contains itself"),
            false => Error::new(ErrorKind::Limit, "values are nested deeper than the limit"),
        })
    }

    #[inline]
    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.plain_text() {
            Some(text) => visitor.visit_borrowed_str(text).map_err(|error| self.locate(error)),
            None => self.odd_text(visitor),
        }
    }

    /// A string without escapes, if it is one and paid for. Apart, because it is the same for all types.
    #[inline(never)]
    fn plain_text(self) -> Option<&'de str> {
        let source = &self.input.source;
        let text = match self.input.is_plain {
            true => source.whole_string(self.slot())?,
            false => source.plain_string(self.slot())?,
        };
        self.input.budget.take(text.len() + 1).is_ok().then_some(text)
    }

    /// A string with escapes, too much text, or no string at all.
    #[cold]
    fn odd_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.head()? {
            Head::Str(raw) => visit_text(&raw, visitor).map_err(|error| self.locate(error)),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    /// Where the inside of an array begins whose first item is an entry, if the cost is paid; `None` says nothing.
    #[inline(never)]
    fn plain_list(self) -> Option<usize> {
        let at = self.input.source.plain_list(self.slot()).filter(|_| self.view.is(Form::Plain))?;
        self.pays_for_container().then_some(at)
    }

    /// As [`Self::plain_list`], of an object.
    #[inline(never)]
    fn plain_object(self) -> Option<usize> {
        let at = self.input.source.plain_object(self.slot()).filter(|_| !self.view.is(Form::Map))?;
        self.pays_for_container().then_some(at)
    }

    #[inline]
    fn pays_for_container(self) -> bool {
        self.input.budget.take(CONTAINER + self.input.source.span(self.slot())).is_ok()
    }

    /// As [`Self::plain_object`], of any object, and the bracket that closes it; `None` if it is none.
    #[cold]
    fn object(&self) -> Result<Option<(Self, usize, u8)>, Error> {
        let (cursor, close) = match self.head()? {
            _ if self.view.is(Form::Map) => return Ok(None),
            Head::Object(cursor) => (cursor, b'}'),
            Head::Tagged(tag, cursor) if tag.is("null") => (cursor, b']'),
            _ => return Ok(None),
        };
        self.pay_for_text(0)?;
        Ok(Some((self.inside()?, cursor.at, close)))
    }

    pub(super) fn sequence<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut items = match (self.plain_list(), self.deeper()) {
            (Some(at), Some(inside)) => Items::of_list(inside, at),
            _ => match Items::of(self) {
                Ok(Some(items)) => items,
                Ok(None) => return self.odd_sequence(visitor).map_err(|error| self.locate(error)),
                Err(error) => return Err(self.locate(error)),
            },
        };
        items.visit(visitor).map_err(|error| self.locate(error))
    }

    #[cold]
    fn odd_sequence<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.head()?, self.form()) {
            (_, Form::Set) => Err(self.expected("set")),
            (Head::Tagged(tag, _), Form::Plain) if Self::is_byte_view(tag) => {
                visitor.visit_seq(SeqDeserializer::new(self.bytes()?.into_iter()))
            }
            _ => Err(self.mismatch(&visitor)),
        }
    }

    pub(super) fn mapping<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut members = match (self.plain_object(), self.deeper()) {
            (Some(at), Some(inside)) => Members::new(inside, at, b'}', fields),
            _ => match self.object() {
                Ok(Some((parent, at, close))) => Members::new(parent, at, close, fields),
                Ok(None) => return self.odd_mapping(fields, visitor).map_err(|error| self.locate(error)),
                Err(error) => return Err(self.locate(error)),
            },
        };
        visitor.visit_map(&mut members).map_err(|error| self.locate(error))
    }

    /// A Map, or nothing that has keys.
    #[cold]
    fn odd_mapping<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match (self.head()?, self.form()) {
            (Head::Tagged(tag, cursor), Form::Map) if tag.is("Map") => self.map_access(cursor, visitor),
            (_, Form::Map) => Err(self.expected("map")),
            (Head::Tagged(tag, cursor), _) if tag.is("Map") => {
                let pairs = self.pairs(cursor)?;
                if pairs.iter().any(|&(key, _)| self.input.source.kind(key) != Kind::String) {
                    let found = "map with keys that are no strings";
                    return Err(self.locate(Error::mismatch((&visitor as &dyn Expected).to_string(), found)));
                }
                visitor.visit_map(Pairs::new(self.inside()?, pairs, fields))
            }
            _ => Err(self.mismatch(&visitor)),
        }
    }
}

#[inline]
pub(super) fn visit_text<'de, V: Visitor<'de>>(raw: &Raw<'de>, visitor: V) -> Result<V::Value, Error> {
    match raw.escaped {
        false => visitor.visit_borrowed_str(raw.text),
        true => visitor.visit_string(raw.decode().into_owned()),
    }
}

macro_rules! by {
    ($($method:ident $function:ident($($argument:expr),*);)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$function($($argument,)* visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for De<'_, 'de> {
    type Error = Error;

    by!(
        deserialize_i8 integer(false); deserialize_i16 integer(false); deserialize_i32 integer(false);
        deserialize_i64 integer(false); deserialize_u8 integer(false); deserialize_u16 integer(false);
        deserialize_u32 integer(false); deserialize_u64 integer(false); deserialize_i128 integer(true);
        deserialize_u128 integer(true); deserialize_f32 float(); deserialize_f64 float(); deserialize_char text();
        deserialize_str text(); deserialize_string text(); deserialize_identifier text(); deserialize_seq sequence();
        deserialize_map mapping(&[]); deserialize_bytes deserialize_byte_buf();
    );

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.view.is(Form::Bytes) {
            return self.deserialize_byte_buf(visitor);
        }
        match self.head()? {
            Head::Undefined | Head::Null => visitor.visit_unit(),
            Head::Bool(value) => visitor.visit_bool(value),
            Head::Float(value) => visitor.visit_f64(value),
            Head::Number(token) => Self::number(token, visitor),
            Head::Str(raw) => visit_text(&raw, visitor),
            Head::Object(_) => return self.mapping(&[], visitor),
            Head::Array(_) | Head::Sparse(_) => return self.sequence(visitor),
            Head::Tagged(tag, cursor) => self.any_tagged(tag, cursor, visitor),
        }
        .map_err(|error| self.locate(error))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.head()? {
            Head::Bool(value) => visitor.visit_bool(value).map_err(|error| self.locate(error)),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.head()? {
            Head::Tagged(tag, _) if tag.is("ArrayBuffer") || Self::is_byte_view(tag) => {
                visitor.visit_byte_buf(self.bytes()?).map_err(|error| self.locate(error))
            }
            Head::Array(_) | Head::Sparse(_) => self.seen_as(Form::Plain).sequence(visitor),
            _ => Err(self.expected("bytes")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.input.source.is_nothing(self.slot()) {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.head()? {
            Head::Undefined | Head::Null => visitor.visit_unit(),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let form = if name.starts_with(SIGNAL) { Form::of_signal(name) } else { None };
        match form {
            None | Some(Form::Undefined) => visitor.visit_newtype_struct(self),
            Some(Form::Value) => visitor.visit_newtype_struct(self.whole()?),
            Some(form @ (Form::Map | Form::Set | Form::Bytes)) => {
                visitor.visit_newtype_struct(self.seen_as(form))
            }
            Some(form) => {
                let text = self.marked(form)?;
                let inner: CowStrDeserializer<'_, Error> = de::IntoDeserializer::into_deserializer(text);
                visitor.visit_newtype_struct(inner).map_err(|error| self.locate(error))
            }
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.sequence(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.sequence(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.mapping(fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.head()? {
            Head::Str(name) => visitor.visit_enum(Variant { name, content: None, known }),
            Head::Object(cursor) => {
                self.pay_for_text(0)?;
                let variant = Variant::in_object(self.inside()?, cursor, known)?;
                visitor.visit_enum(variant)
            }
            _ => Err(self.expected("variant of an enum")),
        }
        .map_err(|error| self.locate(error))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.input.strict {
            true => Err(self.locate(Error::mismatch("no other field", "another field"))),
            false => visitor.visit_unit(),
        }
    }
}
