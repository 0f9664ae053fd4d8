use serde::de::{self, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::value::visit_text;
use crate::devalue::error::Error;
use crate::devalue::number;
use crate::devalue::text::Raw;

/// A key of an object: a string, which numbers and booleans can be read from.
pub(super) struct Key<'k, 'de>(pub(super) &'k Raw<'de>);

/// What JavaScript prints for an integer: of several keys that Rust reads as one number only this one is taken.
fn is_integer(key: &str) -> bool {
    match key.strip_prefix('-').unwrap_or(key).as_bytes() {
        [b'0'] => key.len() == 1,
        [first, ..] => matches!(first, b'1'..=b'9'),
        [] => false,
    }
}

/// As [`is_integer`], for any number.
fn is_number(key: &str) -> bool {
    key.parse().is_ok_and(|value: f64| number::text_of(value) == key)
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty, $is_one:expr);*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let text = self.0.decode();
            match text.parse::<$type>() {
                Ok(value) if $is_one(&*text) => visitor.$visit(value),
                _ => visit_text(self.0, visitor),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Key<'_, 'de> {
    type Error = Error;

    parsed!(
        deserialize_i8 visit_i8 i8, is_integer; deserialize_i16 visit_i16 i16, is_integer;
        deserialize_i32 visit_i32 i32, is_integer; deserialize_i64 visit_i64 i64, is_integer;
        deserialize_i128 visit_i128 i128, is_integer; deserialize_u8 visit_u8 u8, is_integer;
        deserialize_u16 visit_u16 u16, is_integer; deserialize_u32 visit_u32 u32, is_integer;
        deserialize_u64 visit_u64 u64, is_integer; deserialize_u128 visit_u128 u128, is_integer;
        deserialize_bool visit_bool bool, |_: &str| true; deserialize_f32 visit_f32 f32, is_number;
        deserialize_f64 visit_f64 f64, is_number
    );

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visit_text(self.0, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let text: de::value::CowStrDeserializer<'_, Error> = self.0.decode().into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
