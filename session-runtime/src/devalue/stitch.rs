//! The writing of a Map whose stretches are found and whose entries have their numbers.

use std::ops::Range;

use super::annex::Annex;
use super::document::Document;
use super::entry::{bounds, entry_at};
use super::order::Order;
use super::runs::{self, Run};
use super::shared::Shared;
use super::slot::{Printer, Slot};
use super::source::Source;
use super::splice::{Break, Memory, NONE, Stretch};

/// The Map of these stretches; `None` where more than indices has to change.
pub(crate) fn stitch(old: Source<'_, '_>, memory: &mut Memory) -> Option<Document> {
    let Memory {
        annex, shared, stretches, breaks, old_targets, new_targets, order, runs, out, starts, ..
    } = memory;
    let new = Origin { text: &annex.text, starts: &annex.starts, targets: new_targets };
    let old = Origin { text: old.text.as_bytes(), starts: old.starts, targets: old_targets };
    out.clear();
    starts.clear();
    starts.push(1);
    out.reserve(old.text.len() + new.text.len() + stretches.len() * 20);
    write_root(stretches, (old, new), out)?;
    let mut stitch = Stitch { old, new, annex, shared, order, runs, out, starts };
    let mut from = 0;
    for stretch in stretches {
        stitch.stretch(stretch, breaks.get(from..stretch.breaks)?)?;
        from = stretch.breaks;
    }
    out.push(b']');
    u32::try_from(out.len()).ok()?;
    Some(Document::written(str::from_utf8(out).ok()?, starts, Slot::ROOT))
}

fn write_root(stretches: &[Stretch], (old, new): (Origin<'_>, Origin<'_>), out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(b"[[\"Map\"");
    let mut printer = Printer::new();
    for stretch in stretches {
        let origin = if stretch.new { new } else { old };
        for index in [stretch.key, stretch.value] {
            out.push(b',');
            printer.push(Slot::entry(origin.target(index)? as usize)?, out);
        }
    }
    out.push(b']');
    Some(())
}

/// A text that entries are copied from, where they start, and their new indices.
#[derive(Clone, Copy)]
struct Origin<'a> {
    text: &'a [u8],
    starts: &'a [u32],
    targets: &'a [u32],
}

impl Origin<'_> {
    #[inline]
    fn target(&self, index: usize) -> Option<u32> {
        self.targets.get(index).copied().filter(|&target| target != NONE)
    }

    #[inline]
    fn bounds(&self, index: usize) -> Option<(usize, usize)> {
        bounds(self.text, self.starts, index)
    }
}

struct Stitch<'a> {
    old: Origin<'a>,
    new: Origin<'a>,
    annex: &'a Annex,
    shared: &'a mut Shared,
    order: &'a mut Order,
    runs: &'a mut Vec<Run>,
    out: &'a mut Vec<u8>,
    starts: &'a mut Vec<u32>,
}

impl Stitch<'_> {
    fn stretch(&mut self, stretch: &Stretch, breaks: &[Break]) -> Option<()> {
        match stretch.new {
            true => self.write_new(stretch, breaks),
            false => self.write_kept(stretch, breaks),
        }
    }

    fn write_new(&mut self, stretch: &Stretch, breaks: &[Break]) -> Option<()> {
        let (new, mut from) = (self.new, stretch.start);
        for &Break { index, base } in breaks {
            self.copy(new, from..index)?;
            from = index + 1;
            let Some(base) = base else { continue };
            let entry = new.bounds(index)?;
            runs::find(new.text, entry, stretch.trust, self.runs)?;
            self.begin_entry();
            let target = |index| new.target(base as usize + index);
            runs::renumber(new.text, entry, self.runs, self.out, target)?;
        }
        self.copy(new, from..stretch.end)
    }

    fn write_kept(&mut self, stretch: &Stretch, breaks: &[Break]) -> Option<()> {
        let (old, mut from, mut reached) = (self.old, stretch.start, stretch.start);
        // Further ones would show by a comma at the end of the entry before.
        if old.text.get(old.bounds(from)?.0.checked_sub(1)?) != Some(&b',') {
            return None;
        }
        self.order.begin(stretch.start, stretch.value);
        for &Break { index, base } in breaks {
            self.order.reach(reached, index + 1)?;
            reached = index + 1;
            let entry = old.bounds(index)?;
            if base.is_some() {
                runs::find(old.text, entry, stretch.trust, self.runs)?;
                self.order.push_runs(index, self.runs);
                if self.stays(index)? && stretch.shift == Some(0) {
                    continue;
                }
            }
            self.copy(old, from..index)?;
            from = index + 1;
            if base.is_some() {
                self.begin_entry();
                let (shared, annex, new) = (&mut *self.shared, self.annex, self.new);
                let target = |index| old.target(index).or_else(|| adopt(old, new, shared, annex, index));
                runs::renumber(old.text, entry, self.runs, self.out, target)?;
            }
        }
        self.order.reach(reached, stretch.end)?;
        self.copy(old, from..stretch.end)?;
        self.order.is_done(stretch.end).then_some(())
    }

    /// Whether what a container refers to and stood before it has kept its number; it has to stand before it again.
    #[inline]
    fn stays(&mut self, own: usize) -> Option<bool> {
        let (mut same, written) = (true, self.old.target(own)?);
        for (first, behind) in self.runs.iter().map(Run::indices) {
            for index in first..behind.min(own + 1) {
                let adopt = || adopt(self.old, self.new, self.shared, self.annex, index);
                let target = self.old.target(index).or_else(adopt).filter(|&target| target <= written)?;
                same &= target as usize == index;
            }
        }
        Some(same)
    }

    /// Copies entries as they are, with the commas in front of them.
    #[inline]
    fn copy(&mut self, origin: Origin<'_>, range: Range<usize>) -> Option<()> {
        if range.is_empty() {
            return Some(());
        }
        let from = origin.bounds(range.start)?.0.checked_sub(1)?;
        let (_, to) = origin.bounds(range.end - 1)?;
        let shift = position(self.out.len()).wrapping_sub(position(from));
        self.starts.extend(origin.starts.get(range)?.iter().map(|start| start.wrapping_add(shift)));
        self.out.extend_from_slice(origin.text.get(from..to)?);
        Some(())
    }

    fn begin_entry(&mut self) {
        self.out.push(b',');
        self.starts.push(position(self.out.len()));
    }
}

/// A primitive that went with its key may be among the new ones, and an entry that is kept refer to it.
#[cold]
fn adopt(old: Origin<'_>, new: Origin<'_>, shared: &mut Shared, annex: &Annex, index: usize) -> Option<u32> {
    let entry = entry_at(old.text, old.starts, index)?;
    new.target(shared.find(annex, entry)?)
}

#[allow(clippy::cast_possible_truncation, reason = "a text of 4 GiB is given up in the end")]
fn position(at: usize) -> u32 {
    at as u32
}
