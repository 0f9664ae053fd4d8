//! Writing a Map anew by copying runs of text.
//!
//! In devalue's order everything that a key of the Map brings with it stands in one stretch of entries, old or new. So
//! each stretch is copied in runs, with the same number added to all its indices; only a container in which that changes
//! a reference is written anew. What the result must not have is a primitive twice: the new entries are mostly few, so
//! theirs are looked for among the kept ones.

use std::cell::Cell;
use std::ops::Range;

use super::annex::Annex;
use super::document::Document;
use super::entry::{bounds, each_entry, entry_at, is_canonical, is_primitive};
use super::map_writer::Field;
use super::order::Order;
use super::patchwork::Patchwork;
use super::runs::{self, Run, Trust};
use super::search::has_only_plain_strings;
use super::shared::{Filter, Shared};
use super::slot::Slot;
use super::source::Source;
use super::stitch::stitch;

/// Where a member of the new Map comes from.
#[derive(Clone, Copy)]
pub(crate) enum Member<'m> {
    /// The old Map, by the indices of key and value.
    Kept(Slot, Slot),
    /// A key, and the fields of the object that is its value.
    New(&'m str, &'m [(&'m str, Field<'m>)]),
}

/// A Map with these members, in this order; `None` where that takes more than copying. `own`: the old text is that of
/// such a Map, so that it need not be looked at whether its strings and numbers are in devalue's own form, and its entries in
/// devalue's order.
pub(crate) fn splice<'m>(
    old: Source<'_, '_>,
    own: bool,
    members: impl Iterator<Item = Option<Member<'m>>>,
) -> Option<Document> {
    let mut memory = SPARE.try_with(Cell::take).ok().flatten().unwrap_or_default();
    let annex = Annex::new(std::mem::take(&mut memory.literals));
    let mut splice = Splice { old, own, annex, memory, told_apart: true, count: 1 };
    let done = splice.lay_out(members).and_then(|()| splice.assign());
    let document = done.and_then(|()| stitch(old, own, &splice.annex, &mut splice.memory));
    splice.memory.literals = splice.annex.literals;
    splice.memory.recycle();
    document
}

/// Entries that stay together: those of the old Map, or new ones.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stretch {
    pub(crate) new: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) key: usize,
    pub(crate) value: usize,
    /// How far its text is trusted.
    pub(crate) trust: Trust,
    /// How many breaks there are up to its end.
    pub(crate) breaks: usize,
    /// By how much all its indices grow; none if it has primitives that are written elsewhere.
    pub(crate) shift: Option<u32>,
}

/// An entry that is not simply copied with those around it.
#[derive(Clone, Copy)]
pub(crate) struct Break {
    pub(crate) index: usize,
    /// Otherwise it is a primitive that is written elsewhere.
    pub(crate) is_container: bool,
}

/// A kept entry that is to be looked at closely.
struct Sifted {
    index: usize,
    /// Otherwise it is a primitive that may be among the new ones.
    is_container: bool,
}

/// As the new index of an entry: it has none, or none yet.
pub(crate) const NONE: u32 = u32::MAX;

thread_local! {
    static SPARE: Cell<Option<Box<Memory>>> = const { Cell::new(None) };
}

/// How much memory a thread keeps at most for its next Map.
const KEPT: usize = 4 << 20;

/// What is written and noted on the way; it goes to the thread's next Map.
#[derive(Default)]
pub(crate) struct Memory {
    /// Those of the annex.
    literals: Vec<u8>,
    pub(crate) shared: Shared,
    pairs: Vec<Stretch>,
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) breaks: Vec<Break>,
    sifted: Vec<Sifted>,
    /// The new index of every old entry, and of every one in the annex.
    pub(crate) old_targets: Vec<u32>,
    pub(crate) new_targets: Vec<u32>,
    pub(crate) order: Order,
    pub(crate) runs: Vec<Run>,
    pub(crate) out: Patchwork,
    /// Where the entries start in `out`.
    pub(crate) starts: Vec<u32>,
}

impl Memory {
    fn recycle(self: Box<Self>) {
        let stretches = (self.pairs.capacity() + self.stretches.capacity()) * size_of::<Stretch>();
        let targets = self.old_targets.capacity() + self.new_targets.capacity() + self.starts.capacity();
        let texts = self.literals.capacity() + self.out.capacity();
        let noted = self.shared.capacity() + self.order.capacity();
        let places = self.breaks.capacity() * size_of::<Break>()
            + self.sifted.capacity() * size_of::<Sifted>()
            + self.runs.capacity() * size_of::<Run>();
        if stretches + targets * size_of::<u32>() + texts + noted + places <= KEPT {
            // At the very end of a thread the memory is simply freed.
            let _ = SPARE.try_with(|spare| spare.set(Some(self)));
        }
    }
}

