//! Writing a Map anew by copying runs of text.
//!
//! In devalue's order everything that a key of the Map brings with it stands in one stretch of entries. So those of the
//! kept keys are copied in runs; references in them are looked up in a table of new indices, and only a container in
//! which one has changed is written anew. What the result must not have is a primitive twice: the new entries are few,
//! so theirs are looked for among the kept ones.

use std::cell::Cell;

use super::annex::Annex;
use super::document::Document;
use super::entry::{Order, is_canonical, is_primitive, references, renumber, renumber_own};
use super::map_writer::Field;
use super::search::has_only_plain_strings;
use super::shared::{NONE, Shared};
use super::slot::{Printer, Slot};
use super::source::Source;

/// Where a member of the new Map comes from.
#[derive(Clone, Copy)]
pub(crate) enum Member<'m> {
    /// The old Map, by the indices of key and value.
    Kept(Slot, Slot),
    /// A key, and the fields of the object that is its value.
    New(&'m str, &'m [(&'m str, Field<'m>)]),
}

/// A Map with these members, in this order; `None` where that takes more than copying.
pub(crate) fn splice<'m>(
    old: Source<'_, '_>,
    members: impl Iterator<Item = Option<Member<'m>>>,
) -> Option<Document> {
    let memory = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let mut splice = Splice { old, memory, count: 1 };
    let document = splice.lay_out(members).and_then(|()| splice.assign()).and_then(|()| splice.write());
    splice.memory.recycle();
    document
}

/// Entries that stay together: those of the old Map, or new ones.
#[derive(Clone, Copy)]
struct Stretch {
    new: bool,
    start: usize,
    end: usize,
    key: usize,
    value: usize,
}

thread_local! {
    static SPARE: Cell<Option<Box<Memory>>> = const { Cell::new(None) };
}

/// How much memory a thread keeps at most for its next Map.
const KEPT: usize = 4 << 20;

/// What is written and noted on the way; it goes to the thread's next Map.
#[derive(Default)]
struct Memory {
    annex: Annex,
    shared: Shared,
    pairs: Vec<Stretch>,
    stretches: Vec<Stretch>,
    /// The new index of every old entry, and of every one in the annex.
    old_targets: Vec<u32>,
    new_targets: Vec<u32>,
    order: Order,
    out: Vec<u8>,
    /// Where the entries start in `out`.
    starts: Vec<u32>,
}

impl Memory {
    fn recycle(self: Box<Self>) {
        let stretches = (self.pairs.capacity() + self.stretches.capacity()) * size_of::<Stretch>();
        let targets = self.old_targets.capacity() + self.new_targets.capacity() + self.starts.capacity();
        let texts = self.annex.capacity() + self.out.capacity();
        let noted = self.shared.capacity() + self.order.capacity();
        if stretches + targets * size_of::<u32>() + texts + noted <= KEPT {
            // At the very end of a thread the memory is simply freed.
            let _ = SPARE.try_with(|spare| spare.set(Some(self)));
        }
    }

    /// The new index of an old entry.
    #[inline]
    fn old_target(&self, index: usize) -> Option<u32> {
        self.old_targets.get(index).copied().filter(|&target| target != NONE)
    }
}

struct Splice<'t, 's> {
    old: Source<'t, 's>,
    memory: Box<Memory>,
    /// How many entries the new text has so far, the Map itself included.
    count: u32,
}

