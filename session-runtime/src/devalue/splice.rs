//! Writing a Map anew by copying runs of text.
//!
//! In devalue's order everything that a key of the Map brings with it stands in one stretch of entries. So those of the
//! kept keys are copied in runs; references in them are looked up in a table of new indices, and only a container in
//! which one has changed is written anew. What the result must not have is a primitive twice: the new entries are few,
//! so theirs are looked for among the kept ones.

use super::entry::{Order, is_canonical, is_primitive, references, renumber};
use super::number;
use super::search::{ends, has_only_plain_strings};
use super::slot::{Printer, Slot};
use super::source::Source;
use super::table::Table;

/// Where a member of the new Map comes from.
#[derive(Clone, Copy)]
pub(crate) enum Member {
    /// The old Map, by the indices of key and value.
    Kept(Slot, Slot),
    /// The new entries in this range, the key first and the value behind it.
    New(usize, usize),
}

/// The text of a Map with these members, in this order; `None` where that takes more than copying.
pub(crate) fn splice(old: Source<'_, '_>, new: Source<'_, '_>, members: &[Member]) -> Option<String> {
    let stretches = stretches(old, members)?;
    let mut splice = Splice { sides: [Side::of(old), Side::of(new)], count: 1 };
    splice.assign(&stretches)?;
    splice.write(&stretches)
}

/// Entries of one side that stay together.
struct Stretch {
    side: usize,
    start: usize,
    end: usize,
    key: usize,
    value: usize,
}

fn stretches(old: Source<'_, '_>, members: &[Member]) -> Option<Vec<Stretch>> {
    let kept = members.iter().any(|member| matches!(member, Member::Kept(..)));
    let mut pairs = if kept { pairs(old)? } else { Vec::new() }.into_iter();
    let stretch = |member: &Member| match *member {
        Member::New(start, end) => Some(Stretch { side: 1, start, end, key: start, value: start + 1 }),
        Member::Kept(key, value) => {
            let (key, value) = (key.index()?, value.index()?);
            pairs.find(|pair| pair.key == key && pair.value == value)
        }
    };
    members.iter().map(stretch).collect()
}

/// The keys and values of the old Map, each with the entries that it brought with it.
fn pairs(old: Source<'_, '_>) -> Option<Vec<Stretch>> {
    let root = Side::of(old).entry(0)?;
    let mut slots = Vec::new();
    references(root, |index, _| {
        slots.push(index);
        Some(())
    })?;
    if !root.starts_with(b"[\"Map\",") {
        return None;
    }
    let mut found: Vec<Stretch> = Vec::with_capacity(slots.len() / 2);
    let (flat, _) = slots.as_chunks::<2>();
    for &[key, value] in flat {
        let before = found.last().map_or(0, |pair| pair.value);
        // A key that was there before, as some other string, has no entry here.
        let start = if key > before { key } else { value };
        if start <= before || start > value || (before == 0 && start != 1) {
            return None;
        }
        if let Some(last) = found.last_mut() {
            last.end = start;
        }
        found.push(Stretch { side: 0, start, end: old.starts.len(), key, value });
    }
    (flat.len() * 2 == slots.len()).then_some(found)
}

struct Side<'t, 's> {
    source: Source<'t, 's>,
    /// The new index of every entry.
    targets: Vec<u32>,
}

/// The target of an entry that is dropped.
const GONE: u32 = u32::MAX;

impl<'t, 's> Side<'t, 's> {
    fn of(source: Source<'t, 's>) -> Self {
        Self { source, targets: Vec::new() }
    }

    fn start(&self, index: usize) -> Option<usize> {
        usize::try_from(*self.source.starts.get(index)?).ok()
    }

    /// The place behind an entry: in front of the comma before the next, or of the last bracket.
    fn end(&self, index: usize) -> usize {
        self.start(index + 1).unwrap_or(self.source.text.len()).saturating_sub(1)
    }

    #[inline]
    fn entry(&self, index: usize) -> Option<&'t [u8]> {
        self.source.text.as_bytes().get(self.start(index)?..self.end(index))
    }

    #[inline]
    fn target(&self, index: usize) -> Option<u32> {
        self.targets.get(index).copied().filter(|&target| target != GONE)
    }
}

struct Splice<'t, 's> {
    sides: [Side<'t, 's>; 2],
    count: u32,
}

