//! The references in containers, found and written anew. Most of them follow one another, so they are looked at in runs.

use super::entry::references;
use super::number;
use super::search::next_quote;
use super::slot::{Printer, Slot};

/// References that follow one another, `4,5,6`, and where they stand in the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    first: u32,
    count: u32,
    start: u32,
    end: u32,
}

impl Run {
    #[allow(clippy::cast_possible_truncation, reason = "a text has less than 4 GiB, an index nine digits")]
    #[inline]
    fn new(first: usize, count: usize, start: usize, end: usize) -> Self {
        Self { first: first as u32, count: count as u32, start: start as u32, end: end as u32 }
    }

    /// The first index and the one behind the last.
    #[inline]
    pub(crate) fn indices(&self) -> (usize, usize) {
        (self.first as usize, self.first as usize + self.count as usize)
    }
}

/// Whether the text of an entry needs to be looked at closely.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Trust {
    /// It may be in a form that devalue would not write.
    #[default]
    None,
    /// Every string in it is as devalue writes it.
    Strings,
}

/// Finds the references of the container that stands at `start..end` of a text; `None` where it is not in devalue's own
/// form, or in one that is rare.
#[inline]
pub(crate) fn find(
    text: &[u8],
    (start, end): (usize, usize),
    trust: Trust,
    found: &mut Vec<Run>,
) -> Option<()> {
    found.clear();
    let quick = match text.get(start..start + 2)? {
        [b'[', b'0'..=b'9'] => list(text, (start + 1, end), found),
        b"{\"" if trust == Trust::Strings => object(text, (start + 1, end), found),
        _ => None,
    };
    quick.or_else(|| slowly(text, (start, end), found))
}

#[inline(never)]
fn slowly(text: &[u8], (start, end): (usize, usize), found: &mut Vec<Run>) -> Option<()> {
    found.clear();
    references(text.get(start..end)?, |index, behind| {
        let behind = start + behind;
        found.push(Run::new(index, 1, behind - number::width(index), behind));
        Some(())
    })
}

/// Indices between commas up to the bracket, which is the last character.
pub(crate) fn list(text: &[u8], (start, end): (usize, usize), found: &mut Vec<Run>) -> Option<()> {
    let mut at = start;
    loop {
        let begin = at;
        let (first, width) = index(text, at)?;
        at += width;
        let count = 1 + follow(text, &mut at, first);
        found.push(Run::new(first, count, begin, at));
        match text.get(at)? {
            b',' => at += 1,
            b']' => return (at + 1 == end).then_some(()),
            _ => return None,
        }
    }
}

/// An index as it stands in a list: a comma and the digits, the first character in the lowest byte.
struct Ahead {
    word: u64,
    /// How many digits it has, and the word's one in the last of them.
    width: usize,
    one: u64,
}

impl Ahead {
    fn of(index: usize) -> Option<Self> {
        let Ok(index @ ..1_000_000) = u32::try_from(index) else { return None };
        let (digits, width) = number::digits(index);
        Some(Self { word: digits << 8 | u64::from(b','), width, one: 1 << (8 * width) })
    }

    /// The last digit, or the one so many places before it.
    fn digit(&self, before: usize) -> u64 {
        (self.word >> (8 * (self.width - before)) & 0xff).wrapping_sub(u64::from(b'0'))
    }

    /// Goes on by so many tens, to this index: mostly one digit is all that changes.
    fn later(&mut self, tens: u64, index: usize) -> Option<()> {
        if self.width > 1 && self.digit(1) + tens < 10 {
            self.word += tens * (self.one >> 8);
        } else {
            *self = Self::of(index)?;
        }
        Some(())
    }
}

/// How many indices follow there that are one more than the one before, each behind a comma; moves behind them.
#[inline]
pub(crate) fn follow(text: &[u8], at: &mut usize, before: usize) -> usize {
    let Some(mut next) = Ahead::of(before + 1) else { return 0 };
    let (mut count, mut last, mut tens_end) = (0, 0, false);
    'tens: loop {
        let (length, digit) = (next.width + 1, next.digit(0));
        if digit == 0 && !std::mem::take(&mut tens_end) {
            let whole = whole_tens(text.get(*at..).unwrap_or_default(), next.word, length);
            if whole > 0 {
                (last, *at, count) = (length, *at + 10 * whole * length, count + 10 * whole);
                if next.later(whole as u64, before + count + 1).is_none() {
                    break;
                }
                // Those behind them are ten more only where a hundred is full.
                tens_end = next.digit(1) != 0;
                continue;
            }
        }
        // All that have the same digits but for the last one are compared without counting anew.
        let mask = (1 << (8 * length)) - 1;
        for _ in digit..10 {
            let Some(here) = text.get(*at..*at + 8).and_then(<[u8]>::first_chunk) else { break 'tens };
            if (u64::from_le_bytes(*here) ^ next.word) & mask != 0 {
                break 'tens;
            }
            next.word += next.one;
            (last, *at, count) = (length, *at + length, count + 1);
        }
        next.word -= 10 * next.one;
        if next.later(1, before + count + 1).is_none() {
            break;
        }
    }
    // The last one may be the beginning of one with more digits.
    if count > 0 && text.get(*at).is_some_and(u8::is_ascii_digit) {
        *at -= last;
        count -= 1;
    }
    count
}

