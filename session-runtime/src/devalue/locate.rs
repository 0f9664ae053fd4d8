//! Where the entries start in a text that was written here: it is known to be in devalue's own form, so it is enough to
//! tell the commas between entries from those inside them.

use fearless_simd::{Level, Simd, dispatch};

use super::block::{BLOCK, Block};
use super::limits::Limits;
use super::starts::Starts;

/// Notes where the entries of a text start that was written here. `None` where a text is not as simple as nearly all are.
pub(crate) fn locate(text: &str, limits: &Limits) -> Option<Starts> {
    let bytes = text.as_bytes();
    if bytes.len() > limits.bytes || !bytes.starts_with(b"[") || !bytes.ends_with(b"]") {
        return None;
    }
    let mut starts = Starts::begin(limits.entries);
    dispatch!(Level::new(), simd => note(simd, bytes.get(1..)?, &mut starts, limits.entries))?;
    Some(starts)
}

#[inline(always)]
fn note<S: Simd>(simd: S, bytes: &[u8], starts: &mut Starts, limit: usize) -> Option<()> {
    starts.push(1, limit)?;
    let (blocks, rest) = bytes.as_chunks();
    // Whether the block before ended in a string, or in a container: all bits or none. No container holds another one.
    let (mut in_string, mut in_container) = (0, 0);
    for nth in 0..=blocks.len() {
        let block = blocks.get(nth).map_or_else(|| Block::last(simd, rest), |block| Block::new(simd, block));
        if block.bits(b'\\') != 0 {
            return None;
        }
        let strings = between(block.bits(b'"')) ^ in_string;
        let containers = between(block.brackets() & !strings) ^ in_container;
        let mut ends = block.bits(b',') & !strings & !containers;
        while ends != 0 {
            starts.push(2 + nth * BLOCK + ends.trailing_zeros() as usize, limit)?;
            ends &= ends - 1;
        }
        (in_string, in_container) = (last(strings), last(containers));
    }
    // The bracket that ends the text counts as one that opens a container.
    (in_string == 0 && in_container != 0).then_some(())
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
    use crate::devalue::starts::Starts;

    fn starts(text: &str) -> Option<Vec<u32>> {
        locate(text, &Limits::default()).map(|starts| starts.to_vec())
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
                let (limits, mut scanned) = (Limits::default(), Starts::begin(usize::MAX));
                scan(&text, &limits, &mut scanned).expect("a text");
                assert_eq!(starts(&text), Some(scanned.to_vec()), "{text}");
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