impl<'t> Splice<'t, '_> {
    /// Gives every entry that is written its new index, and every primitive that is written elsewhere the one it has there.
    fn assign(&mut self, stretches: &[Stretch]) -> Option<()> {
        let mut shared = Shared::of(&self.sides[1])?;
        let plain = has_only_plain_strings(self.sides[0].source.text.as_bytes());
        for side in &mut self.sides {
            side.targets = vec![GONE; side.source.starts.len()];
        }
        for stretch in stretches {
            let side = self.sides.get_mut(stretch.side)?;
            for index in stretch.start..stretch.end {
                let entry = side.entry(index)?;
                let mut target = self.count;
                if is_primitive(entry) {
                    let fine = plain && matches!(entry, [b'"', .., b'"']);
                    if stretch.side == 0 && !fine && !is_canonical(entry) {
                        return None;
                    }
                    target = shared.find(entry, target);
                }
                self.count += u32::from(target == self.count);
                *side.targets.get_mut(index)? = target;
            }
        }
        self.adopt(stretches, &shared)?;
        Slot::entry(usize::try_from(self.count).ok()?).map(drop)
    }

    /// A primitive that went with its key may be among the new ones, and entries that are kept may refer to it.
    fn adopt(&mut self, stretches: &[Stretch], shared: &Shared<'_>) -> Option<()> {
        let [old, _] = &mut self.sides;
        let mut from = 1;
        let kept = stretches.iter().filter(|stretch| stretch.side == 0).map(|kept| (kept.start, kept.end));
        for (start, end) in kept.chain([(old.targets.len(), 0)]) {
            for index in from..start {
                let entry = old.entry(index)?;
                if let Some(target) = shared.known(entry).and_then(|known| shared.targets.get(known)) {
                    *old.targets.get_mut(index)? = *target;
                }
            }
            from = end;
        }
        Some(())
    }

    fn write(&self, stretches: &[Stretch]) -> Option<String> {
        let bytes = self.sides.iter().map(|side| side.source.text.len()).sum::<usize>();
        let mut out = String::with_capacity(bytes + stretches.len() * 4);
        out.push_str("[[\"Map\"");
        let (mut digits, mut printer) = (Vec::new(), Printer::new());
        for stretch in stretches {
            let side = self.sides.get(stretch.side)?;
            for index in [stretch.key, stretch.value] {
                digits.push(b',');
                printer.push(Slot::entry(usize::try_from(side.target(index)?).ok()?)?, &mut digits);
            }
        }
        out.push_str(str::from_utf8(&digits).ok()?);
        out.push(']');
        let mut run = Run { count: 1, digits, order: Order::default(), out };
        for stretch in stretches {
            self.sides.get(stretch.side)?.copy(stretch, &mut run)?;
        }
        run.out.push(']');
        Some(run.out)
    }
}

/// What is written so far.
struct Run {
    /// The index of the next entry.
    count: u32,
    digits: Vec<u8>,
    order: Order,
    out: String,
}

impl Side<'_, '_> {
    /// Writes the entries of a stretch.
    fn copy(&self, stretch: &Stretch, run: &mut Run) -> Option<()> {
        let text = self.source.text;
        // A run begins with the comma in front of its first entry.
        let mut from = self.start(stretch.start)? - 1;
        run.order.begin(stretch.value);
        if stretch.start < stretch.value {
            run.order.push(stretch.start);
        }
        for index in stretch.start..stretch.end {
            let (start, entry) = (self.start(index)?, self.entry(index)?);
            if text.as_bytes().get(start - 1) != Some(&b',') {
                return None;
            }
            run.order.reach(index)?;
            if self.target(index)? != run.count {
                run.out.push_str(text.get(from..start - 1)?);
                from = start + entry.len();
                continue;
            }
            run.count += 1;
            if !is_primitive(entry) && !self.stays(index, entry, run)? {
                run.out.push_str(text.get(from..start)?);
                run.digits.clear();
                renumber(entry, &mut run.digits, |index| self.target(index))?;
                run.out.push_str(str::from_utf8(&run.digits).ok()?);
                from = start + entry.len();
            }
        }
        run.out.push_str(text.get(from..self.end(stretch.end - 1))?);
        run.order.is_done(stretch.end).then_some(())
    }

    /// Whether a container has the same references as before.
    fn stays(&self, own: usize, entry: &[u8], run: &mut Run) -> Option<bool> {
        let (mark, mut same) = (run.order.mark(), true);
        references(entry, |index, _| {
            let target = self.target(index)?;
            same &= usize::try_from(target) == Ok(index);
            if index > own {
                run.order.push(index);
            }
            // What stood before this container has to stand before it again.
            (index > own || target < run.count).then_some(())
        })?;
        run.order.turn(mark);
        Some(same)
    }
}

