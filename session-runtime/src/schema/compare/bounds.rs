//! Bounds: of integers, strings, arrays and keys.

use super::{Finding, breaking, lossy};
use crate::schema::shape::{Range, Text};

/// The largest integers that are numbers in JavaScript and in `f32`.
const EXACT: u128 = (1 << 53) - 1;
const EXACT_SINGLE: u128 = 1 << 24;

pub(super) fn ranges(path: &str, written: Range, read: Range) -> Vec<Finding> {
    let inside = written.min >= read.min && written.max <= read.max && (read.zero || !written.zero);
    match inside {
        true => Vec::new(),
        false => breaking(path, format!("{} may be written, {} are read", integers(written), integers(read))),
    }
}

fn integers(range: Range) -> String {
    let Range { min, max, zero } = range;
    let low = if min == i128::MIN { String::new() } else { format!(" from {min}") };
    let high = if max >= i128::MAX.unsigned_abs() { String::new() } else { format!(" to {max}") };
    let but = if zero || min > 0 { "" } else { " but 0" };
    format!("integers{low}{high}{but}")
}

pub(super) fn integers_as_floats(path: &str, range: Range, single: bool) -> Vec<Finding> {
    let beyond = |limit: u128| range.max > limit || range.min.unsigned_abs() > limit;
    if beyond(EXACT) {
        breaking(path, "integers beyond 2^53 are written as bigints, a number is read")
    } else if single && beyond(EXACT_SINGLE) {
        lossy(path, "integers beyond 2^24 may be written, a 32-bit number keeps them only roughly")
    } else {
        Vec::new()
    }
}

pub(super) fn texts(path: &str, written: &Text, read: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, written, read) in
        [("format", &written.format, &read.format), ("pattern", &written.pattern, &read.pattern)]
    {
        if let Some(wanted) = read
            && written.as_ref() != Some(wanted)
        {
            let other = written
                .as_ref()
                .map_or("any string".to_owned(), |other| format!("a string of {name} `{other}`"));
            findings
                .extend(breaking(path, format!("{other} may be written, one of {name} `{wanted}` is read")));
        }
    }
    if read.min > written.min || read.max.is_some_and(|max| written.max.is_none_or(|other| other > max)) {
        let (least, most) = (read.min, read.max.map_or("∞".to_owned(), |max| max.to_string()));
        findings.extend(breaking(
            path,
            format!("strings of other lengths may be written, {least} to {most} characters are read"),
        ));
    }
    findings
}

pub(super) fn lengths(path: &str, written: (u64, Option<u64>), read: (u64, Option<u64>)) -> Vec<Finding> {
    let short = read.0 > written.0;
    let long = read.1.is_some_and(|max| written.1.is_none_or(|other| other > max));
    match short || long {
        true => {
            let (least, most) = (read.0, read.1.map_or("∞".to_owned(), |max| max.to_string()));
            breaking(path, format!("another number of items may be written, {least} to {most} are read"))
        }
        false => Vec::new(),
    }
}

/// The patterns that schemars has for the keys of maps.
const UNSIGNED: &str = r"^\d+$";
const SIGNED: &str = r"^-?\d+$";

pub(super) fn names_number(pattern: &str, name: &str) -> bool {
    let digits = if pattern == SIGNED { name.strip_prefix('-').unwrap_or(name) } else { name };
    matches!(pattern, UNSIGNED | SIGNED)
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_narrower(pattern: &str, others: &[String]) -> bool {
    pattern == UNSIGNED && others.iter().any(|other| other == SIGNED)
}
