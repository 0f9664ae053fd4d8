//! A value from what serde deserializes. Our own deserializer, and formats that nobody reads, give devalue's text; of others
//! anything is taken, and what they tell under a marker's name is what the marker says.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::Value;
use super::part::{Part, Ref};
use super::read::{Tags, is_url, read};
use super::text::Text;
use crate::devalue::kind::is_temporal;
use crate::devalue::limits::Limits;
use crate::devalue::{SIGNAL, WHOLE, date, error, number};

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Self::new();
        value.root = Seed { value: &mut value, depth: Limits::DEPTH }.deserialize(deserializer)?;
        Ok(value)
    }
}

/// Adds what it reads to a value.
struct Seed<'v> {
    value: &'v mut Value,
    /// How many levels of containers may still follow.
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Ref;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Ref, D::Error> {
        deserializer.deserialize_newtype_struct(WHOLE, self)
    }
}

impl Seed<'_> {
    #[expect(clippy::unnecessary_wraps, reason = "it is what every visit gives")]
    fn add<E>(self, part: impl Into<Part>) -> Result<Ref, E> {
        Ok(self.value.add(part))
    }

    fn deeper<E: Error>(&self) -> Result<u32, E> {
        self.depth.checked_sub(1).ok_or_else(|| E::custom("values are nested deeper than the limit"))
    }

    fn child(&mut self, depth: u32) -> Seed<'_> {
        Seed { value: self.value, depth }
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Ref;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Ref, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(self);
        }
        let text = String::deserialize(deserializer)?;
        let (parts, root) = read(&text, &Limits::of_own_text(), Tags::Unknown).map_err(D::Error::custom)?;
        Ok(self.value.graft(Value { parts, root }))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Ref, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_none<E>(self) -> Result<Ref, E> {
        self.add(Part::Null)
    }

    fn visit_unit<E>(self) -> Result<Ref, E> {
        self.add(Part::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ref, E> {
        self.add(value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ref, E> {
        self.add(value)
    }

    fn visit_i128<E>(self, value: i128) -> Result<Ref, E> {
        self.add(value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ref, E> {
        self.add(value)
    }

    fn visit_u128<E>(self, value: u128) -> Result<Ref, E> {
        self.add(value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ref, E> {
        self.add(value)
    }

    fn visit_str<E>(self, text: &str) -> Result<Ref, E> {
        self.add(text)
    }

    fn visit_string<E>(self, text: String) -> Result<Ref, E> {
        self.add(text)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Ref, E> {
        self.visit_byte_buf(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Ref, E> {
        let length = bytes.len();
        let buffer = self.value.add(Part::ArrayBuffer(bytes));
        self.add(Part::View { kind: "Uint8Array".to_owned(), buffer, offset: 0, length })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut sequence: A) -> Result<Ref, A::Error> {
        let depth = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self.child(depth))? {
            items.push(Some(item));
        }
        self.add(Part::Array(items))
    }

    /// An object where all keys are strings, else a `Map`.
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Ref, A::Error> {
        let depth = self.deeper()?;
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key_seed(self.child(depth))? {
            pairs.push((key, map.next_value_seed(self.child(depth))?));
        }
        let member = |&(key, at): &(Ref, Ref)| match self.value.get(key) {
            Part::String(key) => Some((key.clone(), at)),
            _ => None,
        };
        let part = match pairs.iter().map(member).collect::<Option<Vec<_>>>() {
            Some(members) => told(self.value, &members).unwrap_or(Part::Object(members)),
            None => Part::Map(pairs),
        };
        self.add(part)
    }
}

/// What our deserializer tells a buffer that does not know the type yet: `{"$devalue::Date": text}`.
fn told(value: &Value, members: &[(Text, Ref)]) -> Option<Part> {
    let [(key, content)] = members else { return None };
    let name = key.as_str()?.strip_prefix(SIGNAL)?;
    let content = value.get(*content);
    if let (Part::View { .. }, "Bytes") = (content, name) {
        return Some(content.clone());
    }
    let Part::String(text) = content else { return None };
    let plain = text.as_str()?;
    Some(match name {
        "Date" if plain.is_empty() => Part::Date(None),
        "Date" => Part::Date(Some(date::parse(plain)?)),
        "BigInt" => Part::BigInt(number::decimal(plain)?.into_owned()),
        "Url" => Part::Url(Some(text.clone()).filter(is_url)?),
        "RegExp" => {
            let (source, flags) = plain.strip_prefix('/')?.rsplit_once('/')?;
            Part::RegExp { source: source.into(), flags: flags.into() }
        }
        "URLSearchParams" => Part::UrlSearchParams(text.clone()),
        name if is_temporal(name) => {
            let kind = name.strip_prefix("Temporal.").unwrap_or_default().to_owned();
            Part::Temporal { kind, text: text.clone() }
        }
        _ => return None,
    })
}

/// devalue's text of a value, given to a [`Value`] as a format gives it that nobody reads.
pub(crate) struct Whole(pub(crate) String);

impl<'de> Deserializer<'de> for Whole {
    type Error = error::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, error::Error> {
        visitor.visit_string(self.0)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
