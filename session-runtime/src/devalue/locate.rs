//! Where the entries start in a text that was written here: it is known to be in devalue's own form, so it is enough to
//! tell the commas between entries from those inside them.

use super::limits::Limits;
use super::marks::{Marks, marks};
use super::scan::Scan;
use super::slot::Slot;
use super::starts::Starts;

/// How many bytes are looked at together.
const BLOCK: usize = 64;

/// Finds the entries of a text that was written here. `None` where a text is not as simple as nearly all are.
pub(crate) fn locate(text: &str, limits: &Limits) -> Option<Scan> {
    let bytes = text.as_bytes();
    if bytes.len() > limits.bytes || !bytes.starts_with(b"[") || !bytes.ends_with(b"]") {
        return None;
    }
    let limit = limits.entries;
    let mut starts = Starts::begin(limit);
    starts.push(1, limit).ok()?;
    let (blocks, rest) = bytes.get(1..)?.as_chunks();
    let mut filled_up = [b' '; BLOCK];
    filled_up.get_mut(..rest.len())?.copy_from_slice(rest);
    // Whether the block before ended in a string, or in a container: all bits or none. No container holds another one.
    let (mut in_string, mut in_container) = (0, 0);
    for (start, block) in (2_usize..).step_by(BLOCK).zip(blocks.iter().chain([&filled_up])) {
        let Marks { quotes, brackets, commas, has_escape } = marks(block);
        if has_escape {
            return None;
        }
        let strings = between(quotes) ^ in_string;
        let containers = between(brackets & !strings) ^ in_container;
        let mut ends = commas & !strings & !containers;
        while ends != 0 {
            starts.push(start + ends.trailing_zeros() as usize, limit).ok()?;
            ends &= ends - 1;
        }
        (in_string, in_container) = (last(strings), last(containers));
    }
    // The bracket that ends the text counts as one that opens a container.
    let is_done = in_string == 0 && in_container != 0;
    is_done.then_some(Scan { root: Slot::ROOT, starts, is_plain: true })
}

/// All bits from each odd mark to before the next even one.
fn between(mut marks: u64) -> u64 {
    for step in [1, 2, 4, 8, 16, 32] {
        marks ^= marks << step;
    }
    marks
}

/// The last bit, in all places.
fn last(bits: u64) -> u64 {
    (bits >> 63).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::locate;
    use crate::devalue::limits::Limits;
    use crate::devalue::scan::scan;

    fn starts(text: &str) -> Option<Vec<u32>> {
        locate(text, &Limits::default()).map(|found| found.starts.to_vec())
    }

    #[test]
    fn what_is_found_is_what_a_scan_finds() {
        let entries = [
            r#""a,b""#,
            r#""""#,
            "1",
            "true",
            "[]",
            "{}",
            "[1,2,3]",
            r#"{"a":1,"],[":2}"#,
            r#"["Date","1970-01-01T00:00:00.000Z"]"#,
            r#""a string that is longer than a block of sixty-four bytes, and then some, and some more""#,
        ];
        for rotation in 0..entries.len() {
            for shift in 0..70 {
                let (behind, before) = entries.split_at(rotation);
                let text = format!("[\"{}\",{}]", "x".repeat(shift), [before, behind].concat().join(","));
                let scanned = scan(&text, &Limits::default()).expect("a text").starts.to_vec();
                assert_eq!(starts(&text), Some(scanned), "{text}");
            }
        }
    }

    #[test]
    fn what_is_not_simple_is_left_to_the_scan() {
        for text in ["", "-1", "[", r#"["a\\n"]"#, r#"["a]"#, r#"[["a"]"#, r#"["a"]]"#, "[1] "] {
            assert_eq!(starts(text), None, "{text}");
        }
        let limits = Limits::default().max_entries(2);
        assert!(locate("[1,2]", &limits).is_some() && locate("[1,2,3]", &limits).is_none());
        assert!(locate("[1,2]", &Limits::default().max_bytes(4)).is_none());
    }
}
