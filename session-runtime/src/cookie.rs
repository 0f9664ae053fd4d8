//! The session cookie: reading it out of a `Cookie` header, and writing `Set-Cookie` (RFC 6265), attributes in Astro's
//! order.

use std::time::Duration;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x16};

use crate::SessionId;

/// When browsers send the cookie along with requests that come from other sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Never.
    Strict,
    /// Only with a navigation, such as a link that is followed.
    Lax,
    /// Always; only with `Secure`.
    None,
}

impl SameSite {
    fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// The cookie's name and attributes, fixed when the layer is built.
#[derive(Debug, Clone)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) secure: bool,
    pub(crate) same_site: SameSite,
    pub(crate) domain: Option<String>,
    pub(crate) path: String,
    pub(crate) max_age: Option<Duration>,
}

impl Cookie {
    /// The session id in a request's `Cookie` headers. Of several cookies with the name the first counts, as in Astro,
    /// also when it holds no id.
    pub(crate) fn find<'a>(&self, headers: impl IntoIterator<Item = &'a [u8]>) -> Option<SessionId> {
        let value = headers.into_iter().find_map(|header| value_of(header, self.name.as_bytes()))?;
        id_in(value)
    }

    /// The `Set-Cookie` that gives the client this id, for a time of its own if it has one.
    pub(crate) fn set(&self, id: &SessionId, max_age: Option<Duration>) -> String {
        let max_age = max_age.or(self.max_age).map(|max_age| format!("; Max-Age={}", max_age.as_secs()));
        self.text(id.expose(), max_age.as_deref().unwrap_or_default(), "")
    }

    /// The `Set-Cookie` that takes the id from the client.
    pub(crate) fn delete(&self) -> String {
        self.text("deleted", "", "; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    }

    /// In one piece of exactly its length, which becomes a header without being copied.
    fn text(&self, value: &str, max_age: &str, expires: &str) -> String {
        let (domain, host) = self.domain.as_deref().map_or(("", ""), |host| ("; Domain=", host));
        let secure = if self.secure { "; Secure" } else { "" };
        [
            &self.name,
            "=",
            value,
            max_age,
            domain,
            host,
            "; Path=",
            &self.path,
            expires,
            "; HttpOnly",
            secure,
            "; SameSite=",
            self.same_site.as_str(),
        ]
        .concat()
    }

    /// What is wrong with the attributes, in words for the developer who chose them.
    pub(crate) fn fault(&self) -> Option<String> {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let attribute = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
        };
        let name = &self.name;
        if name.is_empty() || !name.bytes().all(token) {
            return Some(format!("the cookie name {name:?} may hold only letters, digits, `-` and `_`"));
        }
        if !attribute(&self.path) || !self.path.starts_with('/') {
            return Some(format!("the cookie path {:?} must begin with `/` and hold no `;`", self.path));
        }
        if let Some(domain) = self.domain.as_deref().filter(|domain| !is_host_name(domain)) {
            return Some(format!(
                "the cookie domain {domain:?} is not a host name, such as \"example.com\" without scheme and port"
            ));
        }
        if self.max_age.is_some_and(|max_age| max_age < Duration::from_secs(1)) {
            return Some("a `max_age` below one second makes browsers drop the cookie at once".to_owned());
        }
        // Browsers compare these without regard to case.
        let begins_with =
            |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        if !self.secure && (begins_with("__Host-") || begins_with("__Secure-")) {
            return Some(format!(
                "browsers refuse the cookie {name} without Secure; choose another name or drop `secure(false)`"
            ));
        }
        if begins_with("__Host-") && (self.domain.is_some() || self.path != "/") {
            return Some(format!(
                "browsers refuse the cookie {name} with a Domain or a Path other than `/`; choose another name"
            ));
        }
        if self.same_site == SameSite::None && !self.secure {
            return Some("browsers refuse SameSite=None without Secure".to_owned());
        }
        None
    }
}

/// Labels of letters, digits and hyphens with dots between them, and maybe one in front, which browsers ignore.
fn is_host_name(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.strip_prefix('.').unwrap_or(domain).split('.').all(label)
}

/// What stands behind the `=` of the first cookie called `name` in one `Cookie` header, to the header's end.
fn value_of<'a>(header: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = header;
    loop {
        let named = rest.trim_ascii_start().strip_prefix(name);
        if let Some(value) = named.and_then(|rest| rest.trim_ascii_start().strip_prefix(b"=")) {
            return Some(value);
        }
        rest = rest.get(end(rest)? + 1..)?;
    }
}

/// The id that is the value which `rest` begins with.
fn id_in(rest: &[u8]) -> Option<SessionId> {
    // Nearly always it stands there as it is, and nobody has to look for its end.
    if let Some((id, [] | [b';', ..])) = rest.split_at_checked(SessionId::LEN)
        && let Some(id) = SessionId::from_bytes(id)
    {
        return Some(id);
    }
    let value = rest.get(..end(rest).unwrap_or(rest.len()))?.trim_ascii();
    match value.contains(&b'%') {
        true => SessionId::from_bytes(&percent_decoded(value)?),
        false => SessionId::from_bytes(value),
    }
}

