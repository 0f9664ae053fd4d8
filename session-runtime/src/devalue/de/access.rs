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
use crate::devalue::keyed::{LongKeys, refuse_proto, set_members, sparse_items, superseded_keys};
use crate::devalue::quotes::Quotes;
use crate::devalue::ser::Form;
use crate::devalue::slot::Slot;
use crate::devalue::source::{Cursor, Head};
use crate::devalue::text::Raw;

/// The items of an array, of a sparse array, or of a Set. Most follow one another, so they are taken in runs.
pub(super) struct Items<'a, 'de> {
    parent: De<'a, 'de>,
    rest: Rest,
    /// Whether there may be more behind the run.
    more: bool,
    /// The next item, its value, and the index of the one behind the run.
    index: usize,
    slot: Slot,
    behind: usize,
}

/// What comes behind the run.
enum Rest {
    /// What stands there in the text.
    Text(usize),
    List(vec::IntoIter<Slot>),
    Sparse(usize, std::iter::Peekable<vec::IntoIter<(usize, Slot)>>),
}

impl<'a, 'de> Items<'a, 'de> {
    #[inline(always)]
    fn new(parent: De<'a, 'de>, rest: Rest) -> Self {
        Self { parent, rest, more: true, index: 0, slot: Slot::ROOT, behind: 0 }
    }

    #[inline(always)]
    pub(super) fn of_list(parent: De<'a, 'de>, at: usize) -> Self {
        Self::new(parent, Rest::Text(at))
    }

    /// Those of anything that has items in the form that is asked for.
    #[cold]
    pub(super) fn of(value: De<'a, 'de>) -> Result<Option<Self>, Error> {
        let source = &value.input.source;
        let rest = match (value.head()?, value.form()) {
            (Head::Array(cursor), Form::Plain) => {
                value.pay_for_text(0)?;
                Rest::Text(cursor.at)
            }
            (Head::Sparse(cursor), Form::Plain) => {
                let (length, items) = sparse_items(*source, cursor)?;
                value.pay_for_text(0)?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Rest::Sparse(length, items.into_iter().peekable())
            }
            (Head::Tagged(tag, cursor), Form::Set) if tag.is("Set") => {
                let mut long = LongKeys::default();
                let members = set_members(*source, cursor, &mut long)?;
                value.pay_for_text(long.bytes)?;
                Rest::List(members.into_iter())
            }
            _ => return Ok(None),
        };
        Ok(Some(Self::new(value.inside()?, rest)))
    }

    /// Gives the items to a visitor, which has to take them all.
    pub(super) fn visit<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        self.next_run()?;
        let value = visitor.visit_seq(&mut *self)?;
        let taken = self.index;
        match self.next_slot()? {
            None => Ok(value),
            Some(_) => Err(Error::range(format!("{taken} items"), "more items")),
        }
    }

    #[inline(always)]
    fn next_slot(&mut self) -> Result<Option<Slot>, Error> {
        if self.index >= self.behind {
            if !self.more {
                return Ok(None);
            }
            self.next_run()?;
            if self.index >= self.behind {
                return Ok(None);
            }
        }
        let slot = self.slot;
        self.index += 1;
        self.slot = slot.next();
        Ok(Some(slot))
    }

    /// Finds the items that come next, if there are any.
    #[inline(never)]
    fn next_run(&mut self) -> Result<(), Error> {
        let mut count = 1;
        let slot = match &mut self.rest {
            Rest::Text(at) => {
                let source = &self.parent.input.source;
                let mut cursor = source.cursor(*at);
                self.more = cursor.more(b']');
                if !self.more {
                    return Ok(());
                }
                let slot = source.item(&mut cursor)?;
                count += source.following_items(slot, &mut cursor);
                self.more = cursor.peek() != b']';
                *at = cursor.at;
                slot
            }
            Rest::List(slots) => {
                let Some(slot) = slots.next() else { return Ok(()) };
                slot
            }
            Rest::Sparse(length, _) if self.index >= *length => return Ok(()),
            Rest::Sparse(_, items) => {
                let here = items.next_if(|&(position, _)| position == self.index);
                self.parent.pay(CONTAINER)?;
                here.map_or(Slot::UNDEFINED, |(_, slot)| slot)
            }
        };
        self.slot = if slot == Slot::HOLE { Slot::UNDEFINED } else { slot };
        self.behind = self.index + count;
        Ok(())
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
        let more = match &self.rest {
            Rest::Text(at) if self.more => {
                let source = &self.parent.input.source;
                source.count_items(self.parent.slot(), &source.cursor(*at))
            }
            Rest::Text(_) => 0,
            Rest::List(slots) => slots.len(),
            // There may be almost nothing but holes: the length would reserve memory that a few bytes of text ask for.
            Rest::Sparse(_, items) => items.len(),
        };
        Some(self.behind - self.index + more)
    }
}

