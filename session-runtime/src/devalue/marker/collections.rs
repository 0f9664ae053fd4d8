use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, Serializer};

macro_rules! marker {
    ($(#[$doc:meta])* $name:ident, $signal:literal, $read:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name<T>(
            /// The value itself.
            pub T,
        );

        impl<T> $name<T> {
            /// Writes a value; what `#[serde(with = "…")]` calls.
            ///
            /// # Errors
            /// Whatever the value's type and the serializer report.
            pub fn serialize<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
            where
                T: Serialize,
            {
                serializer.serialize_newtype_struct($signal, value)
            }

            /// Reads a value; what `#[serde(with = "…")]` calls.
            ///
            /// # Errors
            /// If something else is stored, or the type cannot hold it.
            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
            where
                T: Deserialize<'de>,
            {
                $read(deserializer, $signal)
            }
        }

        impl<T: Serialize> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(&self.0, serializer)
            }
        }

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for $name<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer).map(Self)
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

marker! {
    /// A map that is stored as a JavaScript `Map`, with keys of any kind.
    ///
    /// For every type that serde sees as a map (`BTreeMap`, `HashMap`, …) or as a sequence of pairs (`Vec<(K, V)>`); also
    /// for an `Option` of these (a field that may be absent needs `#[serde(default)]` then, or the `Option` outside). Other formats get the type's own form.
    /// Of equal keys (`0.0` and `-0.0` are) the last value is stored, at the first one's place, as JavaScript does it.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use session_runtime::devalue::{self, Map};
    ///
    /// let text = devalue::to_string(&Map(BTreeMap::from([(1, "one"), (2, "two")])))?;
    /// assert_eq!(text, r#"[["Map",1,2,3,4],1,"one",2,"two"]"#);
    /// assert_eq!(devalue::from_str::<Map<Vec<(u8, String)>>>(&text)?.0[1], (2, "two".to_owned()));
    /// # Ok::<(), devalue::Error>(())
    /// ```
    Map, "$devalue::Map", read_map
}

marker! {
    /// A sequence that is stored as a JavaScript `Set`.
    ///
    /// For every type that serde sees as a sequence (`BTreeSet`, `HashSet`, `Vec`, …); also for an `Option` of these
    /// (a field that may be absent needs `#[serde(default)]` then, or the `Option` outside).
    /// Of equal items one is stored. Other formats get the type's own form.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use session_runtime::devalue::{self, Set};
    ///
    /// let text = devalue::to_string(&Set(BTreeSet::from(["a", "b"])))?;
    /// assert_eq!(text, r#"[["Set",1,2],"a","b"]"#);
    /// assert_eq!(devalue::from_str::<Set<Vec<String>>>(&text)?.0, ["a", "b"]);
    /// # Ok::<(), devalue::Error>(())
    /// ```
    Set, "$devalue::Set", read_inner
}

marker! {
    /// An `Option` whose `None` is stored as `undefined` in the place of `null`.
    ///
    /// On reading, `null`, `undefined` and an absent field are `None` with and without the marker. (With
    /// `#[serde(with = "…")]` serde wants `#[serde(default)]` beside it for an absent field.)
    ///
    /// ```
    /// use session_runtime::devalue::{self, Undefined};
    ///
    /// assert_eq!(devalue::to_string(&[Undefined(Some(1)), Undefined(None)])?, "[[1,-1],1]");
    /// # Ok::<(), devalue::Error>(())
    /// ```
    Undefined, "$devalue::Undefined", read_option
}

fn read_inner<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
    signal: &'static str,
) -> Result<T, D::Error> {
    from.deserialize_newtype_struct(signal, Inner(PhantomData))
}

fn read_map<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
    signal: &'static str,
) -> Result<T, D::Error> {
    from.deserialize_newtype_struct(signal, Pairs(PhantomData))
}

/// As an option, since serde allows only those to be absent.
fn read_option<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
    _: &'static str,
) -> Result<T, D::Error> {
    from.deserialize_option(Maybe(PhantomData))
}

struct Inner<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Inner<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of the type in the marker")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
}

struct Maybe<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Maybe<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("option")
    }

    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        T::deserialize(().into_deserializer())
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Present(deserializer))
    }
}

/// A value that is known to be there, for a type that asks whether it is.
struct Present<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Present<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Pairs<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("map")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Entries(deserializer))
    }
}

/// Lets a type that wants a sequence of pairs read a map.
struct Entries<D>(D);

macro_rules! forward {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method($($name,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Entries<D> {
    type Error = D::Error;

    forward!(
        deserialize_any(); deserialize_bool(); deserialize_i8(); deserialize_i16(); deserialize_i32(); deserialize_i64();
        deserialize_i128(); deserialize_u8(); deserialize_u16(); deserialize_u32(); deserialize_u64();
        deserialize_u128(); deserialize_f32(); deserialize_f64(); deserialize_char(); deserialize_str();
        deserialize_string(); deserialize_bytes(); deserialize_byte_buf(); deserialize_unit(); deserialize_map();
        deserialize_identifier(); deserialize_ignored_any(); deserialize_unit_struct(name: &'static str);
        deserialize_tuple(length: usize); deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
    );

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Through(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Through(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Through(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// Gives the pairs of a map to a visitor that takes a sequence.
struct Through<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Through<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(sequence)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(PairSequence(map))
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Entries(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Entries(deserializer))
    }
}

struct PairSequence<A>(A);

impl<'de, A: MapAccess<'de>> SeqAccess<'de> for PairSequence<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        // Whether there is another pair is known only from its key: a seed can be used once.
        if self.0.size_hint() == Some(0) {
            return Ok(None);
        }
        let mut pair = Pair { map: &mut self.0, part: Part::Key, missing: false };
        let read = seed.deserialize(&mut pair);
        if pair.missing { Ok(None) } else { read.map(Some) }
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// One key and its value as a pair.
struct Pair<'m, A> {
    map: &'m mut A,
    part: Part,
    /// There was no such pair: the map had ended.
    missing: bool,
}

enum Part {
    Key,
    Value,
    End,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for &mut Pair<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> SeqAccess<'de> for &mut Pair<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        match self.part {
            Part::Key => {
                self.part = Part::Value;
                let key = self.map.next_key_seed(seed)?;
                self.missing = key.is_none();
                Ok(key)
            }
            Part::Value => {
                self.part = Part::End;
                self.map.next_value_seed(seed).map(Some)
            }
            Part::End => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(2)
    }
}
