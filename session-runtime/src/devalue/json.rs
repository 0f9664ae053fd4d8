//! What of JSON is rare in a devalue text.

/// The place behind the escape at `at`, where a backslash stands; `None` for one that JSON does not have.
pub(crate) fn end_of_escape(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => {
            let digits = bytes.get(at + 2..at + 6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)
        }
        _ => None,
    }
}

/// The place behind a fraction and an exponent, as far as there are any at `at`.
///
/// # Errors
/// Where a digit is missing.
pub(crate) fn end_of_fraction(bytes: &[u8], mut at: usize) -> Result<usize, usize> {
    if bytes.get(at) == Some(&b'.') {
        at = end_of_digits(bytes, at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let is_signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = end_of_digits(bytes, at + 1 + usize::from(is_signed))?;
    }
    Ok(at)
}

/// The place behind digits.
///
/// # Errors
/// Where there is none.
pub(crate) fn end_of_digits(bytes: &[u8], at: usize) -> Result<usize, usize> {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
        0 => Err(at),
        count => Ok(at + count),
    }
}

#[cfg(test)]
mod tests {
    use super::{end_of_escape, end_of_fraction};

    #[test]
    fn escapes_are_those_of_json() {
        for escape in [r"\n", r#"\""#, r"\\", r"\/", r"\u00E9"] {
            assert_eq!(end_of_escape(format!("{escape}1").as_bytes(), 0), Some(escape.len()), "{escape}");
        }
        for other in [r"\", r"\x", r"\0", r"\U0041", r"\u", r"\u12", r"\u12g4", r"\u123"] {
            assert_eq!(end_of_escape(other.as_bytes(), 0), None, "{other}");
        }
    }

    #[test]
    fn fractions_end_behind_their_digits() {
        for fraction in ["", ".5", ".05", "e1", "E+10", "e-0", ".25e3"] {
            for behind in ["", ",", "]", ".", "-"] {
                let text = format!("7{fraction}{behind}");
                // A point without digits behind it is missing some.
                let expected = match (fraction, behind) {
                    ("", ".") => Err(2),
                    _ => Ok(1 + fraction.len()),
                };
                assert_eq!(end_of_fraction(text.as_bytes(), 1), expected, "{text}");
            }
        }
        for (text, place) in [("7.", 2), ("7.e1", 2), ("7e", 2), ("7e+", 3), ("7.5e-x", 5)] {
            assert_eq!(end_of_fraction(text.as_bytes(), 1), Err(place), "{text}");
        }
    }
}
