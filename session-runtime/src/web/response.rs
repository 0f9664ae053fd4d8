//! What the session adds to a response, whatever the framework.

use crate::{Error, Finish, log};

/// What a response varies with that depends on the session.
pub(super) const ON_COOKIE: &str = "Cookie";

/// What a response that sets a cookie says of caches, unless it says something itself.
pub(super) const PRIVATE: &str = "private, no-cache";

/// Whether these values of `Vary` name the cookie.
pub(super) fn varies_with_cookie<'v>(mut values: impl Iterator<Item = &'v [u8]>) -> bool {
    let names = |name: &[u8]| {
        name.trim_ascii() == b"*" || name.trim_ascii().eq_ignore_ascii_case(ON_COOKIE.as_bytes())
    };
    values.any(|value| value.split(|byte| *byte == b',').any(names))
}

/// The error to answer in place of the handler's response: that of its end, or else the one that the handler gave.
pub(super) fn failure(finish: &Finish, given: Option<&Error>) -> Option<Error> {
    finish.error.clone().or_else(|| given.inspect(|error| log::request_failed(error)).cloned())
}