/// The primitives among the new entries.
struct Shared<'t> {
    /// One bit in 4096 for each, by its ends: most primitives that are kept are told apart by this.
    bits: [u64; 64],
    table: Table,
    text: &'t str,
    /// The index at which each is written, once it is known.
    targets: Vec<u32>,
}

impl<'t> Shared<'t> {
    fn of(new: &Side<'t, '_>) -> Option<Self> {
        let mut shared =
            Self { bits: [0; 64], table: Table::default(), text: new.source.text, targets: Vec::new() };
        for index in 0..new.source.starts.len() {
            let entry = new.entry(index)?;
            if is_primitive(entry) {
                let (word, bit) = Self::place(entry);
                *shared.bits.get_mut(word)? |= bit;
                let hash = shared.table.hash(entry);
                let place = (new.start(index)?, shared.targets.len());
                if shared.table.find_or_insert(hash, place, same_entry(new.source.text, entry)).is_none() {
                    shared.targets.push(GONE);
                }
            }
        }
        Some(shared)
    }

    #[inline]
    fn place(entry: &[u8]) -> (usize, u64) {
        let [low, high] = ends(entry);
        let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (usize::try_from(mixed >> 58).unwrap_or(0), 1 << (mixed >> 52 & 63))
    }

    /// The index at which a primitive is written: `next` if it is here and now.
    #[inline]
    fn find(&mut self, entry: &[u8], next: u32) -> u32 {
        match self.known(entry).and_then(|known| self.targets.get_mut(known)) {
            Some(target) => {
                *target = next.min(*target);
                *target
            }
            None => next,
        }
    }

    #[inline]
    fn known(&self, entry: &[u8]) -> Option<usize> {
        let (word, bit) = Self::place(entry);
        if self.bits.get(word)? & bit == 0 {
            return None;
        }
        self.table.find(self.table.hash(entry), same_entry(self.text, entry))
    }
}

fn same_entry<'a>(text: &'a str, entry: &'a [u8]) -> impl Fn(usize) -> bool + 'a {
    let text = text.as_bytes();
    move |start| {
        let end = start + entry.len();
        text.get(start..end) == Some(entry) && matches!(text.get(end), Some(b',' | b']'))
    }
}

/// New entries, written as the text of a Map that has no root: every entry behind a comma.
#[derive(Default)]
pub(crate) struct Annex {
    pub(crate) text: String,
    pub(crate) starts: Vec<u32>,
    digits: Vec<u8>,
    order: Order,
}

impl Annex {
    /// Begins an entry.
    pub(crate) fn begin(&mut self) -> Option<&mut String> {
        self.text.push(',');
        self.starts.push(u32::try_from(self.text.len()).ok()?);
        Some(&mut self.text)
    }

    pub(crate) fn number(&mut self, number: f64) -> Option<()> {
        self.begin().map(|text| number::push_number(text, number))
    }

    /// Adds all entries of a text.
    pub(crate) fn append(&mut self, source: Source<'_, '_>) -> Option<()> {
        let base = u32::try_from(self.starts.len()).ok()?;
        let side = Side::of(source);
        let count = source.starts.len();
        self.order.begin(0);
        for index in 0..count {
            self.order.reach(index)?;
            let entry = side.entry(index)?;
            if source.text.as_bytes().get(side.start(index)?.wrapping_sub(1))
                != Some(if index == 0 { &b'[' } else { &b',' })
            {
                return None;
            }
            let text = self.begin()?;
            if is_primitive(entry) {
                if !is_canonical(entry) {
                    return None;
                }
                text.push_str(str::from_utf8(entry).ok()?);
            } else {
                self.digits.clear();
                let mark = self.order.mark();
                let order = &mut self.order;
                renumber(entry, &mut self.digits, |child| {
                    if child > index {
                        order.push(child);
                    }
                    u32::try_from(child).ok().filter(|_| child < count)?.checked_add(base)
                })?;
                self.order.turn(mark);
                self.text.push_str(str::from_utf8(&self.digits).ok()?);
            }
        }
        // Nothing but the last bracket follows.
        (self.order.is_done(count) && source.text.get(side.end(count.checked_sub(1)?)..) == Some("]"))
            .then_some(())
    }
}
