//! The containers that are being written, each in a frame, the innermost last. Arrays and objects of which nothing has to be
//! known but their children's numbers are drafts: their text is written as those come. The others gather their children.
//!
//! What a container needs lies here and nowhere else: what goes through serde's hands is moved at every step.

use super::{Open, Writer};
use crate::devalue::key_order::KeyOrder;
use crate::devalue::slot::{Printer, Slot};
use crate::devalue::text::{self, Raw};

/// What is being written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A draft: an array, or a struct.
    Array,
    Object,
    /// An object of any keys: whether one is in it twice is seen in the end. So it is for the two that follow.
    Keyed,
    Map,
    Set,
    /// One pair of a Map that is written as a sequence of pairs: its items go into the Map around it.
    Pair,
}

impl Kind {
    /// In the order of their numbers.
    pub(crate) const ALL: [Self; 6] =
        [Self::Array, Self::Object, Self::Keyed, Self::Map, Self::Set, Self::Pair];
}

const _: () = {
    let mut number = 0;
    while number < Kind::ALL.len() {
        assert!(Kind::ALL[number] as usize == number);
        number += 1;
    }
};

pub(crate) struct Frame {
    /// Whether it is the content of a variant, whose name is the only key of the object around it.
    in_variant: bool,
    depth: u32,
    slot: Slot,
    shell: usize,
    /// Where its text begins among the drafts, or where its children and their keys do among those gathered.
    start: usize,
    keys: usize,
    order: KeyOrder,
    printer: Printer,
}

impl Writer {
    /// How many containers there are around what is written next.
    #[inline]
    pub(crate) fn depth(&self) -> u32 {
        self.frames.last().map_or(0, |frame| frame.depth)
    }

    /// Begins a container.
    pub(crate) fn begin(&mut self, kind: Kind) {
        let (depth, (slot, shell)) = (self.depth() + 1, self.take_shell());
        let (mut start, keys) = (self.items.len(), self.keys.len());
        if let Kind::Array | Kind::Object = kind {
            start = self.drafts.len();
            self.drafts.extend_from_slice(if kind == Kind::Array { b",[" } else { b",{" });
        }
        let (order, printer) = (KeyOrder::default(), Printer::new());
        self.frames.push(Frame { in_variant: false, depth, slot, shell, start, keys, order, printer });
    }

    /// Begins a container that is the content of a variant: in an object whose only key is the variant's name.
    pub(crate) fn begin_variant(&mut self, name: &str, kind: Kind) {
        self.begin(Kind::Object);
        self.draft_key(name);
        self.begin(kind);
        if let Some(frame) = self.frames.last_mut() {
            frame.in_variant = true;
        }
    }

    /// Takes the key of the child that comes next into JavaScript's order.
    #[inline]
    pub(crate) fn note_key(&mut self, key: &str) {
        if let Some(frame) = self.frames.last_mut() {
            self.out_of_order |= !frame.order.accepts(key);
        }
    }

    /// The key of a draft's child that comes next.
    #[inline]
    pub(crate) fn draft_key(&mut self, key: &str) {
        self.note_key(key);
        text::push_key(&mut self.drafts, key);
    }

    /// The key of a gathered child that comes next.
    pub(crate) fn gather_key(&mut self, key: &str) {
        self.note_key(key);
        self.push_key(key);
    }

    /// Puts what was written last into the innermost container, which is of that kind, as the item of that index.
    #[inline]
    pub(crate) fn add(&mut self, kind: Kind, index: usize) {
        match self.frames.last_mut() {
            Some(frame) if matches!(kind, Kind::Array | Kind::Object) => {
                frame.printer.push_item(self.last, &mut self.drafts);
            }
            _ => self.gather(kind, index),
        }
    }

    #[inline(never)]
    fn gather(&mut self, kind: Kind, index: usize) {
        let slot = match kind {
            // Its two items are there.
            Kind::Map => return,
            Kind::Set => self.member(self.last),
            Kind::Pair if index == 0 => self.member(self.last),
            _ => self.last,
        };
        self.push_item(slot);
    }

    /// Ends the innermost container, which is of that kind.
    pub(crate) fn end(&mut self, kind: Kind) {
        if kind == Kind::Pair {
            // What comes next takes no notice of its number.
            return;
        }
        // Field by field: to copy it as a whole would wait for each that was just written.
        let Some(&Frame { slot, shell, start, keys, in_variant, .. }) = self.frames.last() else { return };
        self.frames.pop();
        let open = Open { slot, shell, items: start, keys };
        match kind {
            Kind::Array => self.end_draft(shell, start, b']'),
            Kind::Object => self.end_draft(shell, start, b'}'),
            Kind::Map => self.end_members(&open, "Map", 2),
            Kind::Set => self.end_members(&open, "Set", 1),
            Kind::Keyed | Kind::Pair => {
                // Of what is flattened into a struct a key may be that of a field.
                self.out_of_order |= self.has_twin_keys(&open);
                self.close_object(&open);
            }
        }
        self.last = slot;
        if in_variant {
            self.add(Kind::Object, 0);
            self.end(Kind::Object);
        }
    }

    #[inline]
    fn end_draft(&mut self, shell: usize, start: usize, closing: u8) {
        // In place of the comma behind the last child.
        match self.drafts.last_mut() {
            Some(last @ b',') => *last = closing,
            _ => self.drafts.push(closing),
        }
        let begin = self.closed.len();
        self.closed.extend_from_slice(self.drafts.get(start..).unwrap_or_default());
        self.drafts.truncate(start);
        self.shut(shell, begin);
    }

    fn end_members(&mut self, open: &Open, tag: &str, step: usize) {
        self.out_of_order |= self.has_twin_members(open, step);
        self.close_tagged(open, Raw { text: tag, escaped: false }, "");
    }
}
