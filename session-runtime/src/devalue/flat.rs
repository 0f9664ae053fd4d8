//! Entries as devalue writes them, recognised in a few steps each. They are almost all of every text; what is not
//! recognised here is looked at byte by byte.

use fearless_simd::{Level, Simd, dispatch};

use super::digits::{end_of_digits, end_of_numbers, plain_digits};
use super::entry::ONLY_DATA;
use super::json;
use super::quotes::Quotes;
use super::search;
use super::starts::Starts;

/// Entries directly behind one another, the first of which begins at `at`.
pub(crate) struct Entries<'t> {
    pub(crate) bytes: &'t [u8],
    pub(crate) at: usize,
    pub(crate) starts: &'t mut Starts,
    pub(crate) limit: usize,
}

/// How far they were recognised.
pub(crate) struct Run {
    /// Behind the last one at the `End`, otherwise where the first one begins that is not noted.
    pub(crate) at: usize,
    pub(crate) stop: Stop,
    pub(crate) has_escape: bool,
}

/// Why there is nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// They are followed by a bracket or by space.
    End,
    /// What follows is none of these, or no JSON.
    Unknown,
    /// There are as many as there may be.
    Limit,
}

impl Entries<'_> {
    /// Notes their starts, by what the processor has.
    pub(crate) fn note(&mut self) -> Run {
        self.note_at(Level::new())
    }

    #[inline(always)]
    fn note_at(&mut self, level: Level) -> Run {
        dispatch!(level, simd => note_apart(simd, self))
    }

    #[inline(always)]
    fn note_with<S: Simd>(&mut self, simd: S) -> Run {
        let Self { bytes, mut at, ref mut starts, limit } = *self;
        let mut strings = Strings { bytes, quotes: Quotes::new(bytes), has_escape: false };
        let mut behind_string = false;
        let stop = loop {
            let first = byte(bytes, at);
            if first == b'"' && !behind_string && begins_strings(bytes, at) {
                at = strings.quotes.strings(simd, at, starts, limit);
            }
            behind_string = first == b'"';
            let Some(mut end) = strings.end_of_entry(simd, at, first) else { break Stop::Unknown };
            if byte(bytes, end) != b',' {
                // Integers are what most numbers are.
                if let b'-' | b'0'..=b'9' = first {
                    end = json::end_of_fraction(bytes, end).unwrap_or(end);
                }
                if let b']' | b' ' | b'\n' = byte(bytes, end) {
                    break match starts.push(at, limit) {
                        Some(()) => {
                            at = end;
                            Stop::End
                        }
                        None => Stop::Limit,
                    };
                }
                if byte(bytes, end) != b',' {
                    break Stop::Unknown;
                }
            }
            if starts.push(at, limit).is_none() {
                break Stop::Limit;
            }
            at = end + 1;
        };
        Run { at, stop, has_escape: strings.has_escape }
    }
}

/// Apart, so that the function that only chooses one of these is small.
#[inline(never)]
fn note_apart<S: Simd>(simd: S, entries: &mut Entries<'_>) -> Run {
    simd.vectorize(
        #[inline(always)]
        move || entries.note_with(simd),
    )
}

/// Finds where strings end, and what holds them.
struct Strings<'t> {
    bytes: &'t [u8],
    quotes: Quotes<'t>,
    /// Whether one had an escape.
    has_escape: bool,
}

