//! Points in time as `Date.prototype.toISOString` prints them.

const DAY: i64 = 86_400_000;
/// JavaScript's dates reach this many milliseconds to both sides of 1970.
const REACH: i64 = 100_000_000 * DAY;

/// The text of a point in time, `None` outside JavaScript's range.
pub(crate) fn format(millis: i64) -> Option<String> {
    if millis.abs() > REACH {
        return None;
    }
    let (day, rest) = (millis.div_euclid(DAY), millis.rem_euclid(DAY));
    let (year, month, day) = civil(day);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        _ => format!("{year:+07}"),
    };
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"))
}

/// Reads exactly the form that `toISOString` prints.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (year, rest) = match text.as_bytes().first()? {
        b'+' => (digits(text.get(1..7)?)?, text.get(7..)?),
        b'-' => (-digits(text.get(1..7)?)?, text.get(7..)?),
        _ => (digits(text.get(..4)?)?, text.get(4..)?),
    };
    let marks = [(0, b'-'), (3, b'-'), (6, b'T'), (9, b':'), (12, b':'), (15, b'.'), (19, b'Z')];
    if rest.len() != 20 || marks.iter().any(|&(at, mark)| rest.as_bytes().get(at) != Some(&mark)) {
        return None;
    }
    let part = |from: usize, to: usize| rest.get(from..to).and_then(digits);
    let (month, day) = (part(1, 3)?, part(4, 6)?);
    let (hour, minute, second, milli) = (part(7, 9)?, part(10, 12)?, part(13, 15)?, part(16, 19)?);
    if hour > 23 || minute > 59 || second > 59 || text.starts_with("-000000") {
        return None;
    }
    let number = day_number(year, month, day);
    let millis = number * DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli;
    (civil(number) == (year, month, day) && millis.abs() <= REACH).then_some(millis)
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Year, month and day of a day counted from 1970, in the Gregorian calendar (years start in March inside).
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
