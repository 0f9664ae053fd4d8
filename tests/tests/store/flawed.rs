//! A plain store that keeps the contract, and that breaks one sentence of it when told to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use session_runtime::{
    Clock, Delete, DeleteIf, Error, ErrorKind, Expiry, Put, PutIf, Record, Store, StoreFuture, StoreKey,
    Touch,
};
use tokio::sync::watch;
use tokio::time::timeout;

pub(crate) const MAX_BYTES: usize = 200_000;
const YEAR_MS: u64 = 365 * 86_400_000;

/// What is wrong with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    IgnoresLetterCase,
    CutsKeys,
    TouchesAll,
    CachesInHandle,
    DiesWithHandle,
    TouchIsAChange,
    ExpiryOverflows,
    PutsInTwoSteps,
    DeletesInTwoSteps,
    TouchesInTwoSteps,
    PutsByAndBy,
    MixesUpAnswers,
    NothingIsEmpty,
    TrimsTexts,
    ExpiresEarly,
    NeverIsAYear,
    LoadsExpired,
    AllTimeRemains,
    NoTimeRemains,
    LoadKeepsLonger,
    NeverStores,
    ExpiredIsPresent,
    AbsentOverwrites,
    EqualIsNoConflict,
    ConflictsShowNothing,
    UnchangedStoresNothing,
    ComparesIdentity,
    ComparesLength,
    UnchangedCreates,
    UnchangedRevives,
    ConflictRenews,
    PutKeepsExpiry,
    NeverIsIgnored,
    ZeroIsNever,
    ZeroIsAnError,
    CutsTexts,
    RefusesTooLate,
    LimitIsLower,
    DeletesNothing,
    DeletesAnything,
    NothingIsDeleted,
    ExpiredIsDeleted,
    DeleteLeavesExpiry,
    TouchesNothing,
    TouchAdds,
    TouchShortens,
    TouchCreates,
    TouchRevives,
    TouchEndsNever,
    TouchRewrites,
}

#[derive(Clone)]
struct Entry {
    record: Record,
    /// In milliseconds; the largest number is never.
    until: u64,
    asked: u64,
    touched: bool,
}

impl Entry {
    fn new(record: &Record, until: u64, asked: u64) -> Self {
        Self { record: record.clone(), until, asked, touched: false }
    }
}

#[derive(Default)]
struct Shared {
    entries: HashMap<String, Entry>,
    expiry_of_deleted: HashMap<String, u64>,
    answers: VecDeque<Option<Record>>,
}

