//! The one error type of sessions and stores.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::devalue;

/// What went wrong with a session: a kind, the key where there is one, and the cause.
///
/// The text says what happened, to which key, and what to do next. It names types and paths, never stored values and
/// never session ids. Cloning is cheap: the same failure is handed to everyone who waits on one request's session.
///
/// ```
/// use session_runtime::{Error, ErrorKind};
///
/// let error = Error::unavailable(std::io::Error::other("connection refused"));
/// assert_eq!(error.kind(), ErrorKind::Unavailable);
/// assert_eq!(error.status(), 503);
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    key: Option<Cow<'static, str>>,
    hint: Option<&'static str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    refused: bool,
}

/// The kinds of [`Error`], each with the HTTP status it is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The store cannot be reached, failed, or did not answer in time (503).
    Unavailable,
    /// A write was sent and its outcome is not known; an `update` was not repeated, lest it count twice (503).
    Indeterminate,
    /// The session was destroyed, rotated, or changed under this request, so its changes were not written (409).
    Interrupted,
    /// The stored value of a key is not of the declared type (500).
    Mismatch,
    /// The stored value of a key is of a newer version than this process knows; it is kept as it is (503).
    Newer,
    /// A value cannot be stored: its type cannot be expressed in the stored form (500).
    Unstorable,
    /// The stored record cannot be read at all (500).
    Corrupt,
    /// The record is, or would be, larger than the store or the configuration allows (500).
    TooLarge,
    /// A key that cannot be used: empty, `__proto__`, or reserved (500).
    InvalidKey,
    /// The session cannot be changed here: the response has started, or an `update` of it is just running (500).
    Closed,
    /// No session layer, or middleware of actix-web, is installed around this route (500).
    MissingLayer,
    /// A closure given to `update` panicked while it ran again on newer data (500).
    Panicked,
}

impl ErrorKind {
    fn status(self) -> u16 {
        match self {
            Self::Unavailable | Self::Indeterminate | Self::Newer => 503,
            Self::Interrupted => 409,
            _ => 500,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Unavailable => "the session store is unavailable",
            Self::Indeterminate => {
                "the outcome of a session write is unknown and it cannot be repeated safely"
            }
            Self::Interrupted => "the session was ended or replaced by another request",
            Self::Mismatch => "the stored value is not of the declared type",
            Self::Newer => "the stored value is of a newer version than this process knows, and is kept",
            Self::Unstorable => "the value cannot be stored in a session",
            Self::Corrupt => "the stored session cannot be read",
            Self::TooLarge => "the session is larger than the limits allow",
            Self::InvalidKey => "the session key cannot be used",
            Self::Closed => "the session cannot be changed here",
            Self::MissingLayer => "there is no session layer around this route",
            Self::Panicked => "a closure given to `update` panicked when it ran again on newer data",
        }
    }
}

impl Error {
    /// An error of `kind` without a cause.
    #[must_use]
    pub fn new(kind: ErrorKind) -> Self {
        Self::build(kind, None, None, None)
    }

    /// A store's failure: what a driver returns when its system fails, with the cause it met.
    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::build(ErrorKind::Unavailable, None, None, Some(source.into()))
    }

    /// A store's refusal: the system answered, but does not do now what it was asked to and did nothing, such as a
    /// server that is read-only. It is [`Unavailable`](ErrorKind::Unavailable) like every failure of a store, but the
    /// outcome is known, and to ask again at once would be in vain.
    #[must_use]
    pub fn refused(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let inner = Inner {
            kind: ErrorKind::Unavailable,
            key: None,
            hint: None,
            source: Some(source.into()),
            refused: true,
        };
        Self(Arc::new(inner))
    }

    /// An error of `kind` with the cause it comes from.
    #[must_use]
    pub fn with_source(kind: ErrorKind, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::build(kind, None, None, Some(source.into()))
    }

    /// An error of `kind` that says what to do next.
    pub(crate) fn hinted(kind: ErrorKind, hint: &'static str) -> Self {
        Self::build(kind, None, Some(hint), None)
    }

    /// The same error, naming the session key it happened to.
    #[must_use]
    pub(crate) fn for_key(kind: ErrorKind, key: impl Into<Cow<'static, str>>, hint: &'static str) -> Self {
        Self::build(kind, Some(key.into()), Some(hint), None)
    }

    /// A record that was not read: it is damaged, or larger than the limits allow. The latter is no reason to begin a
    /// session anew, since raising the limit brings it back.
    pub(crate) fn unreadable(source: devalue::Error) -> Self {
        let (kind, hint) = match source.kind() {
            devalue::ErrorKind::Limit => {
                (ErrorKind::TooLarge, Some("raise `SessionConfig::max_bytes`, or delete the record"))
            }
            _ => (ErrorKind::Corrupt, None),
        };
        Self::build(kind, None, hint, Some(Box::new(source)))
    }

    /// A stored value that does not decode as what the key was declared to be.
    pub(crate) fn mismatch(key: impl Into<Cow<'static, str>>, source: devalue::Error) -> Self {
        Self::build(ErrorKind::Mismatch, Some(key.into()), None, Some(Box::new(source)))
    }

    /// A stored value whose version is above the newest one that is known here.
    pub(crate) fn newer(key: impl Into<Cow<'static, str>>, stored: u32, known: u32) -> Self {
        let expected = if known == 1 { "version 1".to_owned() } else { format!("version {known} or older") };
        let source = devalue::Error::mismatch(expected, format!("version {stored}"));
        let hint = "a newer release wrote it; finish the deployment, or deploy that release again";
        Self::build(ErrorKind::Newer, Some(key.into()), Some(hint), Some(Box::new(source)))
    }

    /// A value that the stored form cannot express.
    pub(crate) fn unstorable(key: impl Into<Cow<'static, str>>, source: devalue::Error) -> Self {
        Self::build(ErrorKind::Unstorable, Some(key.into()), None, Some(Box::new(source)))
    }

    fn build(
        kind: ErrorKind,
        key: Option<Cow<'static, str>>,
        hint: Option<&'static str>,
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { kind, key, hint, source, refused: false }))
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether it says that nothing was done: see [`refused`](Self::refused).
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.0.refused
    }

    /// The session key it happened to, if it happened to one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// The HTTP status it is answered with unless [`SessionConfig::on_error`](crate::SessionConfig::on_error) says
    /// otherwise: 503 for the store and for values of a newer version, 409 for an interrupted session, 500 else.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind().status()
    }

    /// What the stored form had to say about it: path inside the value, expected and found types, byte offset.
    #[must_use]
    pub fn codec(&self) -> Option<&devalue::Error> {
        self.0.source.as_deref()?.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().sentence())?;
        if let Some(key) = self.key() {
            write!(f, " (key `{key}`)")?;
        }
        if let Some(codec) = self.codec() {
            write!(f, ": {codec}")?;
        }
        if let Some(hint) = self.0.hint {
            write!(f, ": {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.kind());
        if let Some(key) = self.key() {
            out.field("key", &key);
        }
        if let Some(hint) = self.0.hint {
            out.field("hint", &hint);
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