impl Strings<'_> {
    /// The place behind the entry at `at`, if it is a string, an integer, a word, or a container of strings and references
    /// alone; `None` says nothing. JSON allows more; a container is closed behind it. `first` is the byte that stands there.
    #[inline(always)]
    fn end_of_entry<S: Simd>(&mut self, simd: S, at: usize, first: u8) -> Option<usize> {
        let bytes = self.bytes;
        match first {
            b'"' => self.string(simd, at),
            b'{' => match only_data(bytes, at) {
                Some(end) => Some(end),
                None => self.object(simd, at),
            },
            b'[' => self.list(simd, at),
            b'1'..=b'9' => Some(end_of_digits(bytes, at + 1)),
            b'0' => Some(at + 1),
            b'-' => negative(bytes, at),
            b't' => word(bytes, at, b"true"),
            b'f' => word(bytes, at, b"false"),
            b'n' => word(bytes, at, b"null"),
            _ => None,
        }
    }

    #[inline(always)]
    fn string<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        match self.quotes.close_of(simd, at) {
            Some(close) => Some(close + 1),
            None => {
                let (end, has_escape) = odd_string(self.bytes, at)?;
                self.has_escape |= has_escape;
                Some(end)
            }
        }
    }

    #[inline(always)]
    fn object<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        let (bytes, mut at) = (self.bytes, at + 1);
        if byte(bytes, at) == b'}' {
            return Some(at + 1);
        }
        loop {
            let behind_key = self.string(simd, at)?;
            let (length, next) = match bytes.get(behind_key..).and_then(<[u8]>::first_chunk) {
                Some(ahead) if let Some(short) = short_member(*ahead) => short,
                _ => member(bytes, behind_key)?,
            };
            let end = behind_key + length;
            match next {
                b',' => at = end + 1,
                b'}' => return Some(end + 1),
                _ => return None,
            }
        }
    }

    #[inline(always)]
    fn list<S: Simd>(&mut self, simd: S, at: usize) -> Option<usize> {
        let (bytes, mut at) = (self.bytes, at + 1);
        if byte(bytes, at) == b']' {
            return Some(at + 1);
        }
        loop {
            at = match byte(bytes, at) {
                b'"' => self.string(simd, at)?,
                b'0'..=b'9' => end_of_numbers(simd, bytes, at)?,
                _ => reference(bytes, at)?,
            };
            match byte(bytes, at) {
                b',' => at += 1,
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }
}

/// Whether a short string stands there, directly before another one.
#[inline(always)]
fn begins_strings(bytes: &[u8], at: usize) -> bool {
    let chunk = bytes.get(at + 1..).and_then(<[u8]>::first_chunk);
    chunk.is_some_and(|chunk| search::has_between(*chunk))
}

#[inline(always)]
fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

#[inline]
fn word(bytes: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(word).then_some(at + word.len())
}

/// The place behind a string that no block shows the end of, and whether it has an escape.
#[inline(never)]
fn odd_string(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    if byte(bytes, at) != b'"' {
        return None;
    }
    let (mut at, mut has_escape) = (at + 1, false);
    loop {
        at = search::next_in_json(bytes, at)?;
        match byte(bytes, at) {
            b'"' => return Some((at + 1, has_escape)),
            b'\\' => at = json::end_of_escape(bytes, at)?,
            _ => return None,
        }
        has_escape = true;
    }
}

/// The place behind the integer digits of a negative number.
#[inline(never)]
fn negative(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at + 1) {
        b'1'..=b'9' => Some(digits(bytes, at + 2)),
        b'0' => Some(at + 2),
        _ => None,
    }
}

#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while byte(bytes, at).is_ascii_digit() {
        at += 1;
    }
    at
}

/// The place behind an entry with [`ONLY_DATA`].
#[inline(never)]
fn only_data(bytes: &[u8], at: usize) -> Option<usize> {
    let [before, behind] = ONLY_DATA;
    let number = bytes.get(at..)?.strip_prefix(before.as_bytes())?;
    let digits = number.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_index = number.first() != Some(&b'0') && digits > 0;
    let rest = number.get(digits..)?.strip_prefix(behind.as_bytes())?;
    is_index.then(|| bytes.len() - rest.len())
}

/// How long the colon and the reference are that eight bytes begin with, and what follows them; `None` says nothing.
#[inline(always)]
fn short_member(ahead: [u8; 8]) -> Option<(usize, u8)> {
    let [colon, first, second, ..] = ahead;
    if colon != b':' {
        return None;
    }
    if !second.is_ascii_digit() {
        return first.is_ascii_digit().then_some((2, second));
    }
    let ahead = u64::from_le_bytes(ahead);
    let width = plain_digits(ahead >> 8);
    if first == b'0' || !(2..6).contains(&width) {
        return None;
    }
    let [next, ..] = (ahead >> (8 + 8 * width)).to_le_bytes();
    Some((1 + width as usize, next))
}

/// As [`short_member`], of any length, and where the text ends soon.
#[inline(never)]
fn member(bytes: &[u8], at: usize) -> Option<(usize, u8)> {
    if byte(bytes, at) != b':' {
        return None;
    }
    let end = reference(bytes, at + 1)?;
    Some((end - at, byte(bytes, end)))
}

