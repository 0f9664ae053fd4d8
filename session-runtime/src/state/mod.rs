//! The loaded record and what this request has done to it. Pure: no I/O, and the time is an argument.

mod change;
mod merge;
mod record;

use std::sync::Arc;

use self::change::check_version;
pub(crate) use self::change::{Changes, Encoded, Outcome, Step, Target, Value};
pub(crate) use self::merge::{apply, interrupted_key, rerun, write};
pub(crate) use self::record::{Found, Opened, Reading, Stored, moved_marker, to_number};
use crate::clock::Now;
use crate::{Error, ErrorKind, Record, SessionId, StoreKey};

/// A stored session under the id that leads to it.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) id: SessionId,
    pub(crate) key: StoreKey,
    pub(crate) opened: Opened,
}

/// A session that is to be deleted, with the content it had when this request saw it, if it did.
#[derive(Debug, Clone)]
pub(crate) struct Doomed {
    pub(crate) key: StoreKey,
    pub(crate) record: Option<Record>,
}

/// Why a session can no longer be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The client came with an id that was replaced moments ago.
    Rotated,
    /// The response has started.
    Responded,
    /// A `save` is under way, or was dropped half way.
    Saving,
    /// A commit found the session destroyed or replaced.
    Interrupted,
}

impl Closed {
    fn error(self) -> Error {
        match self {
            Self::Rotated => Error::hinted(
                ErrorKind::Interrupted,
                "its id was replaced by a parallel request; this request may only read, the next one carries the new id",
            ),
            Self::Responded => Error::hinted(
                ErrorKind::Closed,
                "the response has started; take `detach()` in the handler and `save()` it yourself",
            ),
            Self::Saving => Error::hinted(
                ErrorKind::Closed,
                "a `save` of this session is under way or was given up half way; await it first",
            ),
            Self::Interrupted => Error::hinted(
                ErrorKind::Interrupted,
                "nothing of this request was written; start over with a new request",
            ),
        }
    }
}

/// Where the value of a key is to be read from.
#[derive(Debug)]
pub(crate) enum Source {
    /// There is none.
    Absent,
    /// From this request's own change.
    Pending(Value),
    /// From the record that was loaded.
    Stored(Arc<Live>, Found),
}

/// Everything a commit needs; taken out of the state, so that no lock is held while stores and closures run.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) base: Option<Arc<Live>>,
    pub(crate) changes: Changes,
    pub(crate) renew: bool,
    pub(crate) fresh: Option<SessionId>,
    pub(crate) doomed: Vec<Doomed>,
}

/// One request's session.
#[derive(Default)]
pub(crate) struct State {
    base: Option<Arc<Live>>,
    changes: Changes,
    /// The id of a session that does not exist yet: a new one's, or the next one's after `regenerate`.
    fresh: Option<SessionId>,
    renew: bool,
    doomed: Vec<Doomed>,
    destroyed: bool,
    /// When the record was loaded, where somebody will want to know (milliseconds since the epoch).
    seen_at: u64,
    /// Whether this request has found out since, by writing or by looking, that its id is the one in use.
    current: bool,
    /// Whether `set` or `update` was called, which makes Astro send the cookie again.
    touched: bool,
    closed: Option<Closed>,
    /// Where the session went whose id was replaced. Apart, since it is rare and would double what every request moves about.
    moved_to: Option<Box<StoreKey>>,
    /// Counts changes, so that an `update` notices when another thread was faster.
    serial: u64,
    /// Closures that will not run again, to be dropped by [`take_left`](Self::take_left).
    left: Vec<Step>,
}

impl State {
    /// The state of a request that found `base` behind its cookie, or nothing.
    pub(crate) fn new(base: Option<Arc<Live>>) -> Self {
        Self { base, ..Self::default() }
    }

    /// As [`Self::new`], noting the time.
    pub(crate) fn seen(base: Arc<Live>, now: Option<u64>) -> Self {
        Self { base: Some(base), seen_at: now.unwrap_or_default(), ..Self::default() }
    }

    /// The state of a session beyond its request.
    ///
    /// `stored_at`: where the session is stored once that request is through, for a `destroy`.
    pub(crate) fn detached(
        base: Option<Arc<Live>>,
        id: Option<SessionId>,
        stored_at: Option<StoreKey>,
    ) -> Self {
        Self { base, fresh: id, moved_to: stored_at.map(Box::new), ..Self::default() }
    }

    /// Where the session is stored whose id was replaced.
    pub(crate) fn moved_to(&self) -> Option<StoreKey> {
        self.moved_to.as_deref().copied()
    }

    /// The state of a request that came with an id that was replaced moments ago.
    pub(crate) fn rotated(target: StoreKey) -> Self {
        Self { closed: Some(Closed::Rotated), moved_to: Some(Box::new(target)), ..Self::default() }
    }

    pub(crate) fn base(&self) -> Option<&Arc<Live>> {
        self.base.as_ref()
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.changes
    }

