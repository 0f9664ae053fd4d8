//! Why a session cannot be changed, and what to do about it.

use crate::{Error, ErrorKind};

/// Why a session can no longer be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The client came with an id that was replaced moments ago.
    Rotated,
    /// The response has started.
    Responded,
    /// A `save` is under way, or was dropped half way.
    Saving,
    /// A commit found the session destroyed or replaced.
    Interrupted,
}

impl Closed {
    pub(super) fn error(self) -> Error {
        match self {
            Self::Rotated => Error::hinted(
                ErrorKind::Interrupted,
                "its id was replaced by a parallel request; this request may only read, the next one carries the new id",
            ),
            Self::Responded => Error::hinted(
                ErrorKind::Closed,
                "the response has started; take `detach()` in the handler and `save()` it yourself",
            ),
            Self::Saving => Error::hinted(
                ErrorKind::Closed,
                "a `save` of this session is under way or was given up half way; await it first",
            ),
            Self::Interrupted => Error::hinted(
                ErrorKind::Interrupted,
                "nothing of this request was written; start over with a new request",
            ),
        }
    }
}
