//! The writing of a Map whose stretches are found and whose entries have their numbers.

use std::ops::Range;

use super::annex::{Annex, Content, Reference};
use super::document::Document;
use super::entry::{bounds, entry_at};
use super::map_writer::Field;
use super::order::Order;
use super::patchwork::Patchwork;
use super::runs::{self, Run, Trust};
use super::shared::Shared;
use super::slot::{Printer, Slot};
use super::source::Source;
use super::splice::{Break, Memory, NONE, Stretch};
use super::text;

/// The Map of these stretches; `None` where more than indices has to change.
pub(crate) fn stitch(
    old: Source<'_, '_>,
    own: bool,
    annex: &Annex<'_>,
    memory: &mut Memory,
) -> Option<Document> {
    let Memory { shared, stretches, breaks, old_targets, new_targets, order, runs, out, starts, .. } = memory;
    let (targets, new) = (Targets(old_targets), Targets(new_targets));
    let old = Origin { text: old.text, starts: old.starts, targets };
    out.clear();
    starts.clear();
    starts.push(1);
    write_root(stretches, (targets, new), out.rest())?;
    let mut stitch = Stitch { old, own, new, annex, shared, order, runs, out, starts };
    let (mut from, mut moved) = (0, false);
    for (nth, stretch) in stretches.iter().enumerate() {
        let breaks = breaks.get(from..stretch.breaks)?;
        from = stretch.breaks;
        moved |= !own || stretch.new || stretch.shift != Some(0);
        match stretch.new {
            true => stitch.write_new(stretch, breaks)?,
            // Nothing in front of it has moved either, and the key behind it, which it may refer to, is still there.
            false if !moved && is_followed(stretch, stretches.get(nth + 1), old.starts.len()) => {
                stitch.copy(old, stretch.start..stretch.end)?;
            }
            false => stitch.write_kept(stretch, breaks)?,
        }
    }
    out.rest().push(b']');
    u32::try_from(out.len()).ok()?;
    Some(Document::written(out.text()?, starts, Slot::ROOT))
}

/// Whether what comes behind a stretch is what came behind it in the old text, which had so many entries.
fn is_followed(stretch: &Stretch, next: Option<&Stretch>, entries: usize) -> bool {
    stretch.end == entries || next.is_some_and(|next| !next.new && next.start == stretch.end)
}

fn write_root(
    stretches: &[Stretch],
    (old, new): (Targets<'_>, Targets<'_>),
    out: &mut Vec<u8>,
) -> Option<()> {
    out.extend_from_slice(b"[[\"Map\"");
    let mut printer = Printer::new();
    for stretch in stretches {
        let targets = if stretch.new { new } else { old };
        for index in [stretch.key, stretch.value] {
            out.push(b',');
            printer.push(targets.slot(index)?, out);
        }
    }
    out.push(b']');
    Some(())
}

/// The new indices of entries.
#[derive(Clone, Copy)]
struct Targets<'a>(&'a [u32]);

impl Targets<'_> {
    #[inline]
    fn get(self, index: usize) -> Option<u32> {
        self.0.get(index).copied().filter(|&target| target != NONE)
    }

    #[inline]
    fn slot(self, index: usize) -> Option<Slot> {
        Slot::entry(self.get(index)? as usize)
    }

    /// Those of the entries from this one on.
    fn from(self, start: usize) -> Option<Self> {
        self.0.get(start..).map(Self)
    }
}

/// A text that entries are copied from, where they start, and their new indices.
#[derive(Clone, Copy)]
struct Origin<'a> {
    text: &'a str,
    starts: &'a [u32],
    targets: Targets<'a>,
}

impl Origin<'_> {
    #[inline]
    fn bounds(&self, index: usize) -> Option<(usize, usize)> {
        bounds(self.text.as_bytes(), self.starts, index)
    }
}

struct Stitch<'a> {
    old: Origin<'a>,
    /// Whether the order of the old entries is known to be devalue's.
    own: bool,
    /// The new indices of what is in the annex.
    new: Targets<'a>,
    annex: &'a Annex<'a>,
    shared: &'a mut Shared,
    order: &'a mut Order,
    runs: &'a mut Vec<Run>,
    out: &'a mut Patchwork,
    starts: &'a mut Vec<u32>,
}

