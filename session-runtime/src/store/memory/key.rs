//! Keys in 16 bytes, and the hash that spreads them.

use std::hash::{BuildHasher, RandomState};

use sha2::{Digest, Sha256};

use crate::StoreKey;

/// A key in 16 bytes instead of up to 64.
///
/// * A UUID in lower case, the key of the layout shared with Astro, is kept without loss: its 128 bits.
/// * 64 hex digits in lower case, the key of our own layout, are 256 bits of SHA-256, folded to 128.
/// * Any other text, a UUID with upper-case letters among them, is the first 128 bits of its SHA-256. So ids that
///   differ in letter case only are different keys, as they are for Astro.
///
/// Two keys that fall together would have to be found among 2^128, by somebody who chooses keys; the server chooses
/// them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct CompactKey([u64; 2]);

impl CompactKey {
    pub(super) fn of(key: &StoreKey) -> Self {
        let text = key.as_bytes();
        let words = match text.len() {
            64 => hash_words(text),
            36 => uuid_words(text),
            _ => None,
        };
        Self(words.unwrap_or_else(|| digest_words(text)))
    }
}

/// What makes the hash of one store unlike that of any other.
#[derive(Clone, Copy)]
pub(super) struct Seed([u64; 2]);

impl Seed {
    pub(super) fn random() -> Self {
        Self([RandomState::new().hash_one(0), RandomState::new().hash_one(1)])
    }

    /// One multiplication is enough: keys are random bits already, and a client cannot crowd the table, since ids it
    /// makes up are only looked for, never inserted. The seed is for those who choose keys in another way.
    pub(super) fn hash(self, key: CompactKey) -> u64 {
        let (low, high) = (key.0[0] ^ self.0[0]).carrying_mul(key.0[1] ^ self.0[1], 0);
        low ^ high
    }
}

fn hash_words(text: &[u8]) -> Option<[u64; 2]> {
    let [first, second] = [hex_words(text.first_chunk()?)?, hex_words(text.last_chunk()?)?];
    // One-to-one in either half, so that keys made by hand do not fall together when they differ in one of them; and
    // never the identity, so that no UUID is met.
    let mix = |word: u64| (word ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93).rotate_left(32);
    Some([first[0] ^ mix(second[0]), first[1] ^ mix(second[1])])
}

fn uuid_words(text: &[u8]) -> Option<[u64; 2]> {
    let mut digits = [0; 32];
    for (to, from) in [(0..8, 0..8), (8..12, 9..13), (12..16, 14..18), (16..20, 19..23), (20..32, 24..36)] {
        digits[to].copy_from_slice(text.get(from)?);
    }
    let dashes = [8, 13, 18, 23].iter().all(|at| text.get(*at) == Some(&b'-'));
    if dashes { hex_words(&digits) } else { None }
}

fn digest_words(text: &[u8]) -> [u64; 2] {
    let digest = Sha256::digest(text);
    let word = |at: usize| digest[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    [word(0), word(8)]
}

/// The 128 bits that 32 lower-case hex digits stand for; `None` if there is any other character.
fn hex_words(digits: &[u8; 32]) -> Option<[u64; 2]> {
    let mut words = [0; 4];
    let mut all = ONES;
    for (word, eight) in words.iter_mut().zip(digits.as_chunks().0) {
        let (value, lower_or_digit) = eight_digits(*eight);
        all &= lower_or_digit;
        *word = value;
    }
    (all == ONES).then_some([words[0] << 32 | words[1], words[2] << 32 | words[3]])
}

const ONES: u64 = 0x0101_0101_0101_0101;

/// Eight digits at once, and a one for each that is a digit or a lower-case letter. A `StoreKey` has no other characters
/// than `0-9` (0x30–0x39), `A-F` (0x41–0x46), `a-f` (0x61–0x66) and `-` (0x2d), so three bits of each byte tell them
/// apart.
fn eight_digits(digits: [u8; 8]) -> (u64, u64) {
    let word = u64::from_be_bytes(digits);
    let letters = word >> 6 & ONES;
    let lower_or_digit = (letters | word >> 4) & word >> 5 & ONES;
    let nibbles = (word & (ONES * 0x0f)) + letters * 9;
    let bytes = (nibbles | nibbles >> 4) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    ((pairs | pairs >> 16) & 0xffff_ffff, lower_or_digit)
}

#[cfg(test)]
mod tests {
    use super::{CompactKey, Seed};
    use crate::{SessionId, StoreKey};

    fn compact(text: &str) -> [u64; 2] {
        CompactKey::of(&StoreKey::parse(text).expect("a key")).0
    }

    #[test]
    fn a_lower_case_uuid_is_kept_without_loss() {
        let words = compact("01234567-89ab-4def-8edc-ba9876543210");
        assert_eq!(words, [0x0123_4567_89ab_4def, 0x8edc_ba98_7654_3210]);
    }

    #[test]
    fn every_other_form_differs() {
        let forms = [
            "01234567-89ab-4def-8edc-ba9876543210",
            "01234567-89AB-4def-8edc-ba9876543210",
            "01234567-89AB-4DEF-8EDC-BA9876543210",
            "0123456789ab-4def-8edc-ba9876543210-",
            "0123456789ab4def8edcba9876543210",
            "0123456789ab4def8edcba98765432100000000000000000000000000000000",
            "0123456789ab4def8edcba987654321000000000000000000000000000000000",
            "0123456789ab4def8edcba987654321000000000000000000000000000000001",
            "0123456789AB4def8edcba987654321000000000000000000000000000000001",
            "1123456789ab4def8edcba987654321000000000000000000000000000000001",
            "a",
            "A",
            "-",
        ];
        for (at, one) in forms.iter().enumerate() {
            for other in &forms[at + 1..] {
                assert_ne!(compact(one), compact(other), "{one} and {other}");
            }
        }
    }

    #[test]
    fn one_id_has_two_keys() {
        let id = SessionId::random();
        assert!(CompactKey::of(&StoreKey::plain(&id)) != CompactKey::of(&StoreKey::hashed(&id)));
    }

    #[test]
    fn two_stores_hash_differently() {
        let key = CompactKey::of(&StoreKey::plain(&SessionId::random()));
        assert_ne!(Seed::random().hash(key), Seed::random().hash(key));
    }
}
