//! From the hash of a key to the number of its slot: open addressing in 4 bytes per place.

/// One place: 8 bits of the hash above 24 bits of a slot's number.
const EMPTY: u32 = u32::MAX;
const SLOT: u32 = (1 << 24) - 1;

/// A table of slot numbers. It knows no keys: whoever asks it compares those.
///
/// Its length is no power of two, so that it can grow by a third and waste little.
#[derive(Default)]
pub(super) struct Index(Vec<u32>);

impl Index {
    /// How many slots can be told apart: `EMPTY` must not look like a slot.
    pub(super) const MAX_SLOTS: usize = SLOT as usize;

    /// An index of the slots that these hashes belong to, in their order, with room for some more.
    pub(super) fn rebuilt(hashes: impl ExactSizeIterator<Item = u64>) -> Self {
        let len = hashes.len();
        let mut index = Self(if len == 0 { Vec::new() } else { vec![EMPTY; len + len / 2 + 2] });
        for (slot, hash) in (0_u32..).zip(hashes) {
            index.insert(hash, slot);
        }
        index
    }

    /// Whether one more of `len` slots would crowd it, or `len` slots leave most of it empty.
    pub(super) fn fits(&self, len: usize) -> bool {
        let places = self.0.len();
        len * 5 <= places * 4 && (len * 3 >= places || places < 32)
    }

    /// The place at which the slot with this hash stands for which `is` holds.
    pub(super) fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<usize> {
        let tag = tag(hash);
        let mut place = self.home(hash);
        loop {
            let entry = *self.0.get(place)?;
            if entry == EMPTY {
                return None;
            }
            if entry & !SLOT == tag && is(entry & SLOT) {
                return Some(place);
            }
            place = self.after(place);
        }
    }

    /// The slot at a place that `find` gave.
    pub(super) fn slot(&self, place: usize) -> u32 {
        self.0[place] & SLOT
    }

    /// Adds a slot. It must fit.
    pub(super) fn insert(&mut self, hash: u64, slot: u32) {
        let mut place = self.home(hash);
        while self.0[place] != EMPTY {
            place = self.after(place);
        }
        self.0[place] = tag(hash) | slot;
    }

    /// Lets the place hold another slot, whose key is the same.
    pub(super) fn renumber(&mut self, place: usize, slot: u32) {
        self.0[place] = self.0[place] & !SLOT | slot;
    }

    /// Empties a place and closes the gap, so that no search ends too early.
    pub(super) fn remove(&mut self, place: usize, hash_of: impl Fn(u32) -> u64) {
        let mut gap = place;
        let mut place = self.after(gap);
        while self.0[place] != EMPTY {
            let home = self.home(hash_of(self.0[place] & SLOT));
            if self.distance(home, place) >= self.distance(gap, place) {
                self.0[gap] = self.0[place];
                gap = place;
            }
            place = self.after(place);
        }
        self.0[gap] = EMPTY;
    }

    /// Where a search begins: the hash's lower half, scaled to the length.
    fn home(&self, hash: u64) -> usize {
        usize::try_from(((hash & 0xffff_ffff) * self.0.len() as u64) >> 32).unwrap_or_default()
    }

    fn after(&self, place: usize) -> usize {
        if place + 1 == self.0.len() { 0 } else { place + 1 }
    }

    /// How many steps lead from one place to the other.
    fn distance(&self, from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + self.0.len() - from }
    }
}

fn tag(hash: u64) -> u32 {
    let [_, tag, ..] = hash.to_be_bytes();
    u32::from(tag) << 24
}
