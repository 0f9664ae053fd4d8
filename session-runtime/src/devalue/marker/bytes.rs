use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

/// Bytes that are stored as a JavaScript `Uint8Array`.
///
/// For `Vec<u8>`, `Box<[u8]>`, `[u8; N]` and the like. Also reads an `ArrayBuffer` and an array of numbers. Other formats
/// get serde's bytes.
///
/// ```
/// use session_runtime::devalue::{self, Bytes};
///
/// let text = devalue::to_string(&Bytes([1_u8, 2, 3]))?;
/// assert_eq!(text, r#"[["Uint8Array",1],["ArrayBuffer","AQID"]]"#);
/// assert_eq!(devalue::from_str::<Bytes<Vec<u8>>>(&text)?.0, [1, 2, 3]);
/// # Ok::<(), devalue::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes<T>(
    /// The value itself.
    pub T,
);

impl<T> Bytes<T> {
    /// Writes a value; what `#[serde(with = "…")]` calls.
    ///
    /// # Errors
    /// Whatever the serializer reports.
    pub fn serialize<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: AsRef<[u8]>,
    {
        serializer.serialize_bytes(value.as_ref())
    }

    /// Reads a value; what `#[serde(with = "…")]` calls.
    ///
    /// # Errors
    /// If something else than bytes is stored, or another number of them than the type has.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error>
    where
        T: TryFrom<Vec<u8>>,
    {
        deserializer.deserialize_newtype_struct(SIGNAL, BytesVisitor(PhantomData))
    }
}

impl<T: AsRef<[u8]>> Serialize for Bytes<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(&self.0, serializer)
    }
}

impl<'de, T: TryFrom<Vec<u8>>> Deserialize<'de> for Bytes<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer).map(Self)
    }
}

impl<T> fmt::Debug for Bytes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bytes(..)")
    }
}

const SIGNAL: &str = "$devalue::Bytes";

struct BytesVisitor<T>(PhantomData<T>);

impl<'de, T: TryFrom<Vec<u8>>> Visitor<'de> for BytesVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }

    /// What our deserializer tells a buffer that does not know the type yet: `{"$devalue::Bytes": bytes}`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        if map.next_key::<Cow<'de, str>>()?.as_deref() != Some(SIGNAL) {
            return Err(de::Error::invalid_type(Unexpected::Map, &self));
        }
        map.next_value::<Bytes<T>>().map(|bytes| bytes.0)
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<T, E> {
        self.visit_byte_buf(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<T, E> {
        let length = bytes.len();
        T::try_from(bytes).map_err(|_| E::invalid_length(length, &"another number of bytes"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<T, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = sequence.next_element()? {
            bytes.push(byte);
        }
        self.visit_byte_buf(bytes)
    }
}