impl Stitch<'_> {
    fn write_new(&mut self, stretch: &Stretch, mut breaks: &[Break]) -> Option<()> {
        let annex = self.annex;
        let first = annex.parts.partition_point(|part| part.start < stretch.start);
        for part in annex.parts.get(first..)?.iter().take_while(|part| part.start < stretch.end) {
            let inside = breaks.iter().take_while(|at| at.index < part.end()).count();
            let here;
            (here, breaks) = breaks.split_at_checked(inside)?;
            match part.content {
                Content::Literal(from, to) if here.is_empty() => {
                    self.begin_entry().extend_from_slice(annex.literals.get(from..to)?);
                }
                // It is written elsewhere.
                Content::Literal(..) => {}
                Content::Object(fields) => self.write_object(part.start, fields)?,
                Content::Document(source) => self.write_document(part.start, source, here)?,
            }
        }
        Some(())
    }

    /// An object made here: what is in its fields stands behind it, one field after the other.
    fn write_object(&mut self, own: usize, fields: &[(&str, Field<'_>)]) -> Option<()> {
        let new = self.new;
        let out = self.begin_entry();
        out.push(b'{');
        let (mut printer, mut next) = (Printer::new(), own + 1);
        for (name, field) in fields {
            text::push_key(out, name);
            match Reference::of(field) {
                Reference::Sentinel(slot) => printer.push_item(slot, out),
                Reference::Next(count) => {
                    printer.push_item(new.slot(next)?, out);
                    next += count;
                }
            }
        }
        if !fields.is_empty() {
            out.pop();
        }
        out.push(b'}');
        Some(())
    }

    fn write_document(&mut self, start: usize, source: Source<'_, '_>, breaks: &[Break]) -> Option<()> {
        let targets = self.new.from(start)?;
        let (text, mut from) = (source.text.as_bytes(), 0);
        let origin = Origin { text: source.text, starts: source.starts, targets };
        for at in breaks {
            let index = at.index - start;
            self.copy(origin, from..index)?;
            from = index + 1;
            if at.is_container {
                let entry = origin.bounds(index)?;
                runs::find(text, entry, Trust::Strings, self.runs)?;
                self.begin_entry();
                runs::renumber(text, entry, self.runs, self.out.rest(), |index| targets.get(index))?;
            }
        }
        self.copy(origin, from..source.starts.len())
    }

    fn write_kept(&mut self, stretch: &Stretch, breaks: &[Break]) -> Option<()> {
        let (old, mut from, mut reached) = (self.old, stretch.start, stretch.start);
        let text = old.text.as_bytes();
        // Further ones would show by a comma at the end of the entry before.
        if text.get(old.bounds(from)?.0.checked_sub(1)?) != Some(&b',') {
            return None;
        }
        self.order.begin(stretch.start, stretch.value);
        for &Break { index, is_container } in breaks {
            if !self.own {
                self.order.reach(reached, index + 1)?;
            }
            reached = index + 1;
            let entry = old.bounds(index)?;
            if is_container {
                runs::find(text, entry, stretch.trust, self.runs)?;
                if !self.own {
                    self.order.push_runs(index, self.runs);
                } else if self.runs.iter().any(|run| run.indices().1 > stretch.end) {
                    // What stands behind it is the key of the next member, which may be gone.
                    return None;
                }
                if self.stays(index)? && stretch.shift == Some(0) {
                    continue;
                }
            }
            self.copy(old, from..index)?;
            from = index + 1;
            if is_container {
                self.begin_entry();
                let (shared, annex, new) = (&mut *self.shared, self.annex, self.new);
                let target = |index| old.targets.get(index).or_else(|| adopt(old, new, shared, annex, index));
                runs::renumber(text, entry, self.runs, self.out.rest(), target)?;
            }
        }
        self.copy(old, from..stretch.end)?;
        if self.own {
            return Some(());
        }
        self.order.reach(reached, stretch.end)?;
        self.order.is_done(stretch.end).then_some(())
    }

    /// Whether what a container refers to and stood before it has kept its number; it has to stand before it again.
    #[inline]
    fn stays(&mut self, own: usize) -> Option<bool> {
        let (mut same, written) = (true, self.old.targets.get(own)?);
        for (first, behind) in self.runs.iter().map(Run::indices) {
            for index in first..behind.min(own + 1) {
                let adopt = || adopt(self.old, self.new, self.shared, self.annex, index);
                let target =
                    self.old.targets.get(index).or_else(adopt).filter(|&target| target <= written)?;
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
        let first = range.start == 0;
        let from = origin.bounds(range.start)?.0.checked_sub(1)?;
        let (_, to) = origin.bounds(range.end - 1)?;
        let shift = position(self.out.len()).wrapping_sub(position(from));
        self.starts.extend(origin.starts.get(range)?.iter().map(|start| start.wrapping_add(shift)));
        if !first {
            return self.out.copy(origin.text, (from, to));
        }
        // In front of the very first one there is a bracket.
        self.out.rest().push(b',');
        self.out.copy(origin.text, (from + 1, to))
    }

    /// Where it is to be written to.
    fn begin_entry(&mut self) -> &mut Vec<u8> {
        self.out.rest().push(b',');
        self.starts.push(position(self.out.len()));
        self.out.rest()
    }
}

/// A primitive that went with its key may be among the new ones, and an entry that is kept refer to it.
#[cold]
fn adopt(
    old: Origin<'_>,
    new: Targets<'_>,
    shared: &mut Shared,
    annex: &Annex<'_>,
    index: usize,
) -> Option<u32> {
    let entry = entry_at(old.text.as_bytes(), old.starts, index)?;
    new.get(shared.find(annex, entry)?)
}

#[allow(clippy::cast_possible_truncation, reason = "a text of 4 GiB is given up in the end")]
fn position(at: usize) -> u32 {
    at as u32
}
