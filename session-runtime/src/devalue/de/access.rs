use std::borrow::Cow;
use std::vec;

use serde::de::value::CowStrDeserializer;
use serde::de::{
    self, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::key::Key;
use super::members::locate;
use super::value::De;
use crate::devalue::SIGNAL;
use crate::devalue::error::Error;
use crate::devalue::slot::Slot;
use crate::devalue::source::{Cursor, Head};
use crate::devalue::text::Raw;

/// Keys and values of a Map.
pub(super) struct Pairs<'a, 'de> {
    parent: De<'a, 'de>,
    pairs: vec::IntoIter<(Slot, Slot)>,
    value: Option<(Slot, Slot)>,
    fields: &'static [&'static str],
}

impl<'a, 'de> Pairs<'a, 'de> {
    pub(super) fn new(
        parent: De<'a, 'de>,
        pairs: Vec<(Slot, Slot)>,
        fields: &'static [&'static str],
    ) -> Self {
        Self { parent, pairs: pairs.into_iter(), value: None, fields }
    }
}

impl<'de> MapAccess<'de> for Pairs<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.value = self.pairs.next();
        let Some((key, _)) = self.value else { return Ok(None) };
        seed.deserialize(self.parent.with(key)).map(Some).map_err(Error::in_key)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (key, value) = self.value.take().unwrap_or((Slot::UNDEFINED, Slot::UNDEFINED));
        seed.deserialize(self.parent.with(value)).map_err(|error| match self.parent.input.source.head(key) {
            Ok(Head::Str(raw)) => locate(error, raw, self.fields),
            _ => error.in_key(),
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len())
    }
}

/// What serde is told about a value that it has no word for: a map with one key that begins like a marker's name.
pub(super) struct OneEntry<'a, 'de> {
    name: Cow<'de, str>,
    content: Option<Content<'a, 'de>>,
    told: bool,
}

enum Content<'a, 'de> {
    Bytes(Vec<u8>),
    Text(Cow<'de, str>),
    Value(De<'a, 'de>),
}

impl<'a, 'de> OneEntry<'a, 'de> {
    pub(super) fn text(name: impl Into<Cow<'de, str>>, text: Cow<'de, str>) -> Self {
        Self { name: name.into(), content: Some(Content::Text(text)), told: false }
    }

    pub(super) fn bytes(bytes: Vec<u8>) -> Self {
        Self { name: "Bytes".into(), content: Some(Content::Bytes(bytes)), told: false }
    }

    pub(super) fn value(name: Cow<'de, str>, value: De<'a, 'de>) -> Self {
        Self { name, content: Some(Content::Value(value)), told: false }
    }
}

impl<'de> MapAccess<'de> for OneEntry<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if std::mem::replace(&mut self.told, true) {
            return Ok(None);
        }
        seed.deserialize(format!("{SIGNAL}{}", self.name).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.content.take() {
            Some(Content::Value(value)) => seed.deserialize(value),
            Some(Content::Text(text)) => {
                let text: CowStrDeserializer<'_, Error> = text.into_deserializer();
                seed.deserialize(text)
            }
            Some(Content::Bytes(bytes)) => seed.deserialize(ByteBuf(bytes)),
            None => Err(de::Error::missing_field("content")),
        }
    }
}

struct ByteBuf(Vec<u8>);

impl<'de> de::Deserializer<'de> for ByteBuf {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_byte_buf(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant of an enum: its name, and what it holds.
pub(super) struct Variant<'a, 'de> {
    pub(super) name: Raw<'de>,
    pub(super) content: Option<De<'a, 'de>>,
    pub(super) known: &'static [&'static str],
}

impl<'a, 'de> Variant<'a, 'de> {
    pub(super) fn in_object(
        parent: De<'a, 'de>,
        mut cursor: Cursor<'de>,
        known: &'static [&'static str],
    ) -> Result<Self, Error> {
        let at = cursor.at;
        let only = |found| Error::mismatch("object whose only key is a variant's name", found).at(at);
        if !cursor.more(b'}') {
            return Err(only("empty object"));
        }
        let name = cursor.key()?;
        let mut slot = parent.input.source.slot(&mut cursor)?;
        if cursor.more(b'}') {
            // The same key again, perhaps: its last value counts.
            let text = name.decode();
            loop {
                if !cursor.key()?.is(&text) {
                    return Err(only("object with more keys"));
                }
                slot = parent.input.source.slot(&mut cursor)?;
                if !cursor.more(b'}') {
                    break;
                }
            }
        }
        Ok(Self { name, content: Some(parent.with(slot)), known })
    }

    fn content(self, visitor: &dyn Expected) -> Result<De<'a, 'de>, Error> {
        self.content.ok_or_else(|| Error::mismatch(visitor.to_string(), "a variant's name alone"))
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(Key(&self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.content.map_or(Ok(()), de::Deserialize::deserialize)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let (name, known) = (self.name, self.known);
        seed.deserialize(self.content(&"the variant's content")?).map_err(|error| locate(error, name, known))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let (name, known) = (self.name, self.known);
        let content = self.content(&visitor)?;
        de::Deserializer::deserialize_tuple(content, length, visitor)
            .map_err(|error| locate(error, name, known))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (name, known) = (self.name, self.known);
        let content = self.content(&visitor)?;
        de::Deserializer::deserialize_struct(content, "", fields, visitor)
            .map_err(|error| locate(error, name, known))
    }
}
