//! The making of a text: numbering, de-duplication, and putting the pieces into order.
//!
//! Entries are numbered before their children, but a container's text is known only after them. So primitives go into
//! one buffer in the order of their numbers, containers into another as they are closed, and `finish` interleaves. The
//! text of a container is a draft to which its children are added, or it is made in the end of all that were gathered.

mod finish;
mod frame;
mod spare;
mod twins;

use self::frame::Frame;
pub(crate) use self::frame::Kind;
use super::number;
use super::search;
use super::slot::{Printer, Slot};
use super::table::Table;
use super::text::{self, Raw};

#[derive(Default)]
pub(crate) struct Writer {
    /// `,entry` for each primitive and each leaf.
    primitives: Vec<u8>,
    /// `,entry` for each container.
    closed: Vec<u8>,
    /// The texts of the containers that are written as their children come, innermost last.
    drafts: Vec<u8>,
    /// The containers that serde is giving, innermost last.
    frames: Vec<Frame>,
    shells: Vec<Shell>,
    /// Where each entry starts in `primitives`, or that it is a container.
    starts: Vec<u32>,
    /// The children of the other containers that are open, innermost last.
    pub(crate) items: Vec<Item>,
    /// The keys of those that are objects: `"key":` one after the other.
    pub(crate) keys: Vec<u8>,
    table: Table,
    /// The entries of null, false and true.
    constants: [Option<Slot>; 3],
    /// Some object's keys did not come in JavaScript's order, or something came twice: numbers have to be given anew.
    pub(crate) out_of_order: bool,
    /// What the value that was written last became.
    pub(crate) last: Slot,
    /// The whole text of a document and where its entries start, only to be copied from.
    whole: (Vec<u8>, Vec<u32>),
    /// How long the text was that was written before with this memory.
    length_before: usize,
}

/// In `starts`: a container.
const SHELL: u32 = u32::MAX;

/// A container: what stands before it among the primitives, and where its own text is.
struct Shell {
    before: usize,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) slot: Slot,
    /// In an object the end of the key in `keys`, in a sparse array the position.
    pub(crate) mark: usize,
}

/// A container that was begun.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    pub(crate) slot: Slot,
    shell: usize,
    pub(crate) items: usize,
    pub(crate) keys: usize,
}

impl Writer {
    /// Whether every container that was begun was ended.
    pub(crate) fn is_closed(&self) -> bool {
        self.frames.is_empty()
    }