/// Where the next `;` is: looked for sixteen bytes at a time, since other cookies may be long.
fn end(bytes: &[u8]) -> Option<usize> {
    let (chunks, rest) = bytes.as_chunks::<16>();
    for (nth, chunk) in chunks.iter().enumerate() {
        let found = dispatch!(
            Level::baseline(),
            simd => u8x16::from_slice(simd, chunk).simd_eq(b';').to_bitmask()
        );
        if found != 0 {
            return Some(nth * 16 + found.trailing_zeros() as usize);
        }
    }
    rest.iter().position(|byte| *byte == b';').map(|at| chunks.len() * 16 + at)
}

/// `%41` and its like turned into bytes; `None` for a broken escape. Texts longer than an id are cut.
fn percent_decoded(value: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(40);
    let mut rest = value;
    while let [first, tail @ ..] = rest {
        if out.len() > SessionId::LEN {
            return None;
        }
        rest = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                out.push(digit(*high)? * 16 + digit(*low)?);
                tail
            }
            (b'%', _) => return None,
            (byte, tail) => {
                out.push(*byte);
                tail
            }
        };
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{Cookie, SameSite};
    use crate::SessionId;
    use std::time::Duration;

    const ID: &str = "11111111-1111-4111-8111-111111111111";

    fn cookie() -> Cookie {
        Cookie {
            name: "astro-session".to_owned(),
            secure: true,
            same_site: SameSite::Lax,
            domain: None,
            path: "/".to_owned(),
            max_age: None,
        }
    }

    fn find(headers: &[&str]) -> Option<SessionId> {
        cookie().find(headers.iter().map(|header| header.as_bytes()))
    }

    #[test]
    fn attributes_stand_in_astros_order() {
        let id = ID.parse().expect("valid");
        assert_eq!(
            cookie().set(&id, None),
            format!("astro-session={ID}; Path=/; HttpOnly; Secure; SameSite=Lax")
        );
        assert_eq!(
            cookie().delete(),
            "astro-session=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax"
        );
        let full = Cookie {
            name: "full".to_owned(),
            max_age: Some(Duration::from_secs(3600)),
            domain: Some("example.com".to_owned()),
            path: "/app".to_owned(),
            same_site: SameSite::Strict,
            ..cookie()
        };
        assert_eq!(
            full.set(&id, None),
            format!(
                "full={ID}; Max-Age=3600; Domain=example.com; Path=/app; HttpOnly; Secure; SameSite=Strict"
            )
        );
    }

    #[test]
    fn the_first_cookie_with_the_name_counts() {
        let id = ID.parse().ok();
        assert_eq!(find(&[&format!("a=b; astro-session={ID}; astro-session=x")]), id);
        assert_eq!(find(&[&format!("astro-session=x; astro-session={ID}")]), None);
        assert_eq!(find(&["theme=dark", &format!("astro-session={ID}")]), id);
        for before in 0..40 {
            let other = "x".repeat(before);
            assert_eq!(find(&[&format!("a={other}; astro-session={ID}; b=c")]), id);
            assert_eq!(find(&[&format!("a={other} ;\tastro-session \t= {ID} ;b={other}")]), id);
            assert_eq!(find(&[&format!("a={other}; astro-session={ID}x; astro-session={ID}")]), None);
        }
        assert_eq!(find(&[&format!("xastro-session={ID}")]), None);
        assert_eq!(find(&[&format!("astro-sessionx={ID}")]), None);
    }

    #[test]
    fn values_are_percent_decoded_and_not_unquoted() {
        assert_eq!(find(&[&format!("astro-session=%31{}", &ID[1..])]), ID.parse().ok());
        for bad in ["\"11111111-1111-4111-8111-111111111111\"", "..%2f..%2fetc", "%", "%4", "%zz", ""] {
            assert_eq!(find(&[&format!("astro-session={bad}")]), None, "{bad}");
        }
    }

    #[test]
    fn prefixes_are_checked() {
        let named = |name: &str| Cookie { name: name.to_owned(), ..cookie() };
        assert_eq!(named("__Host-session").fault(), None);
        assert!(Cookie { secure: false, ..named("__Host-session") }.fault().is_some());
        assert!(Cookie { secure: false, ..named("__Secure-session") }.fault().is_some());
        assert!(
            Cookie { domain: Some("example.com".to_owned()), ..named("__Host-session") }.fault().is_some()
        );
        assert!(Cookie { path: "/app".to_owned(), ..named("__Host-session") }.fault().is_some());
        assert!(Cookie { secure: false, same_site: SameSite::None, ..cookie() }.fault().is_some());
        assert!(named("bad name").fault().is_some());
        assert!(Cookie { path: "/;x".to_owned(), ..cookie() }.fault().is_some());
    }
}