/// The place behind a reference or a sentinel as devalue writes it.
#[inline]
fn reference(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'1'..=b'9' => Some(digits(bytes, at + 1)),
        b'0' => Some(at + 1),
        b'-' if matches!(byte(bytes, at + 1), b'1'..=b'7') => Some(at + 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Entries, Level, Quotes, Starts, Strings, dispatch, member, only_data, short_member};

    /// All that the processor has.
    fn levels() -> Vec<Level> {
        #[cfg(target_arch = "x86_64")]
        let lower = {
            let all = Level::new();
            [
                all.as_sse2().map(Level::Sse2),
                all.as_sse4_2().map(Level::Sse4_2),
                all.as_avx2().map(Level::Avx2),
            ]
        };
        #[cfg(not(target_arch = "x86_64"))]
        let lower = [Some(Level::baseline())];
        lower.into_iter().flatten().chain([Level::new()]).collect()
    }

    #[test]
    fn entries_are_the_same_whatever_the_processor_has() {
        let long = format!("\"{}\"", "a, b".repeat(40));
        let list = format!("[{}]", ["12"; 50].join(","));
        let entries = [
            "\"\"",
            "\"a string\"",
            "\"another\"",
            "\",\"",
            "\"\\n\"",
            "7",
            "-0.5",
            "true",
            "[1,2,-1]",
            "{\"a\":1,\"b, c\":22}",
            &*long,
            &list,
            "\"",
            "[",
        ];
        let mut seed = 1_usize;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut ended = 0;
        for _ in 0..2_000 {
            let kinds = entries.len() - 2 * usize::from(next(3) > 0);
            let text: Vec<_> = (0..next(40)).map(|_| entries[next(kinds)]).collect();
            let text = format!("[{}]", text.join(","));
            let run = |level: Level| {
                let mut starts = Starts::begin(1_000);
                let found = Entries { bytes: text.as_bytes(), at: 1, starts: &mut starts, limit: 1_000 }
                    .note_at(level);
                (found.at, found.stop, found.has_escape, starts.to_vec())
            };
            let expected = run(levels()[0]);
            ended += usize::from(expected.1 == super::Stop::End);
            for level in levels() {
                assert_eq!(run(level), expected, "{level:?} {text}");
            }
        }
        assert!((200..1_900).contains(&ended), "{ended}");
    }

    #[test]
    fn short_references_behind_keys_are_references() {
        let bytes = *b":019,}-. ";
        let mut found = 0;
        for number in 0..bytes.len().pow(5) {
            let begin = [1, 9, 81, 729, 6_561].map(|of| bytes[number / of % bytes.len()]);
            for end in [b",6,", b"6,6", b"66,"] {
                let mut ahead = [0; 8];
                ahead[..5].copy_from_slice(&begin);
                ahead[5..].copy_from_slice(end);
                let short = short_member(ahead);
                assert!(short.is_none() || short == member(&ahead, 0), "{}", ahead.escape_ascii());
                found += usize::from(short.is_some_and(|(_, next)| matches!(next, b',' | b'}')));
            }
        }
        // Three numbers of one digit, six of two and eighteen of three, before a comma or a bracket and whatever comes
        // behind it; fifty-four of four digits and as many of five, each before the comma of one of the ends.
        assert_eq!(found, 3 * (3 * 2 * 81 + 6 * 2 * 9 + 18 * 2) + 54 + 54);
    }

    #[test]
    fn entries_of_a_session_are_objects_like_others() {
        let numbers = ["1", "0", "12", "907", "007", "-1", "", "1.5", "1e3", "\"1\"", " 1", "1 "];
        let heads = ["{\"data\":", "{\"date\":", "{ \"data\":", "[\"data\","];
        let tails = [
            ",\"expires\":-1}",
            ",\"expires\":-12}",
            ",\"expires\":-1]",
            ",\"expires\":-1",
            ",\"expire\":-1}",
            "}",
        ];
        let mut found = 0;
        for [head, number, tail, rest] in heads.into_iter().flat_map(|head| {
            numbers.into_iter().flat_map(move |number| {
                tails.into_iter().flat_map(move |tail| ["", ",1", "]"].map(|rest| [head, number, tail, rest]))
            })
        }) {
            let text = format!("[{head}{number}{tail}{rest}");
            if let Some(end) = only_data(text.as_bytes(), 1) {
                let bytes = text.as_bytes();
                let mut strings = Strings { bytes, quotes: Quotes::new(bytes), has_escape: false };
                let expected = dispatch!(Level::new(), simd => strings.object(simd, 1));
                assert_eq!(expected, Some(end), "{text}");
                assert_eq!(end, text.len() - rest.len(), "{text}");
                found += 1;
            }
        }
        // Three numbers that are none of zero, before three rests.
        assert_eq!(found, 9);
    }
}
