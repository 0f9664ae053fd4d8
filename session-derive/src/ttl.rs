//! Times to live: `"90s"`, `"10m"`, `"1h30m"`.

use std::time::Duration;

const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Reads a time to live; the error says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text;
    let mut total = 0_u64;
    if rest.is_empty() {
        return Err("an empty `ttl`; write for example `ttl = \"10m\"`".to_owned());
    }
    while !rest.is_empty() {
        let (number, tail) = split(rest, |letter| letter.is_ascii_digit());
        let (unit, tail) = split(tail, char::is_alphabetic);
        total = part(text, number, unit)?.checked_add(total).ok_or_else(|| too_long(text))?;
        rest = tail;
    }
    if total == 0 {
        return Err("a `ttl` of zero; values would expire at once".to_owned());
    }
    Ok(Duration::from_millis(total))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !belongs(letter)).unwrap_or(text.len()))
}

/// The milliseconds of a number with its unit.
fn part(text: &str, number: &str, unit: &str) -> Result<u64, String> {
    if number.is_empty() {
        return Err(format!(
            "`{text}` is not a time to live; write a whole number and a unit, for example `10m`"
        ));
    }
    let Some(&(_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        let units = "the units are ms, s, m, h, d and w";
        return Err(match unit {
            "" => format!("`{number}` has no unit; {units}, for example `{number}s`"),
            _ => format!("unknown unit `{unit}`; {units}"),
        });
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(|| too_long(text))
}

fn too_long(text: &str) -> String {
    format!("`{text}` is too long; leave `ttl` out if the value need not expire")
}

#[cfg(test)]
mod tests {
    use super::{Duration, parse};

    #[test]
    fn units_and_sums() {
        let cases = [
            ("250ms", 250),
            ("90s", 90_000),
            ("10m", 600_000),
            ("1h", 3_600_000),
            ("2d", 172_800_000),
            ("1w", 604_800_000),
            ("1h30m", 5_400_000),
            ("0h1s", 1000),
            ("18446744073709551615ms", u64::MAX),
        ];
        for (text, millis) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let cases = [
            ("", "an empty `ttl`; write for example"),
            ("0s", "a `ttl` of zero"),
            ("0h0m", "a `ttl` of zero"),
            ("600", "`600` has no unit; the units are ms, s, m, h, d and w, for example `600s`"),
            ("10 m", "`10` has no unit"),
            ("1.5h", "`1` has no unit"),
            ("-5m", "`-5m` is not a time to live"),
            ("m", "`m` is not a time to live"),
            (" 5m", "` 5m` is not a time to live"),
            ("5min", "unknown unit `min`"),
            ("5µs", "unknown unit `µs`"),
            ("18446744073709551616ms", "too long"),
            ("30500568905w", "too long"),
            ("18446744073709551615ms1ms", "too long"),
        ];
        for (text, message) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