/// How many times ten indices stand there, each with the comma before it, from a multiple of ten on: it is given as such
/// a word, and its length. No more than a hundred are looked at.
fn whole_tens(text: &[u8], word: u64, length: usize) -> usize {
    match length {
        3 => tens_of::<3>(text, word),
        4 => tens_of::<4>(text, word),
        5 => tens_of::<5>(text, word),
        6 => tens_of::<6>(text, word),
        7 => tens_of::<7>(text, word),
        _ => 0,
    }
}

#[inline(always)]
fn tens_of<const LENGTH: usize>(mut text: &[u8], mut word: u64) -> usize {
    let (mask, one) = ((1 << (8 * LENGTH)) - 1, 1 << (8 * (LENGTH - 1)));
    let mut found = 0;
    while let Some(here) = text.get(..9 * LENGTH + 8) {
        // Where a list ends, it mostly ends before the last of ten.
        let tenth = here.last_chunk().map_or(0, |index| u64::from_le_bytes(*index));
        let mut difference = tenth ^ (word + 9 * one);
        if difference & mask != 0 {
            break;
        }
        for nth in 0..9 {
            let index = here.get(nth * LENGTH..).and_then(<[u8]>::first_chunk);
            difference |= index.map_or(0, |index| u64::from_le_bytes(*index)) ^ (word + nth as u64 * one);
        }
        if difference & mask != 0 {
            break;
        }
        found += 1;
        // Behind a nine comes what is no digit, and so is not found.
        word += one >> 8;
        text = text.get(10 * LENGTH..).unwrap_or_default();
    }
    found
}

/// Fields up to the brace, which is the last character.
#[inline]
fn object(text: &[u8], (start, end): (usize, usize), found: &mut Vec<Run>) -> Option<()> {
    let mut at = start;
    loop {
        let key = at;
        at = next_quote(text, key + 1)?;
        while text.get(at) == Some(&b'\\') {
            at = next_quote(text, at + 2)?;
        }
        if text.get(key) != Some(&b'"') || text.get(key..at) == Some(b"\"__proto__") {
            return None;
        }
        match text.get(at + 1..at + 4)? {
            [b':', b'-', b'1' | b'3'..=b'6'] => at += 4,
            [b':', b'0'..=b'9', _] => {
                let begin = at + 2;
                let (first, width) = index(text, begin)?;
                at = begin + width;
                found.push(Run::new(first, 1, begin, at));
            }
            _ => return None,
        }
        match text.get(at)? {
            b',' => at += 1,
            b'}' => return (at + 1 == end).then_some(()),
            _ => return None,
        }
    }
}

/// The index that stands there in one to nine digits, and its width.
#[inline]
fn index(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let (mut index, mut width) = (0_usize, 0);
    for byte in text.get(at..)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        index = index.wrapping_mul(10).wrapping_add(usize::from(digit));
        width += 1;
    }
    (1..=9).contains(&width).then_some((index, width))
}

