//! Session ids as clients hold them, and the keys stores hold them under.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x16};
use sha2::{Digest, Sha256};

/// The id of one session: a UUID of version 4 (122 random bits from the operating system), as it stands in the cookie.
///
/// Whoever holds an id holds the session, so `Debug` shows nothing of it and there is no `Display`; call
/// [`expose`](Self::expose) where the text is really needed. An id keeps the letter case it was sent in.
///
/// ```
/// use session_runtime::SessionId;
///
/// let id: SessionId = "11111111-1111-4111-8111-111111111111".parse()?;
/// assert_eq!(id.expose(), "11111111-1111-4111-8111-111111111111");
/// assert_eq!(format!("{id:?}"), "SessionId(…)");
/// assert!("../../etc/passwd".parse::<SessionId>().is_err());
/// # Ok::<(), session_runtime::InvalidSessionId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId([u8; Self::LEN]);

impl SessionId {
    /// How many characters an id has.
    pub(crate) const LEN: usize = 36;

    /// A new id that nobody can guess. The operating system's random bytes are fetched for some ids at once and kept by the
    /// thread, so a process must not fork after its first id and go on with both halves.
    ///
    /// # Panics
    /// If the operating system has no random bytes: there is no safe way to go on.
    #[must_use]
    pub fn random() -> Self {
        let mut text = [0; Self::LEN];
        let uuid = uuid::Builder::from_random_bytes(random_bytes()).into_uuid();
        uuid.hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// The text that stands in the cookie. It is a secret: keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Only ASCII ever enters `self.0`, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Reads the bytes of a cookie's value: exactly the version 4 UUIDs that Astro accepts.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text: [u8; Self::LEN] = bytes.try_into().ok()?;
        // Every request with a cookie pays for this: sixteen characters at a time, some of them twice.
        let chunks = [(text.first_chunk()?, 1 << 8 | 1 << 13), (text[16..].first_chunk()?, 1 << 2 | 1 << 7)];
        let last = (text.last_chunk()?, 1 << 3);
        let well_formed = chunks.into_iter().chain([last]).all(|(chunk, dashes)| has_dashes(*chunk, dashes))
            && text[14] == b'4'
            && matches!(text[19], b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
        well_formed.then_some(Self(text))
    }
}

/// Whether the bytes are dashes where `dashes` has a bit, counted from the lowest, and hex digits elsewhere.
fn has_dashes(bytes: [u8; 16], dashes: u64) -> bool {
    let [dash, digit] = dispatch!(Level::baseline(), simd => {
        let bytes = u8x16::from_slice(simd, &bytes);
        let is_within = |bytes: u8x16<_>, most: u8| bytes.min(most).simd_eq(bytes);
        let digits = is_within(bytes - b'0', 9) | is_within((bytes | 0x20) - b'a', 5);
        [bytes.simd_eq(b'-').to_bitmask(), digits.to_bitmask()]
    });
    dash == dashes && digit == !dashes & 0xffff
}

/// How many ids' bytes are asked for at once: the call costs as much as a small session.
const BATCH: usize = 16;

/// Bytes of the operating system for one id. They are fetched for some ids at once, wiped as they are used, and never
/// leave the thread. (A process that forks afterwards must start with a new thread, or both would use the same.)
fn random_bytes() -> [u8; 16] {
    thread_local! {
        static SPARE: RefCell<(usize, [[u8; 16]; BATCH])> = const { RefCell::new((0, [[0; 16]; BATCH])) };
    }
    fn fill(bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system's random bytes");
    }
    let spare = SPARE.try_with(|spare| {
        let (left, batch) = &mut *spare.borrow_mut();
        if *left == 0 {
            fill(batch.as_flattened_mut());
            *left = BATCH;
        }
        *left -= 1;
        batch.get_mut(*left).map(std::mem::take)
    });
    // At the very end of a thread there is no place for a batch.
    spare.ok().flatten().unwrap_or_else(|| {
        let mut bytes = [0; 16];
        fill(&mut bytes);
        bytes
    })
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(text.as_bytes()).ok_or(InvalidSessionId)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(…)")
    }
}

/// A text that is no session id: not a UUID of version 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidSessionId;

impl fmt::Display for InvalidSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a session id: expected a UUID of version 4")
    }
}

impl std::error::Error for InvalidSessionId {}

const MAX_KEY: usize = 64;

