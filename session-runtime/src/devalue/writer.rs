//! The making of a text: numbering, de-duplication, and putting the pieces into order.
//!
//! Entries are numbered before their children, but a container's text is known only after them. So primitives go into
//! one buffer in the order of their numbers, containers into another as they are closed, and `finish` interleaves.

use super::error::{Error, ErrorKind};
use super::number;
use super::slot::Slot;
use super::table::Table;
use super::text::{self, Raw};

pub(crate) struct Writer {
    /// `,entry` for each primitive and each leaf.
    primitives: String,
    /// `,entry` for each container.
    closed: String,
    shells: Vec<Shell>,
    pub(crate) count: usize,
    /// The children of the containers that are open, innermost last.
    pub(crate) items: Vec<Item>,
    /// The keys of the objects that are open: `"key":` one after the other.
    pub(crate) keys: String,
    table: Table,
    /// The entries of null, false and true.
    constants: [Option<Slot>; 3],
    /// Some object's keys did not come in JavaScript's order: numbers have to be given anew.
    pub(crate) out_of_order: bool,
    /// What the value that was written last became.
    pub(crate) last: Slot,
}

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
    pub(crate) fn new() -> Self {
        Self {
            primitives: String::new(),
            closed: String::new(),
            shells: Vec::new(),
            count: 0,
            items: Vec::new(),
            keys: String::new(),
            table: Table::new(),
            constants: [None; 3],
            out_of_order: false,
            last: Slot::UNDEFINED,
        }
    }

    fn take_number(&mut self) -> Slot {
        let slot = Slot::entry(self.count).unwrap_or(Slot::UNDEFINED);
        self.count += 1;
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
        self.primitives.push_str(text);
        let slot = self.take_number();
        if let Some(place) = self.constants.get_mut(which) {
            *place = Some(slot);
        }
        slot
    }

    pub(crate) fn string(&mut self, value: &str) -> Slot {
        if !text::is_plain(value) {
            return self.raw_string(Raw { text: value, escaped: false }, true);
        }
        let hash = self.table.hash(value.as_bytes());
        let written = self.primitives.as_bytes();
        let same = |start: usize, len| {
            len == value.len()
                && written.get(start..start + len) == Some(value.as_bytes())
                && written.get(start.wrapping_sub(1)) == Some(&b'"')
        };
        if let Some(slot) = self.table.find(hash, same) {
            return slot;
        }
        self.primitives.push_str(",\"");
        let start = self.primitives.len();
        self.primitives.push_str(value);
        self.primitives.push('"');
        self.table.insert(hash, start, value.len(), self.count);
        self.take_number()
    }

    /// A string that has, or may have, escapes.
    pub(crate) fn raw_string(&mut self, value: Raw<'_>, special: bool) -> Slot {
        if !value.escaped && !special {
            return self.string(value.text);
        }
        self.unless_known(1, |out| value.push_quoted(out))
    }

    pub(crate) fn float(&mut self, value: f64) -> Slot {
        Slot::of_float(value).unwrap_or_else(|| self.unless_known(0, |out| number::push_number(out, value)))
    }

    /// An integer that a double holds exactly.
    pub(crate) fn small(&mut self, negative: bool, value: u64) -> Slot {
        self.unless_known(0, |out| {
            if negative {
                out.push('-');
            }
            number::push_int(out, value);
        })
    }

    /// A number where a double holds it exactly, a bigint beyond.
    pub(crate) fn integer(&mut self, value: i128) -> Slot {
        match u64::try_from(value.unsigned_abs()) {
            Ok(size) if size <= number::MAX_SAFE => self.small(value < 0, size),
            _ => self.bigint(&value.to_string()),
        }
    }

    pub(crate) fn bigint(&mut self, decimal: &str) -> Slot {
        self.unless_known(0, |out| {
            out.push_str("[\"BigInt\",");
            text::push_quoted(out, decimal);
            out.push(']');
        })
    }

    /// Writes a primitive at the end, and takes it back if there is an equal one; `quotes` enclose its characters.
    fn unless_known(&mut self, quotes: usize, write: impl FnOnce(&mut String)) -> Slot {
        let from = self.primitives.len();
        self.primitives.push(',');
        write(&mut self.primitives);
        let (start, end) = (from + 1 + quotes, self.primitives.len() - quotes);
        let written = self.primitives.as_bytes();
        let new = written.get(start..end).unwrap_or_default();
        let hash = self.table.hash(new);
        let mark = written.get(start - 1);
        let same = |start: usize, len| {
            written.get(start..start + len) == Some(new) && written.get(start.wrapping_sub(1)) == mark
        };
        if let Some(slot) = self.table.find(hash, same) {
            self.primitives.truncate(from);
            return slot;
        }
        self.table.insert(hash, start, end - start, self.count);
        self.take_number()
    }

    /// An entry without children that is no primitive: two equal ones stay two.
    pub(crate) fn leaf(&mut self, tag: &str, write: impl FnOnce(&mut String)) -> Slot {
        self.primitives.push_str(",[");
        text::push_quoted(&mut self.primitives, tag);
        self.primitives.push(',');
        write(&mut self.primitives);
        self.primitives.push(']');
        self.take_number()
    }

    /// Begins a container: it has its number from here on.
    pub(crate) fn open(&mut self) -> Open {
        let shell = self.shells.len();
        self.shells.push(Shell { before: self.primitives.len(), start: 0, end: 0 });
        Open { slot: self.take_number(), shell, items: self.items.len(), keys: self.keys.len() }
    }

    pub(crate) fn push_item(&mut self, slot: Slot) {
        self.items.push(Item { slot, mark: self.keys.len() });
    }

    /// A member of a Map or Set that is compared: -0 is 0 there.
    pub(crate) fn member(&mut self, slot: Slot) -> Slot {
        if slot == Slot::NEG_ZERO { self.small(false, 0) } else { slot }
    }

    pub(crate) fn push_key(&mut self, key: &str) {
        text::push_quoted(&mut self.keys, key);
        self.keys.push(':');
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
        let mut digits = String::new();
        number::push_int(&mut digits, length);
        let width = digits.len() as u64;
        let sparse = 3 * length.saturating_sub(present) > 4 + width + present * (width + 1);
        let start = self.closed.len();
        if sparse {
            self.closed.extend([",[-7,", &digits]);
            for item in &items {
                self.closed.push(',');
                number::push_int(&mut self.closed, item.mark as u64);
                self.closed.push(',');
                item.slot.push_to(&mut self.closed);
            }
        } else {
            let mut items = items.iter().peekable();
            for position in 0..length {
                self.closed.push_str(if position == 0 { ",[" } else { "," });
                let here = items.next_if(|item| item.mark as u64 == position);
                here.map_or(Slot::HOLE, |item| item.slot).push_to(&mut self.closed);
            }
            self.closed.push_str(if length == 0 { ",[" } else { "" });
        }
        self.closed.push(']');
        if let Some(shell) = self.shells.get_mut(open.shell) {
            (shell.start, shell.end) = (start, self.closed.len());
        }
    }

    /// Ends a container: writes its text from its children, with their keys or without.
    pub(crate) fn close(&mut self, open: &Open, head: &str, tail: &str, keyed: bool) {
        let start = self.closed.len();
        self.closed.push(',');
        self.closed.push_str(head);
        let mut key = open.keys;
        for (index, item) in self.items.get(open.items..).unwrap_or_default().iter().enumerate() {
            if index > 0 {
                self.closed.push(',');
            }
            if keyed {
                self.closed.push_str(self.keys.get(key..item.mark).unwrap_or_default());
                key = item.mark;
            }
            item.slot.push_to(&mut self.closed);
        }
        self.closed.push_str(tail);
        self.items.truncate(open.items);
        self.keys.truncate(open.keys);
        if let Some(shell) = self.shells.get_mut(open.shell) {
            (shell.start, shell.end) = (start, self.closed.len());
        }
    }

    /// The whole text, with `root` as its value.
    pub(crate) fn finish(&self, root: Slot) -> Result<String, Error> {
        if Slot::entry(self.count).is_none() {
            return Err(Error::new(ErrorKind::Limit, "more entries than a text may have"));
        }
        let mut out = String::with_capacity(self.primitives.len() + self.closed.len() + 1);
        if root.index().is_none() {
            root.push_to(&mut out);
            return Ok(out);
        }
        out.push('[');
        let mut from = 1;
        for shell in &self.shells {
            out.push_str(self.primitives.get(from..shell.before).unwrap_or_default());
            let skip = usize::from(out.len() == 1);
            out.push_str(self.closed.get(shell.start + skip..shell.end).unwrap_or_default());
            from = if out.len() > 1 { shell.before } else { from };
        }
        out.push_str(self.primitives.get(from..).unwrap_or_default());
        out.push(']');
        Ok(out)
    }
}

/// Whether the keys of an object come in JavaScript's order: array indices ascending, then the others.
#[derive(Default)]
pub(crate) struct KeyOrder {
    last: Option<u32>,
    named: bool,
}

impl KeyOrder {
    /// Takes the next key in; false if it should have come earlier.
    pub(crate) fn accepts(&mut self, key: &str) -> bool {
        let Some(index) = array_index(key) else {
            self.named = true;
            return true;
        };
        let fine = !self.named && self.last.is_none_or(|last| last < index);
        self.last = Some(index);
        fine
    }
}

/// The number that a key is, if JavaScript counts it as an array index.
pub(crate) fn array_index(key: &str) -> Option<u32> {
    let first = *key.as_bytes().first()?;
    if !first.is_ascii_digit() || (first == b'0' && key.len() > 1) || key.len() > 10 {
        return None;
    }
    key.parse().ok().filter(|&index| index < u32::MAX && key.bytes().all(|byte| byte.is_ascii_digit()))
}