/// Keys and values of an object.
pub(super) struct Members<'a, 'de> {
    parent: De<'a, 'de>,
    /// Where the next key or value stands.
    at: usize,
    quotes: Quotes<'de>,
    close: u8,
    /// The value of the last key, if it was read along with that; otherwise a hole.
    value: Slot,
    /// The key that was given last, and where it stands.
    key: Raw<'de>,
    key_at: usize,
    fields: &'static [&'static str],
    /// Where the keys stand that come again later, the first one last.
    passed_over: Vec<usize>,
}

impl<'a, 'de> Members<'a, 'de> {
    #[inline(always)]
    pub(super) fn new(parent: De<'a, 'de>, at: usize, close: u8, fields: &'static [&'static str]) -> Self {
        let passed_over = match parent.input.has_twins {
            true => superseded_keys(parent.input.source.cursor(at), close),
            false => Vec::new(),
        };
        let (quotes, key) =
            (Quotes::new(parent.input.source.text.as_bytes()), Raw { text: "", escaped: false });
        Self { parent, at, quotes, close, value: Slot::HOLE, key, key_at: at, fields, passed_over }
    }

    /// Reads the next key, if there is one.
    #[inline]
    fn read_key(&mut self) -> Result<bool, Error> {
        if self.read_plain_key().is_some() { Ok(true) } else { self.read_odd_key() }
    }

    /// Reads the next key, and what it leads to, where they are as devalue writes them; `None` says nothing.
    #[inline]
    fn read_plain_key(&mut self) -> Option<()> {
        if !self.passed_over.is_empty() {
            return None;
        }
        let source = &self.parent.input.source;
        let mut cursor = source.cursor(self.at);
        let open = self.at + usize::from(cursor.peek() == b',');
        let close = self.quotes.close_of(open)?;
        let (key, index) = cursor.plain_member(open, close)?;
        self.value = Slot::entry(index).filter(|_| index < source.starts.len())?;
        (self.at, self.key_at) = (cursor.at, open);
        // Not as a whole: see `Items`.
        self.key.text = key;
        self.key.escaped = false;
        Some(())
    }

    #[inline(never)]
    fn read_odd_key(&mut self) -> Result<bool, Error> {
        let source = &self.parent.input.source;
        let mut cursor = source.cursor(self.at);
        if !cursor.more(self.close) {
            return Ok(false);
        }
        let mut at = cursor.at;
        while self.passed_over.pop_if(|passed| *passed == at).is_some() {
            cursor.key()?;
            source.slot(&mut cursor)?;
            // The last of equal keys is still to come.
            cursor.more(self.close);
            at = cursor.at;
        }
        self.key = cursor.key()?;
        (self.at, self.key_at, self.value) = (cursor.at, at, Slot::HOLE);
        refuse_proto(self.key, at)?;
        Ok(true)
    }

    #[cold]
    fn read_odd_value(&mut self) -> Result<Slot, Error> {
        let mut cursor = self.parent.input.source.cursor(self.at);
        let slot = self.parent.input.source.slot(&mut cursor)?;
        self.at = cursor.at;
        Ok(slot)
    }
}

/// Names a field of the type; a key that is data stays unnamed.
fn locate(error: Error, key: Raw<'_>, fields: &[&str]) -> Error {
    match fields.iter().find(|field| key.is(field)) {
        Some(field) => error.in_field(field),
        None => error.in_key(),
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.read_key()? {
            return Ok(None);
        }
        seed.deserialize(Key(&self.key)).map(Some).map_err(|error| error.at(self.key_at))
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let slot = match self.value {
            Slot::HOLE => self.read_odd_value()?,
            slot => slot,
        };
        seed.deserialize(self.parent.with(slot)).map_err(|error| locate(error, self.key, self.fields))
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