/// The key a store holds a record under: up to 64 characters out of `0-9 a-f A-F -`.
///
/// In our own layout it is the SHA-256 of the id in lower-case hex, so that a leaked store holds no usable id
/// (CVE-2019-16782); in a layout shared with Astro it is the id itself. It is shown by neither `Debug` nor `Display`.
///
/// ```
/// use session_runtime::{SessionId, StoreKey};
///
/// let id: SessionId = "11111111-1111-4111-8111-111111111111".parse()?;
/// assert_eq!(StoreKey::hashed(&id).as_str().len(), 64);
/// assert_eq!(StoreKey::plain(&id).as_str(), id.expose());
/// # Ok::<(), session_runtime::InvalidSessionId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreKey {
    len: u8,
    bytes: [u8; MAX_KEY],
}

impl StoreKey {
    /// The key of our own layout: the SHA-256 of the id.
    #[must_use]
    pub fn hashed(id: &SessionId) -> Self {
        let digest: [u8; 32] = Sha256::digest(id.0).into();
        let mut bytes = [0; MAX_KEY];
        let (digits, _) = bytes.as_chunks_mut();
        for (digits, four) in digits.iter_mut().zip(digest.as_chunks().0) {
            *digits = hex(*four);
        }
        Self { len: 64, bytes }
    }

    /// The key of the layout shared with Astro: the id itself.
    #[must_use]
    pub fn plain(id: &SessionId) -> Self {
        let mut bytes = [0; MAX_KEY];
        bytes[..SessionId::LEN].copy_from_slice(&id.0);
        Self { len: 36, bytes }
    }

    /// Reads a key that [`as_str`](Self::as_str) gave; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
        if text.is_empty() || text.len() > MAX_KEY || !text.bytes().all(allowed) {
            return None;
        }
        let mut bytes = [0; MAX_KEY];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Some(Self { len: u8::try_from(text.len()).ok()?, bytes })
    }

    /// The key's text, safe as a file name and as part of any store's key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII ever enters `self.bytes`, so the fallback is never taken.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The same, for those who need no `str`: looking for well-formed UTF-8 takes longer than most of what follows.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Four bytes in lower-case hex, all eight digits at once.
fn hex(bytes: [u8; 4]) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from(u32::from_be_bytes(bytes));
    let pairs = (word | word << 16) & 0x0000_ffff_0000_ffff;
    let single = (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (single | single << 4) & (ONES * 0x0f);
    let letters = (nibbles + ONES * (0x80 - 10)) >> 7 & ONES;
    (nibbles + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'9' - 1)).to_be_bytes()
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{SessionId, StoreKey};

    #[test]
    fn random_ids_are_accepted_and_differ() {
        let (one, two) = (SessionId::random(), SessionId::random());
        assert_eq!(one.expose().parse(), Ok(one));
        assert!(one != two);
    }

    #[test]
    fn only_version_4_is_accepted_in_the_case_it_was_sent() {
        assert!("018f5e5e-0000-7000-8000-000000000000".parse::<SessionId>().is_err());
        assert!("11111111-1111-4111-c111-111111111111".parse::<SessionId>().is_err());
        assert!("11111111-1111-4111-8111-11111111111".parse::<SessionId>().is_err());
        let fine = "01234567-89ab-4CDE-AfAF-0123456789aB";
        assert_eq!(fine.parse::<SessionId>().expect("valid").expose(), fine);
        for at in 0..fine.len() {
            for other in *b"-/:@G`g\0\xff" {
                let mut bytes = fine.as_bytes().to_vec();
                bytes[at] = other;
                assert_eq!(
                    SessionId::from_bytes(&bytes).is_some(),
                    other == fine.as_bytes()[at],
                    "{bytes:?}"
                );
            }
        }
        let upper = "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA";
        assert_eq!(upper.parse::<SessionId>().expect("valid").expose(), upper);
    }

    #[test]
    fn the_hashed_key_is_sha_256_of_the_text() {
        let id: SessionId = "11111111-1111-4111-8111-111111111111".parse().expect("valid");
        let key = StoreKey::hashed(&id);
        assert_eq!(key.as_str(), "bd7662a5eeb41614e720d477abfcb2272e19a8a70a93b7e3bc8560d44ad326e9");
        assert_eq!(StoreKey::parse(key.as_str()), Some(key));
        assert_eq!(StoreKey::parse("../x"), None);
    }
}