    pub(crate) fn was_destroyed(&self) -> bool {
        self.destroyed
    }

    pub(crate) fn seen_at(&self) -> u64 {
        self.seen_at
    }

    pub(crate) fn is_current(&self) -> bool {
        self.current
    }

    pub(crate) fn is_looked_at(&mut self) {
        self.current = true;
    }

    pub(crate) fn was_touched(&self) -> bool {
        self.touched
    }

    pub(crate) fn has_doomed(&self) -> bool {
        !self.doomed.is_empty()
    }

    /// Whether there is anything for a commit to do.
    pub(crate) fn is_dirty(&self) -> bool {
        !self.changes.is_empty() || self.renew || self.has_doomed()
    }

    /// The id the client holds after this request, if all goes well.
    pub(crate) fn id(&self) -> Option<SessionId> {
        self.fresh.or_else(|| self.base.as_ref().map(|live| live.id))
    }

    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    pub(crate) fn read<'a>(&self, key: &str, now: impl Into<Now<'a>>) -> Source {
        let now = now.into();
        if let Some(change) = self.changes.get(key) {
            return match &change.value {
                Some(value) if value.expires.is_none_or(|expires| expires >= to_number(now.ms())) => {
                    Source::Pending(value.clone())
                }
                _ => Source::Absent,
            };
        }
        match &self.base {
            Some(live) => match live.opened.find(key, now) {
                Some(found) => Source::Stored(Arc::clone(live), found),
                None => Source::Absent,
            },
            None => Source::Absent,
        }
    }

    /// The keys that have a value now, in the order in which they would be stored.
    pub(crate) fn keys(&self, now: u64) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        if let Some(live) = &self.base {
            let kept = |key: &str| self.changes.get(key).is_none_or(|change| change.value.is_some());
            keys.extend(live.opened.live(now).map(|(key, _)| key.into_owned()).filter(|key| kept(key)));
        }
        for (key, change) in self.changes.iter() {
            let is_stored = || self.base.as_ref().is_some_and(|live| live.opened.get(key, now).is_some());
            if change.value.is_some() && !is_stored() {
                keys.push(key.to_owned());
            }
        }
        keys
    }

    fn open_for_change(&mut self) -> Result<(), Error> {
        match self.closed {
            Some(closed) => Err(closed.error()),
            None => {
                self.serial += 1;
                Ok(())
            }
        }
    }

    /// Whether a value may be claimed now.
    pub(crate) fn open_for_claim(&self) -> Result<(), Error> {
        match self.closed {
            Some(closed @ (Closed::Responded | Closed::Saving)) => Err(closed.error()),
            _ => Ok(()),
        }
    }

    fn name_new_session(&mut self) {
        if self.base.is_none() && self.fresh.is_none() {
            self.fresh = Some(SessionId::random());
        }
    }

    /// The version of what `key` holds now.
    fn version(&self, key: &str, now: Now<'_>) -> Option<u32> {
        match self.changes.get(key) {
            Some(change) => change.value.as_ref()?.encoded.version,
            None => self.base.as_ref()?.opened.get(key, now)?.version,
        }
    }

    /// `set` and `remove`.
    pub(crate) fn replace<'a>(
        &mut self,
        target: Target,
        value: Option<Value>,
        now: impl Into<Now<'a>>,
    ) -> Result<(), Error> {
        if value.is_none() && self.closed == Some(Closed::Rotated) {
            // Such a session has no keys, and removing an absent key is nothing.
            return Ok(());
        }
        check_version(&target.key, self.version(&target.key, now.into()), target.knows)?;
        self.open_for_change()?;
        if value.is_some() {
            self.touched = true;
            self.name_new_session();
        }
        self.left.append(&mut self.changes.replace(target, value));
        Ok(())
    }

    /// `update`, after its closure has run on what was read at `serial`. `Ok(Err(step))`: another thread was faster,
    /// run the step again.
    pub(crate) fn push_step(
        &mut self,
        serial: u64,
        target: Target,
        step: Step,
        outcome: Outcome,
    ) -> Result<Result<(), Step>, Error> {
        if self.serial != serial {
            return Ok(Err(step));
        }
        self.open_for_change()?;
        if outcome.value.is_some() {
            self.touched = true;
            self.name_new_session();
        }
        self.changes.push_step(target, step, outcome);
        Ok(Ok(()))
    }

    /// A new id for the same data, from the commit on.
    pub(crate) fn regenerate(&mut self) -> Result<(), Error> {
        self.open_for_change()?;
        if self.base.is_some() || self.fresh.is_some() {
            self.renew = self.base.is_some();
            self.fresh = Some(SessionId::random());
        }
        Ok(())
    }

    /// The end of the session and of all changes so far; what is set afterwards starts a new one.
    pub(crate) fn destroy(&mut self) -> Result<(), Error> {
        if matches!(self.closed, Some(Closed::Responded | Closed::Saving)) {
            self.open_for_change()?;
        }
        self.serial += 1;
        self.forget_changes();
        self.renew = false;
        self.fresh = None;
        self.destroyed = true;
        if let Some(live) = self.base.take() {
            self.doomed.push(Doomed { key: live.key, record: Some(live.opened.record.clone()) });
        }
        if let Some(key) = self.moved_to.take() {
            self.doomed.push(Doomed { key: *key, record: None });
        }
        Ok(())
    }

    /// Forgets what was changed and not yet saved; a `destroy` stays.
    pub(crate) fn discard(&mut self) {
        if !self.changes.is_empty() || self.fresh.is_some() || self.touched {
            self.serial += 1;
        }
        self.forget_changes();
        self.renew = false;
        self.fresh = None;
        self.touched = false;
    }

    fn forget_changes(&mut self) {
        let mut changes = std::mem::take(&mut self.changes);
        self.left.append(&mut changes.take_steps());
    }

    /// The closures that will not run again. They are a program's own, and so is what happens when they are dropped:
    /// nothing of it may happen under the lock that the state is behind.
    pub(crate) fn take_left(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.left)
    }

    /// Another session takes this one's place.
    pub(crate) fn switch_to(&mut self, live: Arc<Live>) -> Result<(), Error> {
        if self.is_dirty() {
            return Err(Error::hinted(
                ErrorKind::Closed,
                "`load` would drop changes that are not saved; call `save()` or `discard()` first",
            ));
        }
        self.open_for_change()?;
        self.base = Some(live);
        self.fresh = None;
        self.destroyed = false;
        Ok(())
    }

    /// What is stored has changed, by a commit of its own beside the changes recorded here.
    pub(crate) fn rebase(&mut self, base: Arc<Live>) {
        self.serial += 1;
        self.base = Some(base);
    }

    /// Refuses changes from now on. Those that are not committed stay for readers, but nothing makes them anew.
    pub(crate) fn close(&mut self, why: Closed) {
        self.closed.get_or_insert(why);
        self.left.append(&mut self.changes.take_steps());
    }

    /// Takes out what is to be committed. Readers still see it, unless there are none; until [`end`](Self::end) nothing
    /// more can be changed.
    ///
    /// # Errors
    /// The session cannot be written from here.
    pub(crate) fn begin(&mut self, is_alone: bool) -> Result<Work, Error> {
        match self.closed {
            None => self.closed = Some(Closed::Saving),
            // Its changes were refused when they were made; what is left is a `destroy`, which counts all the same.
            Some(Closed::Rotated | Closed::Interrupted) => {}
            // A `save` was given up before all deletions had come through.
            Some(Closed::Saving) if self.has_doomed() && self.changes.is_empty() => {}
            Some(closed) => return Err(closed.error()),
        }
        let frozen = if is_alone { Changes::default() } else { self.changes.frozen() };
        Ok(Work {
            base: self.base.clone(),
            changes: std::mem::replace(&mut self.changes, frozen),
            renew: self.renew,
            fresh: self.fresh,
            doomed: std::mem::take(&mut self.doomed),
        })
    }

    /// The commit came through: `base` is what is stored now.
    pub(crate) fn end(&mut self, base: Option<Arc<Live>>) {
        let closed = self.closed.filter(|closed| *closed != Closed::Saving);
        self.forget_changes();
        let is_written = match (&self.base, &base) {
            (Some(before), Some(after)) => !Arc::ptr_eq(before, after),
            (before, after) => before.is_none() && after.is_some(),
        };
        *self = Self {
            base,
            seen_at: self.seen_at,
            current: self.current || is_written,
            closed,
            destroyed: self.destroyed,
            touched: self.touched,
            serial: self.serial + 1,
            left: std::mem::take(&mut self.left),
            ..Self::default()
        };
    }

    /// The commit was given up before these came through.
    pub(crate) fn give_back(&mut self, doomed: Vec<Doomed>) {
        self.doomed = doomed;
    }

    /// Nobody knows whether the commit came through: readers see what it was about.
    pub(crate) fn leave_open(&mut self, work: Work) {
        self.changes = work.changes;
    }

    /// The commit failed with nothing written: everything is as it was before it, and may be tried again.
    pub(crate) fn restore(&mut self, work: Work) {
        self.closed = self.closed.filter(|closed| *closed != Closed::Saving);
        self.changes = work.changes;
        self.doomed = work.doomed;
    }

    /// The commit found the session gone: nothing more can come of this request's changes.
    pub(crate) fn interrupt(&mut self) {
        self.forget_changes();
        *self = Self {
            destroyed: self.destroyed,
            // A `destroy` that follows finds it, wherever it has gone.
            moved_to: self.base.take().map(|live| Box::new(live.key)).or_else(|| self.moved_to.take()),
            closed: Some(Closed::Interrupted),
            serial: self.serial + 1,
            left: std::mem::take(&mut self.left),
            ..Self::default()
        };
    }
}
