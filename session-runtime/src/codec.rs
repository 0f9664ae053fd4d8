//! How the values of one key are written and read, whatever version they are of.

use std::fmt;

use crate::data::KeyInfo;
use crate::devalue::{self, Deserializer, Serializer};
use crate::migrate::Failure;
use crate::state::{Encoded, Stored};
use crate::{Error, SessionValue};

/// How values of one key are written and read: by serde, or by the functions that `#[session(as = "…")]` names.
///
/// Function pointers, so that the entry's methods need no bounds on `T`: a field type that cannot be stored is one
/// compile error, at the field.
pub struct Codec<T> {
    encode: fn(&T, Serializer<'_>) -> Result<(), devalue::Error>,
    decode: Decode<T>,
    older: Option<DecodeOlder<T>>,
}

type Decode<T> = for<'de> fn(Deserializer<'de>) -> Result<T, devalue::Error>;

/// Reads a value as one of this version and migrates it.
type DecodeOlder<T> = for<'de> fn(u32, Deserializer<'de>) -> Result<T, Failure>;

impl<T> Codec<T> {
    /// A codec of these two functions.
    #[must_use]
    pub const fn new(
        encode: fn(&T, Serializer<'_>) -> Result<(), devalue::Error>,
        decode: for<'de> fn(Deserializer<'de>) -> Result<T, devalue::Error>,
    ) -> Self {
        Self { encode, decode, older: None }
    }

    /// The type's own serde implementations.
    #[must_use]
    pub const fn serde() -> Self
    where
        T: SessionValue,
    {
        Self::new(|value, out| value.serialize(out), |input| T::deserialize(input))
    }

    /// The same codec, which also reads values of older versions.
    #[must_use]
    pub const fn migrating(self, older: for<'de> fn(u32, Deserializer<'de>) -> Result<T, Failure>) -> Self {
        Self { older: Some(older), ..self }
    }

    #[cfg(feature = "schema")]
    pub(crate) fn encode(&self, value: &T, output: Serializer<'_>) -> Result<(), devalue::Error> {
        (self.encode)(value, output)
    }

    pub(crate) fn write(&self, key: &'static KeyInfo, value: &T) -> Result<Encoded, Error> {
        let document = devalue::to_document_with(|out| (self.encode)(value, out))
            .map_err(|error| Error::unstorable(key.name(), error))?;
        Ok(Encoded { document, version: Some(key.version()).filter(|version| *version > 1) })
    }

    /// The value, migrated if it is of an older version.
    ///
    /// # Errors
    /// `Newer` for a version above the key's own; `Mismatch` for everything else that is not of the key's type.
    pub(crate) fn read(&self, key: &'static KeyInfo, stored: Stored<'_>) -> Result<T, Error> {
        let known = key.version();
        match stored.version {
            Some(version) if version > known => Err(Error::newer(key.name(), version, known)),
            Some(version) if version < known => self.read_as(version, key, stored),
            None if known > 1 => self.guess(key, stored),
            _ => self.read_newest(key, stored),
        }
    }

    fn read_newest(&self, key: &'static KeyInfo, stored: Stored<'_>) -> Result<T, Error> {
        (self.decode)(stored.data.deserializer()).map_err(|error| Error::mismatch(key.name(), error))
    }

    fn read_as(&self, version: u32, key: &'static KeyInfo, stored: Stored<'_>) -> Result<T, Error> {
        let value = match self.older {
            Some(older) => older(version, stored.data.deserializer()),
            None => Err(Failure::Unknown),
        };
        value.map_err(|failure| failed(key, version, failure))
    }

    /// Reads a value that has no version: it was written as version 1, or by an Astro page.
    ///
    /// The newest version is tried first, then the older ones. Serde skips fields that a type does not have, and so would
    /// read an older value as a newer one and lose what was renamed; therefore all are tried first for a reading that
    /// skips nothing.
    fn guess(&self, key: &'static KeyInfo, stored: Stored<'_>) -> Result<T, Error> {
        let skipping = || stored.data.deserializer();
        self.first_to_read(key, || skipping().strict())
            .or_else(|| self.first_to_read(key, skipping))
            .unwrap_or_else(|| self.read_newest(key, stored))
    }

    /// What the newest of the versions that can read a value makes of it; `None` where none of them can.
    fn first_to_read<'de>(
        &self,
        key: &'static KeyInfo,
        input: impl Fn() -> Deserializer<'de>,
    ) -> Option<Result<T, Error>> {
        if let Ok(value) = (self.decode)(input()) {
            return Some(Ok(value));
        }
        let older = self.older?;
        for version in (1..key.version()).rev() {
            match older(version, input()) {
                Ok(value) => return Some(Ok(value)),
                Err(refused @ Failure::Refused(_)) => return Some(Err(failed(key, version, refused))),
                Err(Failure::Unreadable(_)) => {}
                Err(Failure::Unknown) => break,
            }
        }
        None
    }
}

fn failed(key: &'static KeyInfo, version: u32, failure: Failure) -> Error {
    let error = match failure {
        Failure::Unreadable(error) => error,
        Failure::Unknown => {
            devalue::Error::mismatch(format!("version {}", key.version()), format!("version {version}"))
        }
        Failure::Refused(from) => {
            let words = format!("the migration from version {from} to {} gave an error", from + 1);
            devalue::Error::new(devalue::ErrorKind::Custom, words)
        }
    };
    Error::mismatch(key.name(), error)
}

impl<T> Clone for Codec<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Codec<T> {}

impl<T> fmt::Debug for Codec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Codec")
    }
}
