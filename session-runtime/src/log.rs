//! What operators learn: one line per failure, with the reason, never an id or a value.

use crate::Error;
use crate::data::KeyInfo;
use crate::devalue;

/// The store failed while `doing`.
pub(crate) fn store_failed(doing: &'static str, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(%error, source = Causes::of(error), "session: {doing} failed");
    let _ = (doing, error);
}

/// A stored record could not be read; the request goes on with a fresh session and the record stays.
pub(crate) fn corrupt_record(bytes: usize, error: &devalue::Error) {
    #[cfg(feature = "tracing")]
    tracing::error!(bytes, %error, "session: a stored record cannot be read; it is kept, the request gets a fresh session");
    let _ = (bytes, error);
}

/// A stored value is not what its key declares. Types and places are told, never the value.
pub(crate) fn mismatch(key: &KeyInfo, error: &Error) {
    #[cfg(feature = "tracing")]
    {
        let codec = error.codec();
        tracing::warn!(
            key = key.name(),
            path = codec.map(devalue::Error::path),
            expected = codec.and_then(devalue::Error::expected),
            found = codec.and_then(devalue::Error::found),
            declared = key.type_name(),
            version = key.version(),
            absent = key.mismatch_is_absent(),
            "session: {error}"
        );
    }
    let _ = (key, error);
}

/// A request is answered with an error instead of what its handler wrote.
pub(crate) fn request_failed(error: &Error) {
    #[cfg(feature = "tracing")]
    if error.status() < 500 {
        tracing::warn!(%error, "session: request interrupted");
    } else {
        tracing::error!(%error, source = Causes::of(error), "session: request failed");
    }
    let _ = error;
}

/// An error's chain of causes on one line, without what the error says itself.
#[cfg(feature = "tracing")]
struct Causes<'a>(&'a (dyn std::error::Error + 'static));

#[cfg(feature = "tracing")]
impl<'a> Causes<'a> {
    fn of(error: &'a Error) -> Option<tracing::field::DisplayValue<Self>> {
        let cause = std::error::Error::source(error).filter(|_| error.codec().is_none());
        cause.map(|cause| tracing::field::display(Self(cause)))
    }
}

#[cfg(feature = "tracing")]
impl std::fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut told, mut next) = (String::new(), Some(self.0));
        while let Some(cause) = next {
            // Some errors say what their cause says.
            let words = cause.to_string();
            if words != told {
                f.write_str(if told.is_empty() { "" } else { ": " })?;
                f.write_str(&words)?;
            }
            (told, next) = (words, cause.source());
        }
        Ok(())
    }
}
