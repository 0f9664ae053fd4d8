use std::borrow::Cow;
use std::vec;

use serde::de::value::CowStrDeserializer;
use serde::de::{
    self, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::key::Key;
use super::value::{CONTAINER, De};
use crate::devalue::SIGNAL;
use crate::devalue::error::Error;
use crate::devalue::keyed::{refuse_proto, superseded_keys};
use crate::devalue::slot::Slot;
use crate::devalue::source::Cursor;
use crate::devalue::text::Raw;

/// The items of an array, of a sparse array, or of a list.
pub(super) struct Items<'a, 'de> {
    parent: De<'a, 'de>,
    source: ItemSource<'de>,
    index: usize,
    /// How many items there will be.
    count: usize,
}

enum ItemSource<'de> {
    Text(Cursor<'de>),
    List(vec::IntoIter<Slot>),
    Sparse(usize, std::iter::Peekable<vec::IntoIter<(usize, Slot)>>),
}

impl<'a, 'de> Items<'a, 'de> {
    pub(super) fn at(parent: De<'a, 'de>, cursor: Cursor<'de>) -> Self {
        let count = parent.input.source.count_items(parent.slot, &cursor);
        Self { parent, source: ItemSource::Text(cursor), index: 0, count }
    }

    pub(super) fn listed(parent: De<'a, 'de>, slots: Vec<Slot>) -> Self {
        let count = slots.len();
        Self { parent, source: ItemSource::List(slots.into_iter()), index: 0, count }
    }

    pub(super) fn sparse(parent: De<'a, 'de>, length: u64, items: Vec<(usize, Slot)>) -> Self {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        // Almost nothing but holes: the length would reserve memory that a few bytes of text ask for.
        let count = items.len();
        Self { parent, source: ItemSource::Sparse(length, items.into_iter().peekable()), index: 0, count }
    }

    /// Gives the items to a visitor, which has to take them all.
    pub(super) fn visit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let value = visitor.visit_seq(&mut self)?;
        let taken = self.index;
        match self.next_slot()? {
            None => Ok(value),
            Some(_) => Err(Error::range(format!("{taken} items"), "more items")),
        }
    }

    #[inline]
    fn next_slot(&mut self) -> Result<Option<Slot>, Error> {
        if let ItemSource::Text(cursor) = &mut self.source
            && let Some(slot) = self.parent.input.source.next_plain_item(cursor)
        {
            self.index += 1;
            return Ok(Some(slot));
        }
        self.next_odd_slot()
    }

    #[inline(never)]
    fn next_odd_slot(&mut self) -> Result<Option<Slot>, Error> {
        let slot = match &mut self.source {
            ItemSource::Text(cursor) => match cursor.more(b']') {
                true => Some(self.parent.input.source.item(cursor)?),
                false => None,
            },
            ItemSource::List(slots) => slots.next(),
            ItemSource::Sparse(length, _) if self.index >= *length => None,
            ItemSource::Sparse(_, items) => {
                let here = items.next_if(|&(position, _)| position == self.index);
                self.parent.pay(CONTAINER)?;
                Some(here.map_or(Slot::UNDEFINED, |(_, slot)| slot))
            }
        };
        self.index += usize::from(slot.is_some());
        Ok(slot.map(|slot| if slot == Slot::HOLE { Slot::UNDEFINED } else { slot }))
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(slot) = self.next_slot()? else { return Ok(None) };
        let index = self.index - 1;
        seed.deserialize(self.parent.with(slot)).map(Some).map_err(|error| error.in_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.count.saturating_sub(self.index))
    }
}

/// Keys and values of an object.
pub(super) struct Members<'a, 'de> {
    parent: De<'a, 'de>,
    cursor: Cursor<'de>,
    close: u8,
    fields: &'static [&'static str],
    key: Raw<'de>,
    /// Where the keys stand that come again later, the first one last.
    passed_over: Vec<usize>,
}

impl<'a, 'de> Members<'a, 'de> {
    pub(super) fn new(
        parent: De<'a, 'de>,
        cursor: Cursor<'de>,
        close: u8,
        fields: &'static [&'static str],
    ) -> Self {
        let passed_over = match parent.input.has_twins {
            true => superseded_keys(cursor, close),
            false => Vec::new(),
        };
        Self { parent, cursor, close, fields, key: Raw { text: "", escaped: false }, passed_over }
    }

    /// Reads the next key and says where it stands, if there is one.
    fn next_key(&mut self) -> Result<Option<usize>, Error> {
        if !self.cursor.more(self.close) {
            return Ok(None);
        }
        let mut at = self.cursor.at;
        while self.passed_over.pop_if(|passed| *passed == at).is_some() {
            self.cursor.key()?;
            self.parent.input.source.slot(&mut self.cursor)?;
            // The last of equal keys is still to come.
            self.cursor.more(self.close);
            at = self.cursor.at;
        }
        self.key = self.cursor.key()?;
        refuse_proto(self.key, at)?;
        Ok(Some(at))
    }
}

/// Names a field of the type; a key that is data stays unnamed.
fn locate(error: Error, key: Raw<'_>, fields: &[&str]) -> Error {
    match fields.iter().find(|field| key.is(field)) {
        Some(field) => error.in_field(field),
        None => error.in_key(),
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(at) = self.next_key()? else { return Ok(None) };
        seed.deserialize(Key(self.key)).map(Some).map_err(|error| error.at(at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let slot = self.parent.input.source.slot(&mut self.cursor)?;
        let (key, fields) = (self.key, self.fields);
        seed.deserialize(self.parent.with(slot)).map_err(|error| locate(error, key, fields))
    }
}

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
            Ok(crate::devalue::source::Head::Str(raw)) => locate(error, raw, self.fields),
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
        Ok((seed.deserialize(Key(self.name))?, self))
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
