//! What the adapters have in common: which headers a response needs besides its own.

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
