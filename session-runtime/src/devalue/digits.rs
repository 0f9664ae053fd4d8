//! Where digits end, and lists of numbers.

use std::ops::ControlFlow::{self, Break, Continue};

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x16};

use super::block::{BLOCK, Block};
use super::search::LANES;

/// The place behind integers with commas between them, the first of which stands at `at`; `None` where one of them is
/// none of JSON's, because it begins with a zero.
#[inline(always)]
pub(crate) fn end_of_numbers<S: Simd>(simd: S, bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut numbers = Numbers::default();
    loop {
        let rest = bytes.get(at..)?;
        let Some(block) = rest.first_chunk() else { return numbers.last(rest, at) };
        match numbers.end_in(Block::new(simd, block), at) {
            Break(end) => return end,
            Continue(()) => at += BLOCK,
        }
    }
}

/// The number that a text begins with, if it has at most fifteen digits, and how many it has.
#[inline]
pub(crate) fn plain_number(text: &[u8]) -> Option<(u64, usize)> {
    let Some(first) = text.first_chunk() else { return few_digits(text) };
    let (value, width) = leading_digits(u64::from_le_bytes(*first));
    match width {
        0 => None,
        1..8 => Some((value, width)),
        _ => {
            let second = match text.get(8..)?.first_chunk() {
                Some(second) => u64::from_le_bytes(*second),
                // The last eight bytes without those that were read already.
                None => {
                    let last = u64::from_le_bytes(*text.last_chunk()?);
                    u32::try_from(16 - text.len())
                        .ok()
                        .and_then(|read| last.checked_shr(8 * read))
                        .unwrap_or(0)
                }
            };
            let (low, more) = leading_digits(second);
            Some((value * POWERS.get(more)? + low, 8 + more))
        }
    }
}

const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// As [`plain_number`], where there are fewer than eight bytes.
#[inline(never)]
fn few_digits(text: &[u8]) -> Option<(u64, usize)> {
    let word = text.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    Some(leading_digits(word)).filter(|&(_, width)| width > 0)
}

/// A one in each byte.
const EACH: u64 = u64::MAX / 255;

/// How many digits eight bytes begin with, the first one in the lowest byte.
#[inline(always)]
pub(crate) fn plain_digits(bytes: u64) -> u32 {
    let digits = bytes ^ (u64::from(b'0') * EACH);
    // The high bit of a byte is set where it is more than nine; what that does to the bytes behind it does not matter.
    let others = (digits.wrapping_add((128 - 10) * EACH) | digits) & (128 * EACH);
    others.trailing_zeros() / 8
}

/// The number that eight bytes begin with, and how many digits it has.
#[inline(always)]
fn leading_digits(bytes: u64) -> (u64, usize) {
    let digits = bytes ^ (u64::from(b'0') * EACH);
    let width = plain_digits(bytes);
    // As if zeros stood in front; then ones and tens are added up, pairs of them, and both halves.
    let tens = digits.checked_shl(64 - 8 * width).unwrap_or(0);
    let pairs = tens.wrapping_mul(10).wrapping_add(tens >> 8);
    let [even, odd] = [pairs, pairs >> 16].map(|pairs| pairs & 0xff_0000_00ff);
    let sum = even.wrapping_mul(100 | 1_000_000 << 32).wrapping_add(odd.wrapping_mul(1 | 10_000 << 32));
    (sum >> 32, width as usize)
}

/// The place behind the digits that stand at `from`.
#[inline]
pub(crate) fn end_of_digits(bytes: &[u8], mut from: usize) -> usize {
    while let Some(chunk) = bytes.get(from..).and_then(<[u8]>::first_chunk) {
        let count = digits(chunk).trailing_ones() as usize;
        from += count;
        if count < LANES {
            return from;
        }
    }
    end_of_last_digits(bytes, from)
}

/// As [`end_of_digits`], where the text ends soon.
#[inline(always)]
fn end_of_last_digits(bytes: &[u8], from: usize) -> usize {
    let Some(chunk) = bytes.last_chunk::<LANES>() else {
        let rest = bytes.get(from..).unwrap_or_default();
        return from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    };
    // Some of them are looked at once more, and shifted out.
    let passed = from + LANES - bytes.len();
    from + (digits(chunk) >> passed.min(LANES)).trailing_ones() as usize
}

/// Which of them are digits: the lowest bit for the first one.
#[inline(always)]
fn digits(chunk: &[u8; LANES]) -> u64 {
    dispatch!(Level::baseline(), simd => {
        let values = u8x16::from_slice(simd, chunk) - b'0';
        values.min(9).simd_eq(values).to_bitmask()
    })
}

