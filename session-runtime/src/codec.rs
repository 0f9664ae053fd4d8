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
    decode: DecodeNewest<T>,
    older: Option<DecodeOlder<T>>,
}

type DecodeNewest<T> = for<'de> fn(Deserializer<'de>) -> Result<T, devalue::Error>;

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
        Self::new(serialize, deserialize)
    }

    /// The same codec, which also reads values of older versions.
    #[must_use]
    pub const fn migrating(self, older: for<'de> fn(u32, Deserializer<'de>) -> Result<T, Failure>) -> Self {
        Self { older: Some(older), ..self }
    }

    /// What [`write`] wants of a value.
    pub(crate) fn encoder<'v>(
        self,
        value: &'v T,
    ) -> impl FnMut(Serializer<'_>) -> Result<(), devalue::Error> + use<'v, T> {
        move |output| (self.encode)(value, output)
    }

    /// What [`read`] wants: it puts what it decodes into `value`.
    pub(crate) fn decoder<'v>(
        self,
        value: &'v mut Option<T>,
    ) -> impl FnMut(Version, Deserializer<'_>) -> Result<(), Failure> + use<'v, T> {
        // Spelled out, since it is compiled for each type, and with it all that it calls.
        move |version, input| {
            let decoded = match (version, self.older) {
                (Version::Newest, _) => match (self.decode)(input) {
                    Ok(decoded) => decoded,
                    Err(error) => return Err(Failure::Unreadable(error)),
                },
                (Version::Older(version), Some(older)) => match older(version, input) {
                    Ok(decoded) => decoded,
                    Err(failure) => return Err(failure),
                },
                (Version::Older(_), None) => return Err(Failure::Unknown),
            };
            *value = Some(decoded);
            Ok(())
        }
    }
}

// Functions and no closures, which would be compiled twice for each type: as themselves, and as what can be pointed to.

fn serialize<T: SessionValue>(value: &T, output: Serializer<'_>) -> Result<(), devalue::Error> {
    value.serialize(output)
}

fn deserialize<T: SessionValue>(input: Deserializer<'_>) -> Result<T, devalue::Error> {
    T::deserialize(input)
}

/// The version of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Version {
    /// The key's own.
    Newest,
    Older(u32),
}

/// Gives a value to a serializer.
pub(crate) type Encode<'e> = dyn FnMut(Serializer<'_>) -> Result<(), devalue::Error> + 'e;

/// Decodes a value as one of a version, and keeps it if that can be done.
pub(crate) type Decode<'d> = dyn FnMut(Version, Deserializer<'_>) -> Result<(), Failure> + 'd;

/// A value as it will be stored.
///
/// # Errors
/// `Unstorable` where the stored form cannot express it.
pub(crate) fn write(key: &'static KeyInfo, encode: &mut Encode<'_>) -> Result<Encoded, Error> {
    let document = devalue::to_document_with(encode).map_err(|error| Error::unstorable(key.name(), error))?;
    Ok(Encoded { document, version: Some(key.version()).filter(|version| *version > 1) })
}

/// Decodes a value, migrated if it is of an older version.
///
/// # Errors
/// `Newer` for a version above the key's own; `Mismatch` for everything else that is not of the key's type.
pub(crate) fn read(key: &'static KeyInfo, stored: Stored<'_>, decode: &mut Decode<'_>) -> Result<(), Error> {
    let (known, input) = (key.version(), || stored.data.deserializer());
    let (version, outcome) = match stored.version {
        Some(version) if version > known => return Err(Error::newer(key.name(), version, known)),
        Some(version) if version < known => (version, decode(Version::Older(version), input())),
        None if known > 1 => return guess(key, stored, decode),
        _ => (known, decode(Version::Newest, input())),
    };
    outcome.map_err(|failure| failed(key, version, failure))
}

/// Reads a value that has no version: it was written as version 1, or by an Astro page.
///
/// The newest version is tried first, then the older ones. Serde skips fields that a type does not have, and so would
/// read an older value as a newer one and lose what was renamed; therefore all are tried first for a reading that
/// skips nothing.
fn guess(key: &'static KeyInfo, stored: Stored<'_>, decode: &mut Decode<'_>) -> Result<(), Error> {
    let skipping = || stored.data.deserializer();
    first_to_read(key, || skipping().strict(), decode)
        .or_else(|| first_to_read(key, skipping, decode))
        .unwrap_or_else(|| {
            decode(Version::Newest, skipping()).map_err(|failure| failed(key, key.version(), failure))
        })
}

/// What the newest of the versions that can read a value makes of it; `None` where none of them can.
fn first_to_read<'de>(
    key: &'static KeyInfo,
    input: impl Fn() -> Deserializer<'de>,
    decode: &mut Decode<'_>,
) -> Option<Result<(), Error>> {
    if decode(Version::Newest, input()).is_ok() {
        return Some(Ok(()));
    }
    for version in (1..key.version()).rev() {
        match decode(Version::Older(version), input()) {
            Ok(()) => return Some(Ok(())),
            Err(refused @ Failure::Refused(_)) => return Some(Err(failed(key, version, refused))),
            Err(Failure::Unreadable(_)) => {}
            Err(Failure::Unknown) => break,
        }
    }
    None
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
