//! All shards together: what they hold in sum, and who has to leave.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::key::{CompactKey, Seed};
use super::shard::{Descent, Shard};
use super::slots::{Slot, Term};
use crate::StoreKey;
use crate::store::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Touch};

const SHARDS: usize = 64;
/// More than a process has memory for; a shard's part of it is far below what half of a hash tells apart.
const MOST_SESSIONS: usize = 1 << 29;
/// How many slots a put looks at for expired records. With four, about an eighth of the records have expired while
/// sessions come and go evenly.
const SWEEP: u32 = 4;
/// How many records a purge looks at before it lets others have the shard.
const PURGE: u32 = 64;

/// The sessions of a store. A shard is locked for one operation at a time, and no operation waits for two of them.
///
/// The lock of an eviction comes before that of a shard. What other threads count at the same moment needs no order:
/// the bounds are reserved by one atomic step each, and ticks are taken under the lock of the shard they are for.
pub(super) struct Table {
    seed: Seed,
    max_bytes: usize,
    max_sessions: usize,
    /// Every operation writes here. Beside the fields that every operation reads, each write would take those from the
    /// caches of all other processors. Together, as a put that writes all three then waits for one line.
    counts: Padded<Counts>,
    /// Every put into a full store writes here.
    eviction: Padded<Mutex<Eviction>>,
    shards: Box<[Padded<Mutex<Shard>>]>,
}

/// In cache lines of its own.
#[repr(align(128))]
struct Padded<T>(T);

struct Counts {
    bytes: AtomicUsize,
    sessions: AtomicUsize,
    ticks: AtomicU64,
}

/// For each shard a tick that its oldest record is not older than. The ticks of the oldest only rise, so this
/// stays true while others work, and the shard with the lowest is the only one to look into.
struct Eviction([u64; SHARDS]);

/// Which record, and when.
pub(super) struct Place {
    key: CompactKey,
    hash: u64,
    now: u64,
}

/// What a put needs and the bounds do not leave.
struct Shortage {
    bytes: usize,
    sessions: usize,
}

impl Table {
    pub(super) fn new(max_bytes: usize, max_sessions: usize) -> Self {
        let seed = Seed::random();
        Self {
            seed,
            max_bytes,
            max_sessions: max_sessions.clamp(1, MOST_SESSIONS),
            counts: Padded(Counts {
                bytes: AtomicUsize::new(0),
                sessions: AtomicUsize::new(0),
                ticks: AtomicU64::new(1),
            }),
            eviction: Padded(Mutex::new(Eviction([0; SHARDS]))),
            shards: (0..SHARDS).map(|_| Padded(Mutex::new(Shard::new(seed)))).collect(),
        }
    }