/// How the entry of a Map begins.
const HEAD: &[u8] = b"[\"Map\",";

struct Splice<'t, 's, 'm> {
    old: Source<'t, 's>,
    own: bool,
    annex: Annex<'m>,
    memory: Box<Memory>,
    /// Whether no new primitive has been found elsewhere so far.
    told_apart: bool,
    /// How many entries the new text has so far, the Map itself included.
    count: u32,
}

impl<'m> Splice<'_, '_, 'm> {
    /// Finds the stretches of the members.
    fn lay_out(&mut self, members: impl Iterator<Item = Option<Member<'m>>>) -> Option<()> {
        self.memory.pairs.clear();
        self.memory.stretches.clear();
        let mut pairs = 0;
        for member in members {
            let stretch = match member? {
                Member::New(key, fields) => {
                    let Range { start, end } = self.annex.add(key, fields)?;
                    let (key, value) = (start, start + 1);
                    Stretch { new: true, start, end, key, value, ..Stretch::default() }
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
        Some(())
    }

    /// The keys and values of the old Map, each with the entries that it brought with it.
    fn find_pairs(&mut self) -> Option<()> {
        let text = self.old.text.as_bytes();
        let (start, end) = bounds(text, self.old.starts, 0)?;
        if !text.get(start..end)?.starts_with(HEAD) {
            return None;
        }
        let Memory { pairs, runs, .. } = &mut *self.memory;
        runs.clear();
        runs::list(text, (start + HEAD.len(), end), runs)?;
        let mut indices = runs.iter().map(Run::indices).flat_map(|(first, end)| first..end);
        let mut before = 0;
        while let Some(key) = indices.next() {
            let value = indices.next()?;
            // A key that was there before, as some other string, has no entry here.
            let start = if key > before && key + 1 == value { key } else { value };
            if start <= before || start > value || (before == 0 && start != 1) {
                return None;
            }
            if let Some(last) = pairs.last_mut() {
                last.end = start;
            }
            let end = self.old.starts.len();
            pairs.push(Stretch { start, end, key, value, ..Stretch::default() });
            before = value;
        }
        Some(())
    }

    /// Gives every entry that is written its new index, and every primitive that is written elsewhere the one it has there.
    fn assign(&mut self) -> Option<()> {
        let Memory { shared, old_targets, new_targets, breaks, .. } = &mut *self.memory;
        shared.note(&self.annex)?;
        self.told_apart = shared.twins.is_empty();
        breaks.clear();
        for (targets, count) in [(old_targets, self.old.starts.len()), (new_targets, self.annex.len())] {
            targets.clear();
            targets.resize(count, NONE);
        }
        for at in 0..self.memory.stretches.len() {
            let Stretch { new, start, end, .. } = *self.memory.stretches.get(at)?;
            let first = self.count;
            let trust = match new {
                true => self.assign_new(start..end).map(|()| Trust::Strings)?,
                false => self.assign_kept(start..end)?,
            };
            let is_whole = (self.count - first) as usize == end - start;
            let shift = first.wrapping_sub(u32::try_from(start).ok()?);
            let breaks = self.memory.breaks.len();
            let stretch = self.memory.stretches.get_mut(at)?;
            (stretch.trust, stretch.breaks) = (trust, breaks);
            stretch.shift = is_whole.then_some(shift);
        }
        Slot::entry(self.count as usize).map(drop)
    }

    fn assign_new(&mut self, range: Range<usize>) -> Option<()> {
        let Memory { shared, new_targets, breaks, .. } = &mut *self.memory;
        let first = shared.containers.partition_point(|&index| index < range.start);
        let Range { start, end } = range;
        let containers = shared.containers.get(first..)?.iter().take_while(|&&index| index < end);
        let mut containers = containers.map(|&index| Break { index, is_container: true }).peekable();
        if self.told_apart {
            breaks.extend(containers);
            return number(new_targets, start..end, &mut self.count);
        }
        for index in start..end {
            let known = *new_targets.get(shared.first_of(index))?;
            if known == NONE {
                breaks.extend(containers.next_if(|container| container.index == index));
                number(new_targets, index..index + 1, &mut self.count)?;
            } else {
                breaks.push(Break { index, is_container: false });
                *new_targets.get_mut(index)? = known;
            }
        }
        Some(())
    }

    fn assign_kept(&mut self, range: Range<usize>) -> Option<Trust> {
        let trust = self.sift(range.clone())?;
        let Memory { shared, old_targets, new_targets, breaks, sifted, .. } = &mut *self.memory;
        let mut from = range.start;
        for &Sifted { index, is_container } in &*sifted {
            if is_container {
                breaks.push(Break { index, is_container: true });
                continue;
            }
            let entry = entry_at(self.old.text.as_bytes(), self.old.starts, index)?;
            let Some(twin) = shared.find(&self.annex, entry) else { continue };
            number(old_targets, from..index, &mut self.count)?;
            from = index;
            let target = new_targets.get_mut(twin)?;
            if *target == NONE {
                // The new one comes later.
                (*target, self.told_apart) = (self.count, false);
            } else {
                breaks.push(Break { index, is_container: false });
                *old_targets.get_mut(index)? = *target;
                from += 1;
            }
        }
        number(old_targets, from..range.end, &mut self.count)?;
        Some(trust)
    }

    /// Finds the containers among kept entries, and the primitives that may be among the new ones. `None` if there is
    /// one that devalue would write in another way.
    fn sift(&mut self, range: Range<usize>) -> Option<Trust> {
        let Memory { shared, sifted, .. } = &mut *self.memory;
        sifted.clear();
        let text = self.old.text.as_bytes();
        let (start, _) = bounds(text, self.old.starts, range.start)?;
        let (_, end) = bounds(text, self.old.starts, range.end.checked_sub(1)?)?;
        let is_plain = self.own || has_only_plain_strings(text.get(start..end)?);
        let mut sieve = Sieve { own: self.own, filter: &shared.filter, sifted };
        match is_plain {
            true => sieve.sift_plain(text, self.old.starts, range)?,
            false => each_entry(text, self.old.starts, range, |index, entry| sieve.look_at(index, entry))?,
        }
        Some(if is_plain { Trust::Strings } else { Trust::None })
    }
}

struct Sieve<'s> {
    own: bool,
    filter: &'s Filter,
    sifted: &'s mut Vec<Sifted>,
}

impl Sieve<'_> {
    /// Where every string is as devalue writes it: nearly all entries are one, and told apart from the new ones at once.
    #[inline(never)]
    fn sift_plain(&mut self, text: &[u8], starts: &[u32], range: Range<usize>) -> Option<()> {
        let filter = self.filter;
        let is_told_apart = |entry: &[u8]| matches!(entry, [b'"', .., b'"']) && !filter.may_have(entry);
        let (first, last) = (range.start, range.end.checked_sub(1)?);
        let here = starts.get(range)?;
        for (index, (&start, &next)) in (first..).zip(here.iter().zip(here.get(1..)?)) {
            let entry = text.get(start as usize..(next as usize).wrapping_sub(1))?;
            if !is_told_apart(entry) {
                self.look_at(index, entry)?;
            }
        }
        let entry = entry_at(text, starts, last)?;
        if is_told_apart(entry) { Some(()) } else { self.look_at(last, entry) }
    }

    /// Notes a container, and a primitive that may be among the new ones; `None` for one that devalue would write in
    /// another way.
    #[inline(never)]
    fn look_at(&mut self, index: usize, entry: &[u8]) -> Option<()> {
        let is_container = !is_primitive(entry);
        if is_container || self.filter.may_have(entry) {
            self.sifted.push(Sifted { index, is_container });
        }
        (is_container || self.own || is_canonical(entry)).then_some(())
    }
}

/// Gives these entries the next numbers.
#[inline]
fn number(targets: &mut [u32], range: Range<usize>, count: &mut u32) -> Option<()> {
    for target in targets.get_mut(range)? {
        *target = *count;
        *count += 1;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::{Member, Slot, splice};
    use crate::devalue::Document;

    #[test]
    fn members_are_taken_out_by_copying() {
        let old = Document::parse(r#"[["Map",1,2,4,5],"a",{"x":3},1,"b",{"x":6},2]"#).expect("a text");
        let slot = |index| Slot::entry(index).expect("an index");
        for own in [false, true] {
            let kept = [Some(Member::Kept(slot(4), slot(5)))];
            let new = splice(old.root().source, own, kept.into_iter()).expect("a copy");
            assert_eq!(&**new.text(), r#"[["Map",1,2],"b",{"x":3},2]"#);
            let none = splice(old.root().source, own, [].into_iter()).map(|new| new.text().to_string());
            assert_eq!(none.as_deref(), Some(r#"[["Map"]]"#));
        }
    }
}
