//! Equal keys and members of a container that is being written: JavaScript holds one of them.

use std::collections::HashSet;
use std::hash::Hash;

use super::{Item, Open, Writer};
use crate::devalue::slot::Slot;

impl Writer {
    /// The keys of an object that is open, as they are written, and their values.
    pub(crate) fn keys_of(&self, open: &Open) -> impl Iterator<Item = (&[u8], Slot)> + Clone {
        let mut from = open.keys;
        let items = self.items.get(open.items..).unwrap_or_default();
        items.iter().map(move |item: &Item| {
            let key = self.keys.get(from..item.mark).unwrap_or_default();
            from = item.mark;
            (key, item.slot)
        })
    }

    /// Whether an object that is open has a key twice.
    pub(crate) fn has_twin_keys(&self, open: &Open) -> bool {
        has_twins(self.keys_of(open).map(|(key, _)| key))
    }

    /// Whether a Map (every second item is a key) or a Set (every one is) that is open has a member twice. Equal primitives
    /// are one entry.
    pub(crate) fn has_twin_members(&self, open: &Open, step: usize) -> bool {
        let items = self.items.get(open.items..).unwrap_or_default();
        has_twins(items.iter().step_by(step).map(|item| item.slot))
    }
}

/// So many are compared one by one.
const FEW: usize = 12;

fn has_twins<T: Ord + Hash + Copy>(mut items: impl Iterator<Item = T> + Clone) -> bool {
    // What is new comes in order, and so do the keys of many maps.
    if items.clone().is_sorted_by(|before, next| before < next) {
        return false;
    }
    if items.clone().nth(FEW).is_none() {
        let earlier = items.clone();
        return items.enumerate().any(|(at, item)| earlier.clone().take(at).any(|earlier| earlier == item));
    }
    let mut known = HashSet::new();
    !items.all(|item| known.insert(item))
}