    /// How many entries there are so far.
    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }

    /// Gives the next number to a primitive that starts there, or to a container.
    #[inline]
    fn take_number(&mut self, start: usize) -> Slot {
        let slot = Slot::entry(self.starts.len()).unwrap_or(Slot::UNDEFINED);
        self.starts.push(u32::try_from(start).unwrap_or(SHELL));
        slot
    }

    pub(crate) fn null(&mut self) -> Slot {
        self.constant(0, ",null")
    }

    pub(crate) fn bool(&mut self, value: bool) -> Slot {
        if value { self.constant(2, ",true") } else { self.constant(1, ",false") }
    }

    fn constant(&mut self, which: usize, text: &str) -> Slot {
        if let Some(slot) = self.constants.get(which).copied().flatten() {
            return slot;
        }
        let start = self.primitives.len() + 1;
        self.primitives.extend_from_slice(text.as_bytes());
        let slot = self.take_number(start);
        if let Some(place) = self.constants.get_mut(which) {
            *place = Some(slot);
        }
        slot
    }

    #[inline]
    pub(crate) fn string(&mut self, value: &str) -> Slot {
        let bytes = value.as_bytes();
        let ends = search::ends(bytes);
        if bytes.len() > text::QUOTABLE || search::has_suspect(ends) {
            return self.long_string(value);
        }
        let hash = self.table.hash_ends(ends, bytes.len());
        let same = |entry| same_text((&self.primitives, &self.starts), entry, bytes, true);
        if let Some(known) = self.table.find_or_insert(hash, self.starts.len(), same) {
            return Slot::entry(known).unwrap_or_default();
        }
        let start = self.primitives.len() + 1;
        // All sixteen bytes are put down, and those behind the quote taken back: cheaper than a varying length.
        self.primitives.extend_from_slice(&text::framed(ends, bytes, ",\"", "\""));
        self.primitives.truncate(start + bytes.len() + 2);
        self.take_number(start)
    }

    /// As [`Self::string`], for one that is not short, or that may have escapes.
    #[inline(never)]
    fn long_string(&mut self, value: &str) -> Slot {
        if !text::is_plain(value) {
            return self.raw_string(Raw { text: value, escaped: false }, true);
        }
        let bytes = value.as_bytes();
        let hash = self.table.hash(bytes);
        let same = |entry| same_text((&self.primitives, &self.starts), entry, bytes, true);
        if let Some(known) = self.table.find_or_insert(hash, self.starts.len(), same) {
            return Slot::entry(known).unwrap_or_default();
        }
        let start = self.primitives.len() + 1;
        self.primitives.reserve(bytes.len() + 3);
        self.primitives.extend_from_slice(b",\"");
        self.primitives.extend_from_slice(bytes);
        self.primitives.push(b'"');
        self.take_number(start)
    }

    /// A string that has, or may have, escapes.
    pub(crate) fn raw_string(&mut self, value: Raw<'_>, special: bool) -> Slot {
        if !value.escaped && !special {
            return self.string(value.text);
        }
        self.unless_known(true, |out| value.push_quoted(out))
    }

    pub(crate) fn float(&mut self, value: f64) -> Slot {
        Slot::of_float(value)
            .unwrap_or_else(|| self.unless_known(false, |out| number::push_number(out, value)))
    }

    /// An integer that a double holds exactly.
    pub(crate) fn small(&mut self, negative: bool, value: u64) -> Slot {
        let mut buffer = itoa::Buffer::new();
        let digits = match i64::try_from(value) {
            Ok(value) if negative => buffer.format(-value),
            _ => buffer.format(value),
        };
        let bytes = digits.as_bytes();
        let hash = self.table.hash(bytes);
        let same = |entry| same_text((&self.primitives, &self.starts), entry, bytes, false);
        if let Some(known) = self.table.find_or_insert(hash, self.starts.len(), same) {
            return Slot::entry(known).unwrap_or_default();
        }
        let start = self.primitives.len() + 1;
        self.primitives.push(b',');
        self.primitives.extend_from_slice(bytes);
        self.take_number(start)
    }

    /// An unsigned integer: a number where a double holds it exactly, a bigint beyond.
    #[inline]
    pub(crate) fn unsigned(&mut self, value: u64) -> Slot {
        if value <= number::MAX_SAFE { self.small(false, value) } else { self.bigint(&value.to_string()) }
    }

    /// A signed integer: a number where a double holds it exactly, a bigint beyond.
    #[inline]
    pub(crate) fn signed(&mut self, value: i64) -> Slot {
        let size = value.unsigned_abs();
        if size <= number::MAX_SAFE { self.small(value < 0, size) } else { self.bigint(&value.to_string()) }
    }

    /// A number where a double holds it exactly, a bigint beyond.
    pub(crate) fn integer(&mut self, value: i128) -> Slot {
        match u64::try_from(value.unsigned_abs()) {
            Ok(size) if size <= number::MAX_SAFE => self.small(value < 0, size),
            _ => self.bigint(&value.to_string()),
        }
    }

    pub(crate) fn bigint(&mut self, decimal: &str) -> Slot {
        self.unless_known(false, |out| {
            out.extend_from_slice(b"[\"BigInt\",");
            text::push_quoted(out, decimal);
            out.push(b']');
        })
    }

    /// Writes a primitive at the end, and takes it back if there is an equal one.
    fn unless_known(&mut self, quoted: bool, write: impl FnOnce(&mut Vec<u8>)) -> Slot {
        let from = self.primitives.len();
        self.primitives.push(b',');
        write(&mut self.primitives);
        let quotes = usize::from(quoted);
        let (start, end) = (from + 1 + quotes, self.primitives.len() - quotes);
        let new = self.primitives.get(start..end).unwrap_or_default();
        let hash = self.table.hash(new);
        let same = |entry| same_text((&self.primitives, &self.starts), entry, new, quoted);
        if let Some(known) = self.table.find_or_insert(hash, self.starts.len(), same) {
            self.primitives.truncate(from);
            return Slot::entry(known).unwrap_or_default();
        }
        self.take_number(from + 1)
    }

    /// An entry without children that is no primitive: two equal ones stay two.
    pub(crate) fn leaf(&mut self, tag: &str, write: impl FnOnce(&mut Vec<u8>)) -> Slot {
        let start = self.primitives.len() + 1;
        self.primitives.extend_from_slice(b",[");
        text::push_quoted(&mut self.primitives, tag);
        self.primitives.push(b',');
        write(&mut self.primitives);
        self.primitives.push(b']');
        self.take_number(start)
    }

    /// Begins a container: it has its number from here on.
    pub(crate) fn open(&mut self) -> Open {
        let (slot, shell) = self.take_shell();
        Open { slot, shell, items: self.items.len(), keys: self.keys.len() }
    }

    /// Gives the next number to a container: that, and the number of its shell.
    #[inline]
    fn take_shell(&mut self) -> (Slot, usize) {
        let shell = self.shells.len();
        self.shells.push(Shell { before: self.primitives.len(), start: 0, end: 0 });
        (self.take_number(usize::MAX), shell)
    }

    #[inline]
    pub(crate) fn push_item(&mut self, slot: Slot) {
        self.items.push(Item { slot, mark: self.keys.len() });
    }

    /// A member of a Map or Set that is compared: -0 is 0 there.
    pub(crate) fn member(&mut self, slot: Slot) -> Slot {
        if slot == Slot::NEG_ZERO { self.small(false, 0) } else { slot }
    }

    pub(crate) fn push_key(&mut self, key: &str) {
        text::push_key(&mut self.keys, key);
    }

    pub(crate) fn close_array(&mut self, open: &Open) {
        self.close(open, "[", "]", false);
    }

    pub(crate) fn close_object(&mut self, open: &Open) {
        self.close(open, "{", "}", true);
    }

    /// Ends a container whose text is `["tag",child,child,…]`, with `tail` before the bracket.
    pub(crate) fn close_tagged(&mut self, open: &Open, tag: Raw<'_>, tail: &str) {
        let mut head = String::from("[");
        tag.push_quoted(&mut head);
        if self.items.len() > open.items {
            head.push(',');
        }
        let tail = format!("{tail}]");
        self.close(open, &head, &tail, false);
    }

    /// Ends an array with holes: the items' marks are their positions, ascending.
    pub(crate) fn close_sparse(&mut self, open: &Open, length: u64) {
        let items = self.items.split_off(open.items);
        let present = items.len() as u64;
        let mut number = itoa::Buffer::new();
        let digits = number.format(length).as_bytes();
        let width = digits.len() as u64;
        let sparse = 3 * length.saturating_sub(present) > 4 + width + present * (width + 1);
        let (start, mut printer) = (self.closed.len(), Printer::new());
        if sparse {
            self.closed.extend(b",[-7,");
            self.closed.extend(digits);
            for item in &items {
                self.closed.push(b',');
                self.closed.extend(itoa::Buffer::new().format(item.mark).as_bytes());
                self.closed.push(b',');
                printer.push(item.slot, &mut self.closed);
            }
        } else {
            let mut items = items.iter().peekable();
            for position in 0..length {
                self.closed.extend(if position == 0 { &b",["[..] } else { b"," });
                let here = items.next_if(|item| item.mark as u64 == position);
                printer.push(here.map_or(Slot::HOLE, |item| item.slot), &mut self.closed);
            }
            self.closed.extend(if length == 0 { &b",["[..] } else { b"" });
        }
        self.closed.push(b']');
        self.shut(open.shell, start);
    }

    /// Ends a container: writes its text from its children, with their keys or without.
    pub(crate) fn close(&mut self, open: &Open, head: &str, tail: &str, keyed: bool) {
        let start = self.closed.len();
        let items = self.items.get(open.items..).unwrap_or_default();
        let keys = self.keys.len() - open.keys.min(self.keys.len());
        self.closed.reserve(head.len() + tail.len() + keys + items.len() * 8 + 8);
        self.closed.push(b',');
        self.closed.extend_from_slice(head.as_bytes());
        let mut printer = Printer::new();
        if keyed {
            // Room for a whole block behind every key.
            self.keys.extend_from_slice(&[0; text::BLOCK]);
            let mut key = open.keys;
            for item in items {
                text::push_block(&mut self.closed, self.keys.get(key..).unwrap_or_default(), item.mark - key);
                key = item.mark;
                printer.push_item(item.slot, &mut self.closed);
            }
        } else {
            printer.push_list(items.iter().map(|item| item.slot), &mut self.closed);
        }
        if !items.is_empty() {
            self.closed.pop();
        }
        self.closed.extend_from_slice(tail.as_bytes());
        self.items.truncate(open.items);
        self.keys.truncate(open.keys);
        self.shut(open.shell, start);
    }

    fn shut(&mut self, shell: usize, start: usize) {
        if let Some(shell) = self.shells.get_mut(shell) {
            (shell.start, shell.end) = (start, self.closed.len());
        }
    }
}

/// Whether an entry is a text, in quotes or not.
#[inline(never)]
fn same_text((written, starts): (&[u8], &[u32]), entry: usize, text: &[u8], quoted: bool) -> bool {
    let Some(start) = starts.get(entry).filter(|&&start| start != SHELL) else { return false };
    let start = *start as usize + usize::from(quoted);
    let end = start + text.len();
    let around = if quoted { b'"' } else { b',' };
    written.get(start..end) == Some(text)
        && written.get(start.wrapping_sub(1)) == Some(&around)
        && written.get(end).is_none_or(|&behind| behind == around)
}

#[cfg(test)]
mod tests {
    use super::Writer;

    #[test]
    fn strings_of_every_length_are_put_between_quotes() {
        let text = "0123456789abcdefghij";
        for length in 0..=text.len() {
            let mut writer = Writer::new();
            let slot = writer.string(&text[..length]);
            assert_eq!(writer.string(&text[..length]), slot);
            assert_eq!(writer.finish(slot).unwrap(), format!("[\"{}\"]", &text[..length]));
        }
    }
}
