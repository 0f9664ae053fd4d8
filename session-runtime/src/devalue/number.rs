//! Numbers as JavaScript reads and prints them.

use std::borrow::Cow;

use super::output::Output;

/// The largest integer up to which every integer is a double.
pub(crate) const MAX_SAFE: u64 = (1 << 53) - 1;

/// The powers of ten that are doubles without rounding.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Appends an integer in decimal.
#[inline]
pub(crate) fn push_int(out: &mut impl Output, number: u64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Appends a finite number as JavaScript's `String(n)` prints it (`-0` as `0`).
pub(crate) fn push_number(out: &mut impl Output, number: f64) {
    if let Some(integer) = small_integer(number) {
        return out.push_str(itoa::Buffer::new().format(integer));
    }
    let mut buffer = zmij::Buffer::new();
    let digits = buffer.format_finite(number);
    // Up to sixteen digits before the point, or five zeros behind it, stand as JavaScript has them.
    match digits.contains('e') {
        true => lay_out(out, digits),
        false => out.push_str(digits.strip_suffix(".0").unwrap_or(digits)),
    }
}

/// The digits of a number below a hundred million, the first one in the lowest byte, and how many they are.
#[inline]
pub(crate) fn digits(number: u32) -> (u64, usize) {
    if number >= 100 {
        return many_digits(number);
    }
    // Nearly all references in a session are such numbers.
    let tens = (number * 103) >> 10;
    let both = u64::from(tens | (number - 10 * tens) << 8 | 0x3030);
    if tens > 0 { (both, 2) } else { (both >> 8, 1) }
}

#[inline(never)]
fn many_digits(number: u32) -> (u64, usize) {
    // Two halves of four digits, then four of two, then eight of one, each step with one multiplication for all.
    let number = u64::from(number);
    let halves = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x7f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | (pairs - 10 * tens) << 8;
    let zeros = (digits | 1 << 56).trailing_zeros() / 8;
    ((digits | 0x3030_3030_3030_3030) >> (8 * zeros), 8 - usize::try_from(zeros).unwrap_or(0))
}

/// How many digits a number has.
#[inline]
pub(crate) fn width(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |digits| digits as usize + 1)
}

/// The number as an integer, if it is one that doubles hold exactly.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
#[expect(clippy::float_cmp, clippy::cast_precision_loss, reason = "an exact comparison is what is wanted")]
pub(crate) fn small_integer(number: f64) -> Option<i64> {
    let inside = number.abs() <= 9_007_199_254_740_991.0;
    (inside && (number as i64) as f64 == number).then_some(number as i64)
}

/// The integer as a number, if JavaScript holds it exactly.
#[expect(clippy::cast_precision_loss, reason = "the range is checked before")]
pub(crate) fn exact(integer: i64) -> Option<f64> {
    (integer.unsigned_abs() <= MAX_SAFE).then_some(integer as f64)
}

/// Turns `-1.25e-7` into JavaScript's layout.
fn lay_out(out: &mut impl Output, text: &str) {
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
            [first, rest].into_iter().for_each(|part| out.push_str(part));
            (count..exponent).for_each(|_| out.push('0'));
        }
        0..=20 => {
            let (whole, fraction) = rest.split_at(usize::try_from(exponent).unwrap_or(0));
            [first, whole, ".", fraction].into_iter().for_each(|part| out.push_str(part));
        }
        -6..=-1 => {
            out.push_str("0.");
            (exponent..-1).for_each(|_| out.push('0'));
            [first, rest].into_iter().for_each(|part| out.push_str(part));
        }
        _ => {
            let point = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { "e-" } else { "e+" };
            [first, point, rest, sign].into_iter().for_each(|part| out.push_str(part));
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
        return few_digits(token).map(i128::from);
    }
    let mut text = String::new();
    let number = parse(token);
    if number.is_finite() {
        push_number(&mut text, number);
    }
    text.parse().ok()
}

/// The integer that a token of at most fifteen digits stands for; `None` says nothing.
#[inline]
pub(crate) fn few_digits(token: &str) -> Option<i64> {
    let (digits, sign) = match token.strip_prefix('-') {
        Some(digits) => (digits, -1),
        None => (token, 1),
    };
    if !(1..=15).contains(&digits.len()) {
        return None;
    }
    let mut value = 0;
    for byte in digits.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(sign * value)
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

#[cfg(test)]
mod tests {
    use super::{digits, push_number};

    #[test]
    fn digits_are_left_aligned() {
        let powers = (0..8).map(|power| 10_u32.pow(power));
        let numbers = powers.flat_map(|power| [power - 1, power, power + 1, power * 9 + power / 3]);
        for number in numbers.chain(0..1_000).chain((0..100_000_000).step_by(7_919)) {
            let (digits, count) = digits(number);
            let bytes = digits.to_le_bytes();
            assert_eq!(str::from_utf8(&bytes[..count]), Ok(number.to_string().as_str()));
            assert!(bytes[count..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn numbers_print_as_in_javascript() {
        let rows = [
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (1e21, "1e+21"),
            (1.25e21, "1.25e+21"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (1e-6, "0.000001"),
            (1.5e-6, "0.0000015"),
            (1e-7, "1e-7"),
            (-1.25e-7, "-1.25e-7"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.000_123_4, "0.0001234"),
            (2_251_799_813_685_249.5, "2251799813685249.5"),
        ];
        for (number, expected) in rows {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, expected);
        }
    }
}