pub(crate) struct Flawed {
    flaw: Flaw,
    clock: Clock,
    shared: Arc<Mutex<Shared>>,
    /// Counts the first steps and the ends of writing operations, of all handles.
    steps: watch::Sender<u64>,
    cache: Mutex<HashMap<String, Option<Record>>>,
    own: Mutex<Vec<String>>,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw, clock: Clock) -> Self {
        let (shared, steps) = (Arc::default(), watch::Sender::default());
        Self { flaw, clock, shared, steps, cache: Mutex::default(), own: Mutex::default() }
    }

    /// Another handle to the same records.
    pub(crate) fn handle(&self) -> Self {
        let mut handle = Self::new(self.flaw, self.clock.clone());
        handle.shared = Arc::clone(&self.shared);
        handle.steps = self.steps.clone();
        handle
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == flaw
    }

    async fn pause_if(&self, flaw: Flaw) {
        if self.has(flaw) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Between the two steps of an operation that has `flaw`: goes on when another operation has come as far, or has
    /// ended. That some two of them overlap must not depend on how busy the machine is.
    async fn between_steps(&self, flaw: Flaw) {
        if self.has(flaw) {
            self.step();
            let mut others = self.steps.subscribe();
            // Nobody else may come: what prepares a check is alone.
            let _ = timeout(Duration::from_secs(1), others.changed()).await;
        }
    }

    fn step(&self) {
        self.steps.send_modify(|steps| *steps += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no panic under the lock")
    }

    fn name(&self, key: &StoreKey) -> String {
        match self.flaw {
            Flaw::IgnoresLetterCase => key.as_str().to_lowercase(),
            Flaw::CutsKeys => key.as_str().chars().take(60).collect(),
            _ => key.as_str().to_owned(),
        }
    }

    fn asked(&self, expiry: Expiry) -> u64 {
        match expiry {
            Expiry::Never if self.has(Flaw::NeverIsAYear) => YEAR_MS,
            Expiry::Never => u64::MAX,
            Expiry::After(Duration::ZERO) if self.has(Flaw::ZeroIsNever) => u64::MAX,
            Expiry::After(time) => u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn until(&self, expiry: Expiry) -> u64 {
        let (now, asked) = (self.clock.now_ms(), self.asked(expiry));
        match self.flaw {
            Flaw::ExpiryOverflows if expiry != Expiry::Never => now.wrapping_add(asked),
            Flaw::ExpiresEarly if asked != u64::MAX => now + asked / 2,
            _ => now.saturating_add(asked),
        }
    }

    fn is_over(&self, entry: &Entry) -> bool {
        entry.until <= self.clock.now_ms()
    }

    fn live(&self, shared: &Shared, name: &str) -> Option<Entry> {
        shared.entries.get(name).filter(|entry| !self.is_over(entry)).cloned()
    }

    fn same(&self, loaded: &Record, entry: &Entry) -> bool {
        match self.flaw {
            Flaw::ComparesIdentity => Arc::ptr_eq(loaded.shared_text(), entry.record.shared_text()),
            Flaw::ComparesLength => loaded.text().len() == entry.record.text().len(),
            Flaw::TouchIsAChange if entry.touched => false,
            _ => loaded.same_content(&entry.record),
        }
    }

    fn shown(&self, entry: Option<Entry>) -> Option<Record> {
        entry.map(|entry| entry.record).filter(|_| !self.has(Flaw::ConflictsShowNothing))
    }

    fn do_load(&self, name: &str) -> Option<Record> {
        let mut shared = self.lock();
        let Some(entry) = shared.entries.get_mut(name) else {
            return self.has(Flaw::NothingIsEmpty).then(|| Record::new(""));
        };
        if self.is_over(entry) && !self.has(Flaw::LoadsExpired) {
            return None;
        }
        let now = self.clock.now_ms();
        if self.has(Flaw::LoadKeepsLonger) {
            entry.until = now.saturating_add(entry.asked);
        }
        let left = match self.flaw {
            _ if entry.until == u64::MAX => return Some(entry.record.clone()),
            Flaw::AllTimeRemains => entry.asked,
            Flaw::NoTimeRemains => 1,
            _ => entry.until.saturating_sub(now),
        };
        Some(entry.record.clone().with_remaining(Duration::from_millis(left)))
    }

    /// What is in the way of a put, if anything.
    fn obstacle(&self, shared: &Shared, name: &str, condition: PutIf<'_>, new: &Record) -> Option<Put> {
        let (raw, live) = (shared.entries.get(name), self.live(shared, name));
        let holds = match (condition, &live) {
            (PutIf::Absent, _) if self.has(Flaw::NeverStores) => false,
            (PutIf::Absent, _) if self.has(Flaw::AbsentOverwrites) => true,
            (PutIf::Absent, Some(entry)) if self.has(Flaw::EqualIsNoConflict) => {
                entry.record.same_content(new)
            }
            (PutIf::Absent, None) => raw.is_none() || !self.has(Flaw::ExpiredIsPresent),
            (PutIf::Absent, Some(_)) => false,
            (PutIf::Unchanged(loaded), Some(entry)) => self.same(loaded, entry),
            (PutIf::Unchanged(loaded), None) => {
                self.has(Flaw::UnchangedCreates)
                    || self.has(Flaw::UnchangedRevives) && raw.is_some_and(|raw| self.same(loaded, raw))
            }
        };
        (!holds).then(|| Put::Conflict(self.shown(live)))
    }

    fn write(&self, shared: &mut Shared, name: &str, record: &Record, expiry: Expiry) {
        let mut until = self.until(expiry);
        if let Some(old) = shared.entries.get(name) {
            let keeps =
                self.has(Flaw::PutKeepsExpiry) || self.has(Flaw::NeverIsIgnored) && expiry == Expiry::Never;
            until = if keeps { old.until } else { until };
        }
        if let Some(old) = shared.expiry_of_deleted.remove(name) {
            until = old;
        }
        shared.entries.insert(name.to_owned(), Entry::new(record, until, self.asked(expiry)));
        self.own.lock().expect("no panic").push(name.to_owned());
    }

    async fn do_put(
        &self,
        name: String,
        condition: PutIf<'_>,
        new: &Record,
        expiry: Expiry,
    ) -> Result<Put, Error> {
        let mut new = new.clone();
        let limit = if self.has(Flaw::LimitIsLower) { MAX_BYTES - 1 } else { MAX_BYTES };
        if new.text().len() > limit {
            match self.flaw {
                Flaw::CutsTexts => new = Record::new(&new.text()[..limit]),
                Flaw::RefusesTooLate => {
                    self.write(&mut self.lock(), &name, &Record::new("cut"), expiry);
                    return Err(Error::new(ErrorKind::TooLarge));
                }
                _ => return Err(Error::new(ErrorKind::TooLarge)),
            }
        }
        if self.has(Flaw::TrimsTexts) {
            new = Record::new(new.text().trim());
        }
        if self.has(Flaw::ZeroIsAnError) && expiry == Expiry::After(Duration::ZERO) {
            return Err(Error::unavailable("invalid expire time"));
        }
        if self.has(Flaw::PutsInTwoSteps) || self.has(Flaw::PutsByAndBy) {
            let obstacle = self.obstacle(&self.lock(), &name, condition, &new);
            if let Some(conflict) = obstacle {
                return Ok(conflict);
            }
            if self.has(Flaw::PutsByAndBy) {
                self.write(&mut self.lock(), &name, &Record::new(""), expiry);
            }
            self.pause_if(Flaw::PutsByAndBy).await;
            self.between_steps(Flaw::PutsInTwoSteps).await;
            self.write(&mut self.lock(), &name, &new, expiry);
            return Ok(Put::Stored);
        }
        // From the look at what is there to the writing, nobody else comes in between.
        let mut shared = self.lock();
        if let Some(conflict) = self.obstacle(&shared, &name, condition, &new) {
            if self.has(Flaw::ConflictRenews)
                && let Some(entry) = shared.entries.get_mut(&name)
            {
                entry.until = self.until(expiry);
            }
            return Ok(conflict);
        }
        if !self.has(Flaw::UnchangedStoresNothing) || matches!(condition, PutIf::Absent) {
            self.write(&mut shared, &name, &new, expiry);
        }
        Ok(Put::Stored)
    }

    async fn do_delete(&self, name: String, condition: DeleteIf<'_>) -> Delete {
        if self.has(Flaw::DeletesInTwoSteps) {
            let found = self.to_delete(&self.lock(), &name, condition);
            return match found {
                Ok(entry) => {
                    self.between_steps(Flaw::DeletesInTwoSteps).await;
                    self.remove(&mut self.lock(), &name, &entry)
                }
                Err(answer) => answer,
            };
        }
        let mut shared = self.lock();
        match self.to_delete(&shared, &name, condition) {
            Ok(entry) => self.remove(&mut shared, &name, &entry),
            Err(answer) => answer,
        }
    }

    /// What a delete is to remove, or the answer if it must not.
    fn to_delete(&self, shared: &Shared, name: &str, condition: DeleteIf<'_>) -> Result<Entry, Delete> {
        let Some(entry) = self.live(shared, name) else {
            let raw = shared.entries.contains_key(name);
            let deleted = self.has(Flaw::NothingIsDeleted) && !raw || self.has(Flaw::ExpiredIsDeleted) && raw;
            return Err(if deleted { Delete::Deleted } else { Delete::Missing });
        };
        match condition {
            DeleteIf::Unchanged(loaded) if !self.same(loaded, &entry) && !self.has(Flaw::DeletesAnything) => {
                Err(Delete::Conflict(entry.record))
            }
            _ => Ok(entry),
        }
    }

    fn remove(&self, shared: &mut Shared, name: &str, entry: &Entry) -> Delete {
        if self.has(Flaw::DeleteLeavesExpiry) {
            shared.expiry_of_deleted.insert(name.to_owned(), entry.until);
        }
        if !self.has(Flaw::DeletesNothing) {
            shared.entries.remove(name);
        }
        Delete::Deleted
    }

    async fn do_touch(&self, name: String, expiry: Expiry) -> Touch {
        let until = self.until(expiry);
        let entry = {
            let mut shared = self.lock();
            let live = self.live(&shared, &name);
            let found = match self.flaw {
                Flaw::TouchCreates => live.or_else(|| Some(Entry::new(&Record::new(""), 0, 0))),
                Flaw::TouchRevives => shared.entries.get(&name).cloned(),
                _ => live,
            };
            let Some(mut entry) = found else { return Touch::Missing };
            if self.has(Flaw::TouchesAll) {
                shared.entries.values_mut().for_each(|entry| entry.until = entry.until.max(until));
            }
            if self.has(Flaw::TouchRewrites) {
                entry.record = Record::new(format!("{} ", entry.record.text()));
            }
            entry.touched = true;
            entry.until = match self.flaw {
                Flaw::TouchesNothing => entry.until,
                Flaw::TouchAdds => entry.until.saturating_add(self.asked(expiry)),
                Flaw::TouchShortens if entry.until != u64::MAX => until,
                Flaw::TouchEndsNever if entry.until == u64::MAX => until,
                Flaw::NeverIsIgnored if until == u64::MAX => entry.until,
                _ => entry.until.max(until),
            };
            if !self.has(Flaw::TouchesInTwoSteps) {
                shared.entries.insert(name.clone(), entry.clone());
            }
            entry
        };
        self.between_steps(Flaw::TouchesInTwoSteps).await;
        if self.has(Flaw::TouchesInTwoSteps) {
            self.lock().entries.insert(name, entry);
        }
        Touch::Touched
    }
}

impl Drop for Flawed {
    fn drop(&mut self) {
        if self.has(Flaw::DiesWithHandle) {
            for name in self.own.lock().expect("no panic").drain(..) {
                self.lock().entries.remove(&name);
            }
        }
    }
}

impl Store for Flawed {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(async move {
            let name = self.name(key);
            if self.has(Flaw::CachesInHandle) {
                let mut cache = self.cache.lock().expect("no panic");
                let found = self.do_load(&name);
                let cached = cache.entry(name).or_insert_with(|| found.clone());
                return Ok(if found.is_none() { cached.clone() } else { found });
            }
            let answer = self.do_load(&name);
            if !self.has(Flaw::MixesUpAnswers) {
                return Ok(answer);
            }
            self.lock().answers.push_back(answer);
            self.pause_if(Flaw::MixesUpAnswers).await;
            Ok(self.lock().answers.pop_front().flatten())
        })
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        Box::pin(async move {
            let put = self.do_put(self.name(key), condition, record, expiry).await;
            self.step();
            put
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(async move {
            let deleted = self.do_delete(self.name(key), condition).await;
            self.step();
            Ok(deleted)
        })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(async move {
            let touched = self.do_touch(self.name(key), expiry).await;
            self.step();
            Ok(touched)
        })
    }
}
