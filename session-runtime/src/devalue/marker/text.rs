use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Unexpected, Visitor};
use serde::ser::{Error as _, Serializer};

/// How one sort of marker turns values into texts and back.
pub(super) struct TextForm<T> {
    /// The name that the marker gives itself towards serde.
    pub(super) signal: &'static str,
    /// What a message says was expected.
    pub(super) expected: &'static str,
    /// Whether numbers are read as well.
    pub(super) numbers: bool,
    pub(super) read: fn(&str) -> Option<T>,
    /// What stands for null, where the type has such a value.
    pub(super) absent: Option<T>,
}

/// Writes the text of a value; `None` is a value that has none.
pub(super) fn write<S: Serializer>(
    serializer: S,
    signal: &'static str,
    text: Option<Cow<'_, str>>,
) -> Result<S::Ok, S::Error> {
    match text {
        Some(text) => serializer.serialize_newtype_struct(signal, &*text),
        None => Err(S::Error::custom("a value outside the range of its stored form")),
    }
}

pub(super) fn read<'de, D: Deserializer<'de>, T>(deserializer: D, form: TextForm<T>) -> Result<T, D::Error> {
    let signal = form.signal;
    if form.absent.is_some() {
        return deserializer.deserialize_option(form);
    }
    deserializer.deserialize_newtype_struct(signal, form)
}

impl<T> TextForm<T> {
    fn text<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::invalid_value(Unexpected::Str(""), &self))
    }

    fn number<E: de::Error>(self, digits: &str, unexpected: Unexpected<'_>) -> Result<T, E> {
        if self.numbers { self.text(digits) } else { Err(E::invalid_type(unexpected, &self)) }
    }
}

impl<'de, T> Visitor<'de> for TextForm<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.text(text)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.number(&number.to_string(), Unexpected::Unsigned(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.number(&number.to_string(), Unexpected::Signed(number))
    }

    fn visit_u128<E: de::Error>(self, number: u128) -> Result<T, E> {
        self.number(&number.to_string(), Unexpected::Other("integer"))
    }

    fn visit_i128<E: de::Error>(self, number: i128) -> Result<T, E> {
        self.number(&number.to_string(), Unexpected::Other("integer"))
    }

    fn visit_none<E: de::Error>(mut self) -> Result<T, E> {
        self.absent.take().ok_or_else(|| E::invalid_type(Unexpected::Option, &self.expected))
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_newtype_struct(self.signal, self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }

    /// What our deserializer tells a buffer that does not know the type yet: `{"$devalue::Date": text}`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        if map.next_key::<Cow<'de, str>>()?.as_deref() != Some(self.signal) {
            return Err(de::Error::invalid_type(Unexpected::Map, &self));
        }
        let text: Cow<'de, str> = map.next_value()?;
        self.text(&text)
    }
}

/// The parts that all text markers have in common.
macro_rules! text_marker {
    ($(#[$doc:meta])* $name:ident, $value:ident, $signal:literal, $expected:literal, $numbers:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name<T>(
            /// The value itself.
            pub T,
        );

        impl<T: $value> $name<T> {
            /// Writes a value; what `#[serde(with = "…")]` calls.
            ///
            /// # Errors
            /// If the value has no such form, and whatever the serializer reports.
            pub fn serialize<S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
                if value.is_absent() {
                    return serializer.serialize_none();
                }
                super::text::write(serializer, $signal, value.to_text())
            }

            /// Reads a value; what `#[serde(with = "…")]` calls.
            ///
            /// # Errors
            /// If something else is stored, or the type cannot hold it.
            pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
                let form = super::text::TextForm {
                    signal: $signal,
                    expected: $expected,
                    numbers: $numbers,
                    read: T::from_text,
                    absent: T::absent(),
                };
                super::text::read(deserializer, form)
            }
        }

        impl<T: $value> serde::Serialize for $name<T> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(&self.0, serializer)
            }
        }

        impl<'de, T: $value> serde::Deserialize<'de> for $name<T> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer).map(Self)
            }
        }

        impl<T> std::fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

/// The methods that let an `Option` of a type be used like the type.
macro_rules! absent_methods {
    () => {
        #[doc(hidden)]
        fn is_absent(&self) -> bool {
            false
        }

        #[doc(hidden)]
        fn absent() -> Option<Self> {
            None
        }
    };
    (option) => {
        fn is_absent(&self) -> bool {
            self.is_none()
        }

        fn absent() -> Option<Self> {
            Some(None)
        }
    };
}

pub(super) use {absent_methods, text_marker};