/// About the byte before: is it a digit, and is it a zero that begins a number? One bit each.
#[derive(Default)]
struct Numbers {
    digit: u64,
    zero: u64,
}

impl Numbers {
    /// Whether the numbers end in the block that begins at `at`.
    #[inline(always)]
    fn end_in<S: Simd>(&mut self, block: Block<S>, at: usize) -> ControlFlow<Option<usize>> {
        let [commas, zeros, digits] = [block.bits(b','), block.bits(b'0'), block.digits()];
        let behind_digit = digits << 1 | self.digit;
        let begins = zeros & !behind_digit;
        let behind_zero = begins << 1 | self.zero;
        // Where a number ends: at what is neither, and at a comma behind no digit or a digit behind a leading zero.
        let wrong = commas & !behind_digit | digits & behind_zero;
        let inside = (digits | commas) & !wrong;
        let end = inside.trailing_ones() as usize;
        if end < BLOCK {
            return Break(match () {
                _ if wrong >> end & 1 == 1 => None,
                _ if behind_digit >> end & 1 == 1 => Some(at + end),
                // A comma, behind which something else follows.
                _ => (at + end).checked_sub(1),
            });
        }
        self.digit = digits >> (BLOCK - 1) & 1;
        self.zero = begins >> (BLOCK - 1) & 1;
        Continue(())
    }

    /// Where they end among the last bytes of a text.
    #[inline(never)]
    fn last(mut self, rest: &[u8], at: usize) -> Option<usize> {
        dispatch!(Level::baseline(), simd => self.end_in(Block::last(simd, rest), at)).break_value()?
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::{end_of_digits, end_of_numbers, plain_number};

    #[test]
    fn plain_numbers_are_read() {
        let numbers = (0..12_000).chain((0..15).flat_map(|zeros| {
            let power = 10_u64.pow(zeros);
            [power - 1, power, power + 1, power / 7, 8_765_432_198_765_432 / power]
        }));
        for number in numbers {
            for tail in ["", ",", "]", "}\u{e9}\u{e9}", ":9", "/12345", "e1", ".5", ",1234567890123456"] {
                for zeros in [0, 1, 7] {
                    let digits = format!("{}{number}", "0".repeat(zeros));
                    let expected = (digits.len() < 16).then_some((number, digits.len()));
                    assert_eq!(
                        plain_number(format!("{digits}{tail}").as_bytes()),
                        expected,
                        "{digits}{tail}"
                    );
                }
            }
        }
        for text in ["", ",1234567", "-1234567", "\u{ff}1aaaaa", "\u{7f}1234567", ":1234567", "/1234567", "a"]
        {
            assert_eq!(plain_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn digits_end_where_they_end() {
        for count in 0..40 {
            for behind in ["", ",", ":12", "/", "-1", "\u{e9}"] {
                let text = format!("{}{behind}", "7".repeat(count));
                for from in 0..=count {
                    assert_eq!(end_of_digits(text.as_bytes(), from), count, "{text}");
                }
            }
        }
    }

    /// As [`end_of_numbers`], byte by byte.
    fn slowly(bytes: &[u8]) -> Option<usize> {
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut at = 0;
        loop {
            let count = digits(at);
            if count == 0 || count > 1 && bytes[at] == b'0' {
                // Behind a comma there may be anything but a second one.
                return (at > 0 && count == 0 && bytes.get(at) != Some(&b',')).then(|| at - 1);
            }
            at += count;
            match bytes.get(at) {
                Some(b',') => at += 1,
                _ => return Some(at),
            }
        }
    }

    #[test]
    fn lists_end_where_they_end_wherever_they_stand() {
        // As many bytes in front as it takes for the pattern to lie across the ends of the first two chunks, and of a block.
        for (before, behind) in (0..30).map(|before| (before, 0)).chain((70..84).map(|before| (before, 40))) {
            let prefix = ["1,".repeat(before / 2), "22,".repeat(before % 2)].concat();
            for pattern in 0..4_usize.pow(7) {
                let middle = (0..7).map(|nth| b"0,7]"[pattern / 4_usize.pow(nth) % 4]);
                let suffix = "5,".repeat(behind);
                let text: Vec<u8> = prefix.bytes().chain(middle).chain(suffix.bytes()).collect();
                if text[0].is_ascii_digit() {
                    let shown = String::from_utf8_lossy(&text);
                    let found = dispatch!(Level::new(), simd => end_of_numbers(simd, &text, 0));
                    assert_eq!(found, slowly(&text), "{shown}");
                }
            }
        }
    }
}
