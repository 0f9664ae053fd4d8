//! Numbers as JavaScript reads and prints them.

use std::borrow::Cow;
use std::fmt::Write;

/// The largest integer up to which every integer is a double.
pub(crate) const MAX_SAFE: u64 = (1 << 53) - 1;

/// The powers of ten that are doubles without rounding.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

const PAIRS: &str = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748\
                     49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697\
                     9899";

/// Appends an integer in decimal.
pub(crate) fn push_int(out: &mut String, number: u64) {
    if number >= 100 {
        push_int(out, number / 100);
        push_pair(out, number % 100, 0);
    } else {
        push_pair(out, number, usize::from(number < 10));
    }
}

fn push_pair(out: &mut String, number: u64, skip: usize) {
    let at = usize::try_from(number).unwrap_or(0) * 2;
    out.push_str(PAIRS.get(at + skip..at + 2).unwrap_or_default());
}

/// Appends a finite number as JavaScript's `String(n)` prints it (`-0` as `0`).
pub(crate) fn push_number(out: &mut String, number: f64) {
    if let Some(integer) = small_integer(number) {
        if integer < 0 {
            out.push('-');
        }
        return push_int(out, integer.unsigned_abs());
    }
    let mut digits = Digits { bytes: [0; 32], len: 0 };
    if write!(digits, "{number:e}").is_ok() {
        lay_out(out, digits.text());
    }
}

/// The number as an integer, if it is one that doubles hold exactly.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
#[expect(clippy::float_cmp, clippy::cast_precision_loss, reason = "an exact comparison is what is wanted")]
pub(crate) fn small_integer(number: f64) -> Option<i64> {
    let inside = number.abs() <= 9_007_199_254_740_991.0;
    (inside && (number as i64) as f64 == number).then_some(number as i64)
}

/// Turns Rust's `-1.25e-7` into JavaScript's layout.
fn lay_out(out: &mut String, text: &str) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let mantissa = match mantissa.strip_prefix('-') {
        Some(rest) => {
            out.push('-');
            rest
        }
        None => mantissa,
    };
    let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = i32::try_from(rest.len()).unwrap_or(0);
    match exponent {
        0..=20 if count <= exponent => {
            out.extend([first, rest]);
            out.extend((count..exponent).map(|_| '0'));
        }
        0..=20 => {
            let (whole, fraction) = rest.split_at(usize::try_from(exponent).unwrap_or(0));
            out.extend([first, whole, ".", fraction]);
        }
        -6..=-1 => {
            out.push_str("0.");
            out.extend((exponent..-1).map(|_| '0'));
            out.extend([first, rest]);
        }
        _ => {
            let point = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { "e-" } else { "e+" };
            out.extend([first, point, rest, sign]);
            push_int(out, u64::from(exponent.unsigned_abs()));
        }
    }
}

/// The value of a JSON number.
pub(crate) fn parse(token: &str) -> f64 {
    quick(token).unwrap_or_else(|| token.parse().unwrap_or(f64::NAN))
}

/// At most 15 digits without an exponent: one exact division gives the nearest double.
fn quick(token: &str) -> Option<f64> {
    let (digits, sign) = match token.strip_prefix('-') {
        Some(rest) => (rest, -1.0),
        None => (token, 1.0),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut value, mut seen, mut point) = (0u64, 0, None);
    for byte in digits.bytes() {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                seen += 1;
            }
            b'.' => point = Some(seen),
            _ => return None,
        }
    }
    let scale = TENS.get(point.map_or(0, |point| seen - point))?;
    (seen <= 15).then(|| sign * (double(value) / scale))
}

/// An integer of at most 53 bits as a double.
#[expect(clippy::cast_precision_loss, reason = "every caller stays within 53 bits")]
pub(crate) fn double(value: u64) -> f64 {
    value as f64
}

/// The value of a JSON number that is an integer, seen as the double that JavaScript would make of it.
pub(crate) fn parse_integer(token: &str) -> Option<i128> {
    if token.len() <= 15 && token.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return token.parse().ok();
    }
    let mut text = String::new();
    let number = parse(token);
    if number.is_finite() {
        push_number(&mut text, number);
    }
    text.parse().ok()
}

/// The digits of a bigint without leading zeros; `None` if it is anything but decimal.
pub(crate) fn decimal(text: &str) -> Option<Cow<'_, str>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let zeros = digits.bytes().take_while(|&byte| byte == b'0').count();
    let sign = if digits.len() < text.len() { "-" } else { "" };
    match digits.get(zeros..) {
        Some("") | None => Some(Cow::Borrowed("0")),
        Some(_) if zeros == 0 => Some(Cow::Borrowed(text)),
        Some(rest) => Some(Cow::Owned(format!("{sign}{rest}"))),
    }
}

/// The text that JavaScript prints for any number, `-0` as `0`.
pub(crate) fn text_of(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Infinity" } else { "Infinity" }.to_owned();
    }
    let mut text = String::new();
    push_number(&mut text, number);
    text
}

/// A buffer on the stack: the longest double in exponent form has 24 bytes.
struct Digits {
    bytes: [u8; 32],
    len: usize,
}

impl Digits {
    fn text(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        let room = self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
