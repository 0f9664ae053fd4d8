//! What this process knows of the records that it put and touched: how long they are kept, so that most reads need no
//! touch, and that what it wrote itself need not be checked again.
//!
//! `GET` does not say when a key expires, and asking would be a second command with every read. But whoever wrote or
//! touched a record knows how long it is kept at least: a touch never shortens. So the last such time is remembered,
//! for as long as the content stays the same. It is a memory and no truth: what is forgotten costs one touch, or one
//! look through a text.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::store::Expiry;
use crate::{Clock, Record};

/// One slot per session, found by its name's hash; of two sessions with one slot the later one stays. 2 MiB.
const SLOTS: usize = 1 << 17;

#[derive(Default)]
struct Slot {
    /// 20 bits of the name's hash, 12 bits of the content's, and the second since the epoch until which the record is
    /// kept at least; 0 where that is not known.
    kept: AtomicU64,
    /// What the text hashes to that was last written here, if this process wrote it as a session's; 0 otherwise.
    written: AtomicU64,
}

const NAME: u64 = 0xFFFF_F000_0000_0000;
const CONTENT: u64 = 0x0000_0FFF_0000_0000;
const UNTIL: u64 = 0x0000_0000_FFFF_FFFF;

/// Whole seconds say too little of a shorter time: to drop a part of one would make every read seem worth a touch.
const SHORTEST: Duration = Duration::from_secs(16);

/// Until when a record is kept at least, to be taken before the command that makes it so is sent.
#[derive(Clone, Copy)]
pub(super) struct Until(u64);

impl Until {
    /// The last whole second before the end of `expiry`; not known for one that is short.
    pub(super) fn after(expiry: Expiry, clock: &Clock) -> Self {
        Self(match expiry {
            Expiry::After(time) if time < SHORTEST => 0,
            Expiry::Never => 0,
            Expiry::After(time) => {
                Duration::from_millis(clock.now_ms()).saturating_add(time).as_secs().min(UNTIL)
            }
        })
    }
}

pub(super) struct Kept {
    slots: Box<[Slot]>,
    /// Of the hash of texts: nobody can prepare two that have the same one.
    seed: u64,
}

impl Kept {
    pub(super) fn new() -> Self {
        let slots = (0..SLOTS).map(|_| Slot::default()).collect();
        Self { slots, seed: RandomState::new().hash_one(0) }
    }

    /// A record that was just put.
    pub(super) fn put(&self, name: &str, record: &Record, until: Until) {
        let (slot, name) = self.slot(name);
        let content = self.hash(record);
        slot.kept.store(name | content & CONTENT | until.0, Ordering::Relaxed);
        slot.written.store(if record.is_own() { content } else { 0 }, Ordering::Relaxed);
    }

    /// A record that was just touched, whatever its content is now.
    pub(super) fn touched(&self, name: &str, until: Until) {
        let (slot, name) = self.slot(name);
        let known = slot.kept.load(Ordering::Relaxed);
        if known & NAME == name {
            slot.kept.store(known & !UNTIL | until.0.max(known & UNTIL), Ordering::Relaxed);
        }
    }

    /// A record that was just loaded, with what is known of it.
    pub(super) fn loaded(&self, name: &str, record: Record, clock: &Clock) -> Record {
        let (slot, name) = self.slot(name);
        let content = self.hash(&record);
        let record = match slot.written.load(Ordering::Relaxed) == content {
            true => record.written_here(),
            false => record,
        };
        match slot.remaining(name | content & CONTENT, clock) {
            Some(remaining) => record.with_remaining(remaining),
            None => record,
        }
    }

    fn slot(&self, name: &str) -> (&Slot, u64) {
        let hash = xxh3_64(name.as_bytes());
        // The low bits choose the slot, so that the high ones tell its sessions apart.
        let at = usize::try_from(hash & (SLOTS as u64 - 1)).unwrap_or_default();
        (&self.slots[at], hash & NAME)
    }

    /// Never 0.
    fn hash(&self, record: &Record) -> u64 {
        xxh3_64_with_seed(record.text().as_bytes(), self.seed) | 1
    }
}

impl Slot {
    /// How long the record that was found is kept at least, if that is known.
    fn remaining(&self, found: u64, clock: &Clock) -> Option<Duration> {
        let known = self.kept.load(Ordering::Relaxed);
        if known & !UNTIL != found {
            self.kept.store(found, Ordering::Relaxed);
            return None;
        }
        let until = Some(known & UNTIL).filter(|until| *until > 0)?;
        Duration::from_secs(until).checked_sub(Duration::from_millis(clock.now_ms()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Kept, Until};
    use crate::Record;
    use crate::store::Expiry;
    use crate::testing::ManualClock;

    fn seconds(seconds: u64) -> Expiry {
        Expiry::After(Duration::from_secs(seconds))
    }

    #[test]
    fn what_was_put_or_touched_is_known_while_its_content_stays() {
        let (kept, clock) = (Kept::new(), ManualClock::at(5_000));
        let (one, two) = (Record::new("one"), Record::new("two"));
        let left = |record: &Record| {
            kept.loaded("name", record.clone(), &clock.clock()).remaining().map(|left| left.as_secs())
        };
        assert_eq!(left(&one), None);
        kept.touched("name", Until::after(seconds(100), &clock.clock()));
        assert_eq!(left(&one), Some(100));
        kept.touched("name", Until::after(seconds(50), &clock.clock()));
        assert_eq!(left(&one), Some(100), "a touch never shortens");
        clock.advance(Duration::from_secs(40));
        assert_eq!(left(&one), Some(60));
        assert_eq!(left(&two), None, "written by somebody else");
        assert_eq!(left(&one), None, "so that nothing is known any more");
        kept.put("name", &two, Until::after(seconds(30), &clock.clock()));
        assert_eq!(left(&two), Some(30));
        kept.put("name", &two, Until::after(Expiry::Never, &clock.clock()));
        assert_eq!(left(&two), None);
        kept.put("name", &two, Until::after(Expiry::After(Duration::from_millis(15_999)), &clock.clock()));
        assert_eq!(left(&two), None, "whole seconds say too little");
        kept.touched("another", Until::after(seconds(100), &clock.clock()));
        let another = kept.loaded("another", one, &clock.clock());
        assert_eq!(another.remaining(), None, "its content was not known");
    }

    #[test]
    fn only_what_was_put_as_a_session_of_this_process_is_its_own() {
        let (kept, clock) = (Kept::new(), ManualClock::at(5_000).clock());
        let until = || Until::after(Expiry::Never, &clock);
        let is_own = |text: &str| kept.loaded("name", Record::new(text), &clock).is_own();
        assert!(!is_own("one"));
        kept.put("name", &Record::own("one".into()), until());
        assert!(is_own("one"));
        assert!(!is_own("two"), "written by somebody else");
        assert!(is_own("one"), "it does not matter what was found meanwhile");
        kept.put("name", &Record::new("one"), until());
        assert!(!is_own("one"), "put as any text");
    }
}