    pub(super) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    pub(super) fn bytes(&self) -> usize {
        self.counts.0.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn sessions(&self) -> usize {
        self.counts.0.sessions.load(Ordering::Relaxed)
    }

    pub(super) fn place(&self, key: &StoreKey, now: u64) -> Place {
        let key = CompactKey::of(key);
        Place { key, hash: self.seed.hash(key), now }
    }

    pub(super) fn load(&self, place: &Place) -> Option<Record> {
        let mut shard = self.shard(place);
        let at = self.find_used(&mut shard, place)?;
        shard.slot(at).map(|slot| record(slot, place.now))
    }

    pub(super) fn put(&self, place: &Place, condition: PutIf<'_>, new: &Record, expiry: Expiry) -> Put {
        let mut eviction = None;
        loop {
            let shortage = match self.try_put(place, condition, new, expiry) {
                Ok(put) => return put,
                Err(shortage) => shortage,
            };
            // Held until the record is in, so that two puts do not take each other's room.
            let eviction = eviction.get_or_insert_with(|| lock(&self.eviction.0));
            while self.lacks(&shortage) && self.evict(eviction, place.key) {}
        }
    }

    pub(super) fn delete(&self, place: &Place, condition: DeleteIf<'_>) -> Delete {
        let mut shard = self.shard(place);
        let Some(at) = self.find_live(&mut shard, place) else { return Delete::Missing };
        let Some(current) = shard.slot(at) else { return Delete::Missing };
        match condition {
            DeleteIf::Unchanged(loaded) if !loaded.holds(&current.content) => {
                Delete::Conflict(record(current, place.now))
            }
            DeleteIf::Any | DeleteIf::Unchanged(_) => {
                self.remove(&mut shard, at);
                Delete::Deleted
            }
        }
    }

    pub(super) fn touch(&self, place: &Place, expiry: Expiry) -> Touch {
        let mut shard = self.shard(place);
        let at = self.find_used(&mut shard, place);
        let Some(slot) = at.and_then(|at| shard.slot_mut(at)) else { return Touch::Missing };
        slot.term = slot.term.extended(place.end(expiry));
        Touch::Touched
    }

    /// Frees what has expired and says how many records it was. No lock is held for more than `PURGE` records, so that
    /// whoever needs the shard waits for those and not for all.
    pub(super) fn purge(&self, now: u64) -> usize {
        let mut freed = 0;
        for padded in &self.shards {
            let mut descent = Descent::from_the_top();
            while !descent.is_over() {
                let (mut shard, mut steps) = (lock(&padded.0), PURGE);
                while let Some(at) = shard.last_expired(now, &mut descent, &mut steps) {
                    self.remove(&mut shard, at);
                    freed += 1;
                }
                if descent.is_over() {
                    shard.shrink();
                }
            }
        }
        freed
    }

    /// Puts if the bounds leave room for it.
    fn try_put(
        &self,
        place: &Place,
        condition: PutIf<'_>,
        new: &Record,
        expiry: Expiry,
    ) -> Result<Put, Shortage> {
        let mut shard = self.shard(place);
        self.sweep(&mut shard, place.now, SWEEP);
        let at = self.find_used(&mut shard, place);
        let current = at.and_then(|at| shard.slot(at));
        let holds = match (condition, current) {
            (PutIf::Absent, current) => current.is_none(),
            (PutIf::Unchanged(loaded), Some(current)) => loaded.holds(&current.content),
            (PutIf::Unchanged(_), None) => false,
        };
        if !holds {
            return Ok(Put::Conflict(current.map(|slot| record(slot, place.now))));
        }

        let (old_len, new_len) = (current.map_or(0, |slot| slot.content.text().len()), new.text().len());
        let more = Shortage { bytes: new_len.saturating_sub(old_len), sessions: usize::from(at.is_none()) };
        self.reserve(more)?;
        let (content, term) = (new.content().clone(), Term::new(place.end(expiry), new.is_own()));
        if let Some(slot) = at.and_then(|at| shard.slot_mut(at)) {
            (slot.content, slot.term) = (content, term);
            if new_len < old_len {
                self.counts.0.bytes.fetch_sub(old_len - new_len, Ordering::Relaxed);
            }
        } else {
            shard.insert(place.hash, Slot { key: place.key, content, term, used: self.tick() });
        }
        Ok(Put::Stored)
    }

    /// Takes from what the bounds leave, all or nothing.
    fn reserve(&self, more: Shortage) -> Result<(), Shortage> {
        let take = |used: &AtomicUsize, more: usize, max: usize| {
            let sum = |used: usize| used.checked_add(more).filter(|sum| *sum <= max);
            more == 0 || used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok()
        };
        if !take(&self.counts.0.sessions, more.sessions, self.max_sessions) {
            return Err(more);
        }
        if !take(&self.counts.0.bytes, more.bytes, self.max_bytes) {
            self.counts.0.sessions.fetch_sub(more.sessions, Ordering::Relaxed);
            return Err(more);
        }
        Ok(())
    }

    fn lacks(&self, more: &Shortage) -> bool {
        self.bytes().saturating_add(more.bytes) > self.max_bytes
            || self.sessions().saturating_add(more.sessions) > self.max_sessions
    }

    /// Removes the record that was used least recently, but for the one under `except`; `false` if there is none, or
    /// if others use records faster than this can look.
    fn evict(&self, Eviction(bounds): &mut Eviction, except: CompactKey) -> bool {
        for _ in 0..8 * SHARDS {
            let Some((at, bound)) = bounds.iter_mut().enumerate().min_by_key(|(_, bound)| **bound) else {
                break;
            };
            let mut shard = lock(&self.shards[at].0);
            let Some((oldest, key, used)) = shard.oldest().and_then(|at| {
                let slot = shard.slot(at)?;
                Some((at, slot.key, slot.used.get()))
            }) else {
                // What comes into an empty shard gets this tick or a later one.
                *bound = self.counts.0.ticks.load(Ordering::Relaxed);
                continue;
            };
            if used > *bound {
                *bound = used;
            } else if key == except {
                shard.renew(oldest, self.tick());
            } else {
                self.remove(&mut shard, oldest);
                return true;
            }
        }
        false
    }

    /// The record if there is a live one, which is now the most recently used.
    fn find_used(&self, shard: &mut Shard, place: &Place) -> Option<usize> {
        let at = self.find_live(shard, place)?;
        shard.renew(at, self.tick());
        Some(at)
    }

    /// The record if there is a live one; an expired one is freed.
    fn find_live(&self, shard: &mut Shard, place: &Place) -> Option<usize> {
        let at = shard.find(place.hash, place.key)?;
        if shard.slot(at)?.is_expired(place.now) {
            self.remove(shard, at);
            return None;
        }
        Some(at)
    }

    fn sweep(&self, shard: &mut Shard, now: u64, mut steps: u32) -> usize {
        let mut freed = 0;
        while let Some(at) = shard.next_expired(now, &mut steps) {
            self.remove(shard, at);
            freed += 1;
        }
        freed
    }

    fn remove(&self, shard: &mut Shard, at: usize) {
        let Some(slot) = shard.remove(at) else { return };
        self.counts.0.bytes.fetch_sub(slot.content.text().len(), Ordering::Relaxed);
        self.counts.0.sessions.fetch_sub(1, Ordering::Relaxed);
    }

    fn shard(&self, place: &Place) -> MutexGuard<'_, Shard> {
        let [first, ..] = place.hash.to_be_bytes();
        lock(&self.shards[usize::from(first) % SHARDS].0)
    }

    /// The first tick is one.
    fn tick(&self) -> NonZeroU64 {
        NonZeroU64::new(self.counts.0.ticks.fetch_add(1, Ordering::Relaxed)).unwrap_or(NonZeroU64::MAX)
    }
}

impl Place {
    /// The time until which a record put now is kept. Part of a millisecond counts as a whole one: never too short.
    fn end(&self, expiry: Expiry) -> u64 {
        match expiry {
            Expiry::Never => Term::NEVER,
            Expiry::After(time) => {
                let ms = time.as_nanos().div_ceil(1_000_000);
                self.now.saturating_add(u64::try_from(ms).unwrap_or(Term::NEVER))
            }
        }
    }
}

fn record(slot: &Slot, now: u64) -> Record {
    let record = Record::of(slot.content.clone(), slot.term.is_own());
    match slot.term.end() {
        Term::NEVER => record,
        end => record.with_remaining(Duration::from_millis(end.saturating_sub(now))),
    }
}

/// No code of others runs under a lock, so one that is poisoned all the same holds nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