/// Appends a container with other indices in it.
#[inline]
pub(crate) fn renumber(
    text: &[u8],
    (start, end): (usize, usize),
    runs: &[Run],
    out: &mut Vec<u8>,
    mut map: impl FnMut(usize) -> Option<u32>,
) -> Option<()> {
    let (mut printer, mut from) = (Printer::new(), start);
    for run in runs {
        out.extend_from_slice(text.get(from..run.start as usize)?);
        let (first, behind) = run.indices();
        if behind - first == 1 {
            printer.push(Slot::entry(map(first)? as usize)?, out);
        } else {
            let mut missing = false;
            let slots =
                (first..behind).map(|index| map(index).and_then(|target| Slot::entry(target as usize)));
            printer.push_list(
                slots.map(|slot| {
                    slot.unwrap_or_else(|| {
                        missing = true;
                        Slot::UNDEFINED
                    })
                }),
                out,
            );
            if missing {
                return None;
            }
            out.pop();
        }
        from = run.end as usize;
    }
    out.extend_from_slice(text.get(from..end)?);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Run, Trust, find, renumber};

    /// A container, its runs as first index and how many, and what it becomes with ten more.
    type Row = (&'static str, &'static [(usize, usize)], &'static str);

    const CONTAINERS: [Row; 12] = [
        ("[1]", &[(1, 1)], "[11]"),
        ("[1,2,3]", &[(1, 3)], "[11,12,13]"),
        ("[8,9,10,11,12]", &[(8, 5)], "[18,19,20,21,22]"),
        ("[98,99,100,101,7,7]", &[(98, 4), (7, 1), (7, 1)], "[108,109,110,111,17,17]"),
        ("[1,22,3,-1,4]", &[(1, 1), (22, 1), (3, 1), (4, 1)], "[11,32,13,-1,14]"),
        ("[12,13,140]", &[(12, 2), (140, 1)], "[22,23,150]"),
        ("[999998,999999,1000000,1000001]", &[], "[1000008,1000009,1000010,1000011]"),
        ("{}", &[], "{}"),
        (
            r#"{"a":1,"b":-6,"long enough for two words":2}"#,
            &[(1, 1), (2, 1)],
            r#"{"a":11,"b":-6,"long enough for two words":12}"#,
        ),
        (r#"{"\"\\":19,"\\\"":200}"#, &[(19, 1), (200, 1)], r#"{"\"\\":29,"\\\"":210}"#),
        (
            r#"["Map",1,2,7,8,-1,9]"#,
            &[(1, 1), (2, 1), (7, 1), (8, 1), (9, 1)],
            r#"["Map",11,12,17,18,-1,19]"#,
        ),
        (r#"["Date","1970-01-01T00:00:00.000Z"]"#, &[], r#"["Date","1970-01-01T00:00:00.000Z"]"#),
    ];

    fn both(container: &str, trust: Trust) -> Option<(Vec<Run>, String)> {
        // With and without something behind it, which the words that are read at once reach into.
        let [alone, followed] = ["", r#","12345678","#].map(|rest| {
            let (text, mut runs, mut out) = (format!("[{container}{rest}"), Vec::new(), Vec::new());
            let place = (1, container.len() + 1);
            find(text.as_bytes(), place, trust, &mut runs)?;
            renumber(text.as_bytes(), place, &runs, &mut out, |index| u32::try_from(index + 10).ok())?;
            Some((runs, String::from_utf8(out).expect("a text")))
        });
        assert_eq!(alone.as_ref().map(|(_, text)| text), followed.as_ref().map(|(_, text)| text));
        followed
    }

    #[test]
    fn references_are_found_in_runs_and_replaced() {
        for (container, expected, renumbered) in CONTAINERS {
            for trust in [Trust::None, Trust::Strings] {
                let (runs, text) = both(container, trust).expect(container);
                assert_eq!(text, renumbered);
                let found: Vec<_> = runs.iter().map(|run| (run.first as usize, run.count as usize)).collect();
                assert!(expected.is_empty() || found == expected, "{container}: {found:?}");
            }
        }
    }

    /// First indices and how many follow, found one by one.
    fn slowly(indices: &[usize]) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &index in indices {
            match runs.last_mut() {
                Some((first, count)) if *first + *count == index => *count += 1,
                _ => runs.push((index, 1)),
            }
        }
        runs
    }

    #[test]
    fn long_runs_are_found_wherever_they_begin_and_end() {
        let mut seen = 0;
        for start in [1, 5, 9, 10, 18, 89, 95, 100, 193, 890, 984, 1_000, 9_895, 9_990, 99_980, 999_940] {
            for count in (1..60).chain([99, 100, 101, 130]) {
                let end = (start + count).min(1_000_000);
                let ascending: Vec<usize> = (start..end).collect();
                // One of them is another index, which may begin or end as the right one does.
                for (at, other) in (0..ascending.len()).step_by(7).flat_map(|at| {
                    let right = ascending[at];
                    [right, right + 1, right * 10, right * 10 + 1, right / 10, right + 10]
                        .map(|other| (at, other))
                }) {
                    let mut indices = ascending.clone();
                    indices[at] = other;
                    let text: Vec<String> = indices.iter().map(usize::to_string).collect();
                    let (found, _) = both(&format!("[{}]", text.join(",")), Trust::None).expect("a list");
                    let found: Vec<_> =
                        found.iter().map(|run| (run.first as usize, run.count as usize)).collect();
                    assert_eq!(found, slowly(&indices), "{indices:?}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 10_000);
    }

    #[test]
    fn other_forms_are_refused() {
        let others = [
            "[1,2,]",
            "[1 ,2]",
            "[1, 2]",
            "[1,2",
            "[1,2]]",
            "[1.5]",
            "[1,[2]]",
            "[1,-7]",
            "[1e1]",
            "[01234567890]",
            "[-7,2,0,1]",
            r#"{"a":1,}"#,
            r#"{"a" :1}"#,
            r#"{"a": 1}"#,
            r#"{"a":-2}"#,
            r#"{"a":1}}"#,
            r#"{"__proto__":1}"#,
            r#"["URL","a:b"]"#,
        ];
        for container in others {
            for trust in [Trust::None, Trust::Strings] {
                assert_eq!(both(container, trust), None, "{container}");
            }
        }
    }
}
