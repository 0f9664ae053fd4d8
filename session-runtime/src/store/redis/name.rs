//! The keys at the server.

use std::borrow::Cow;

use crate::StoreKey;

/// What stands before every key: `base:` as Astro's driver (unstorage) writes it, or nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Base(String);

impl Base {
    /// Slashes become colons, runs of colons become one, and those at the ends are dropped, as is what follows a `?`.
    pub(super) fn new(base: &str) -> Self {
        let path = base.split('?').next().unwrap_or_default();
        let mut out = String::with_capacity(path.len() + 1);
        for part in path.split(['/', '\\', ':']).filter(|part| !part.is_empty()) {
            out.push_str(part);
            out.push(':');
        }
        Self(out)
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.trim_end_matches(':')
    }

    /// The key at the server.
    pub(super) fn name<'k>(&self, key: &'k StoreKey) -> Cow<'k, str> {
        match self.0.as_str() {
            "" => Cow::Borrowed(key.as_str()),
            base => Cow::Owned([base, key.as_str()].concat()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Base;
    use crate::StoreKey;

    #[test]
    fn a_base_is_normalised_as_astros_driver_does() {
        let key = StoreKey::parse("abc").expect("a key");
        for (base, name) in [
            ("", "abc"),
            ("/", "abc"),
            ("app", "app:abc"),
            ("app:", "app:abc"),
            ("/app/sessions/", "app:sessions:abc"),
            ("app\\a::b", "app:a:b:abc"),
            ("app?x=1", "app:abc"),
        ] {
            assert_eq!(Base::new(base).name(&key), name, "{base}");
        }
    }
}