impl<'t> Splice<'t, '_> {
    /// Finds the stretches of the members.
    fn lay_out<'m>(&mut self, members: impl Iterator<Item = Option<Member<'m>>>) -> Option<()> {
        self.memory.annex.clear();
        self.memory.pairs.clear();
        self.memory.stretches.clear();
        let mut pairs = 0;
        for member in members {
            let stretch = match member? {
                Member::New(key, fields) => {
                    let added = self.memory.annex.add(key, fields)?;
                    let (start, end) = (added.start, added.end);
                    Stretch { new: true, start, end, key: start, value: start + 1 }
                }
                Member::Kept(key, value) => {
                    if self.memory.pairs.is_empty() {
                        self.find_pairs()?;
                    }
                    let rest = self.memory.pairs.get(pairs..)?;
                    let same =
                        |pair: &Stretch| Some(pair.key) == key.index() && Some(pair.value) == value.index();
                    let at = pairs + rest.iter().position(same)?;
                    pairs = at + 1;
                    *self.memory.pairs.get(at)?
                }
            };
            self.memory.stretches.push(stretch);
        }
        self.memory.annex.seal();
        Some(())
    }

    /// The keys and values of the old Map, each with the entries that it brought with it.
    fn find_pairs(&mut self) -> Option<()> {
        let root = self.entry(0)?;
        if !root.starts_with(b"[\"Map\",") {
            return None;
        }
        let found = &mut self.memory.pairs;
        let (mut before, mut open) = (0, None);
        references(root, |index, _| {
            let Some(key) = open.take() else {
                open = Some(index);
                return Some(());
            };
            // A key that was there before, as some other string, has no entry here.
            let start = if key > before { key } else { index };
            if start <= before || start > index || (before == 0 && start != 1) {
                return None;
            }
            if let Some(last) = found.last_mut() {
                last.end = start;
            }
            found.push(Stretch { new: false, start, end: self.old.starts.len(), key, value: index });
            before = index;
            Some(())
        })?;
        open.is_none().then_some(())
    }

    fn start(&self, index: usize) -> Option<usize> {
        usize::try_from(*self.old.starts.get(index)?).ok()
    }

    /// The place behind an old entry: in front of the comma before the next, or of the last bracket.
    fn end(&self, index: usize) -> usize {
        self.start(index + 1).unwrap_or(self.old.text.len()).saturating_sub(1)
    }

    #[inline]
    fn entry(&self, index: usize) -> Option<&'t [u8]> {
        self.old.text.as_bytes().get(self.start(index)?..self.end(index))
    }

    /// Gives every entry that is written its new index, and every primitive that is written elsewhere the one it has there.
    fn assign(&mut self) -> Option<()> {
        self.memory.shared.note(&self.memory.annex)?;
        for (targets, count) in [
            (&mut self.memory.old_targets, self.old.starts.len()),
            (&mut self.memory.new_targets, self.memory.annex.len()),
        ] {
            targets.clear();
            targets.resize(count, NONE);
        }
        let plain = !self.memory.pairs.is_empty() && has_only_plain_strings(self.old.text.as_bytes());
        for at in 0..self.memory.stretches.len() {
            let stretch = *self.memory.stretches.get(at)?;
            match stretch.new {
                true => self.assign_new(stretch)?,
                false => self.assign_kept(stretch, plain)?,
            }
        }
        Slot::entry(usize::try_from(self.count).ok()?).map(drop)
    }

    fn assign_new(&mut self, stretch: Stretch) -> Option<()> {
        let Memory { shared, new_targets, .. } = &mut *self.memory;
        for (index, place) in (stretch.start..).zip(new_targets.get_mut(stretch.start..stretch.end)?) {
            *place = shared.of_new(index, self.count)?;
            self.count += u32::from(*place == self.count);
        }
        Some(())
    }

    fn assign_kept(&mut self, stretch: Stretch, plain: bool) -> Option<()> {
        for index in stretch.start..stretch.end {
            let entry = self.entry(index)?;
            let mut target = self.count;
            if is_primitive(entry) {
                let fine = plain && matches!(entry, [b'"', .., b'"']);
                if !fine && !is_canonical(entry) {
                    return None;
                }
                target = self.memory.shared.of_kept(&self.memory.annex, entry, target);
            }
            self.count += u32::from(target == self.count);
            *self.memory.old_targets.get_mut(index)? = target;
        }
        Some(())
    }

    /// A primitive that went with its key may be among the new ones, and an entry that is kept refer to it.
    #[cold]
    fn adopt(&mut self, index: usize) -> Option<u32> {
        let target = self.memory.shared.target(&self.memory.annex, self.entry(index)?)?;
        *self.memory.old_targets.get_mut(index)? = target;
        Some(target)
    }

    fn write(&mut self) -> Option<Document> {
        let mut out = std::mem::take(&mut self.memory.out);
        let mut starts = std::mem::take(&mut self.memory.starts);
        out.clear();
        starts.clear();
        starts.push(1);
        self.write_root(&mut out)?;
        for at in 0..self.memory.stretches.len() {
            let stretch = *self.memory.stretches.get(at)?;
            match stretch.new {
                true => self.write_new(stretch, &mut out, &mut starts)?,
                false => self.write_kept(stretch, &mut out, &mut starts)?,
            }
        }
        out.push(b']');
        u32::try_from(out.len()).ok()?;
        let document = Document::written(str::from_utf8(&out).ok()?, &starts, Slot::ROOT);
        (self.memory.out, self.memory.starts) = (out, starts);
        Some(document)
    }

    fn write_root(&self, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(b"[[\"Map\"");
        let mut printer = Printer::new();
        for stretch in &self.memory.stretches {
            for index in [stretch.key, stretch.value] {
                let target = match stretch.new {
                    true => *self.memory.new_targets.get(index)?,
                    false => self.memory.old_target(index)?,
                };
                out.push(b',');
                printer.push(Slot::entry(usize::try_from(target).ok()?)?, out);
            }
        }
        out.push(b']');
        Some(())
    }

    fn write_new(&self, stretch: Stretch, out: &mut Vec<u8>, starts: &mut Vec<u32>) -> Option<()> {
        let Memory { annex, shared, new_targets: targets, .. } = &*self.memory;
        let text = annex.text.as_bytes();
        let mut from = annex.start(stretch.start)? - 1;
        for index in stretch.start..stretch.end {
            let start = annex.start(index)?;
            let is_here = usize::try_from(*targets.get(index)?) == Ok(starts.len());
            let is_primitive = shared.is_primitive(index);
            if is_here {
                starts.push(place(out.len() + start - from));
            }
            if is_here && is_primitive {
                continue;
            }
            let entry = annex.entry(index)?;
            if is_here {
                out.extend_from_slice(text.get(from..start)?);
                let base = annex.base(index)?;
                renumber_own(entry, out, |index| targets.get(base + index).copied())?;
            } else {
                out.extend_from_slice(text.get(from..start - 1)?);
            }
            from = start + entry.len();
        }
        let end = annex.start(stretch.end).unwrap_or(text.len());
        out.extend_from_slice(text.get(from..end.checked_sub(1)?)?);
        Some(())
    }

    fn write_kept(&mut self, stretch: Stretch, out: &mut Vec<u8>, starts: &mut Vec<u32>) -> Option<()> {
        let text = self.old.text.as_bytes();
        // A run begins with the comma in front of its first entry.
        let mut from = self.start(stretch.start)? - 1;
        self.memory.order.begin(stretch.value);
        if stretch.start < stretch.value {
            self.memory.order.push(stretch.start);
        }
        for index in stretch.start..stretch.end {
            let (start, entry) = (self.start(index)?, self.entry(index)?);
            if text.get(start - 1) != Some(&b',') {
                return None;
            }
            self.memory.order.reach(index)?;
            if usize::try_from(self.memory.old_target(index)?) != Ok(starts.len()) {
                out.extend_from_slice(text.get(from..start - 1)?);
                from = start + entry.len();
                continue;
            }
            starts.push(place(out.len() + start - from));
            if !is_primitive(entry) && !self.stays(index, entry, starts.len())? {
                out.extend_from_slice(text.get(from..start)?);
                renumber(entry, out, |index| self.memory.old_target(index))?;
                from = start + entry.len();
            }
        }
        out.extend_from_slice(text.get(from..self.end(stretch.end - 1))?);
        self.memory.order.is_done(stretch.end).then_some(())
    }

    /// Whether a container has the same references as before.
    fn stays(&mut self, own: usize, entry: &[u8], written: usize) -> Option<bool> {
        let (mark, mut same) = (self.memory.order.mark(), true);
        references(entry, |index, _| {
            let target = self.memory.old_target(index).or_else(|| self.adopt(index))?;
            let target = usize::try_from(target).ok()?;
            same &= target == index;
            if index > own {
                self.memory.order.push(index);
            }
            // What stood before this container has to stand before it again.
            (index > own || target < written).then_some(())
        })?;
        self.memory.order.turn(mark);
        Some(same)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a text of 4 GiB is given up in the end")]
fn place(at: usize) -> u32 {
    at as u32
}
