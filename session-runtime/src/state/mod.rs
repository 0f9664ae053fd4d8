//! The loaded record and what this request has done to it. Pure: no I/O, and the time is an argument.

mod change;
mod closed;
mod lifetime;
mod merge;
mod record;
mod work;

use std::sync::Arc;

use self::change::check_version;
pub(crate) use self::change::{Changes, Encoded, Outcome, Step, Target, Value};
pub(crate) use self::closed::Closed;
pub(crate) use self::lifetime::{Lifetime, Remember};
pub(crate) use self::merge::{apply, interrupted_key, rerun, write};
pub(crate) use self::record::{Found, Opened, Reading, Stored, is_past, moved_marker, to_number};
pub(crate) use self::work::{Doomed, Work};
use crate::clock::Now;
use crate::{Error, ErrorKind, SessionId, StoreKey};

/// A stored session under the id that leads to it.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) id: SessionId,
    pub(crate) key: StoreKey,
    pub(crate) opened: Opened,
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
    /// Whether the client's cookie may have to live for another time from now on.
    is_due: bool,
    closed: Option<Closed>,
    /// Where a `destroy` finds the session besides, or instead of, where it was loaded from. Apart, since it is rare and would
    /// double what every request moves about.
    elsewhere: Option<Box<StoreKey>>,
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
        Self { base, fresh: id, elsewhere: stored_at.map(Box::new), ..Self::default() }
    }

    /// Where a session is stored that was loaded from another place, or from none.
    pub(crate) fn elsewhere(&self) -> Option<StoreKey> {
        self.elsewhere.as_deref().copied()
    }

    /// The state of a request that came with an id that was replaced moments ago.
    pub(crate) fn rotated(target: StoreKey) -> Self {
        Self { closed: Some(Closed::Rotated), elsewhere: Some(Box::new(target)), ..Self::default() }
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

    /// Whether the cookie has to be sent again because of how long it lives.
    pub(crate) fn is_cookie_due(&self) -> bool {
        self.is_due || self.base.as_ref().is_some_and(|live| live.opened.lifetime().idle().is_some())
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

    /// Whether it can be changed.
    pub(crate) fn is_open(&self) -> bool {
        self.closed.is_none()
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

    /// Another time for which the session lives without being used.
    pub(crate) fn remember(&mut self, time: Remember) -> Result<(), Error> {
        self.open_for_change()?;
        self.changes.remember(time);
        self.is_due = true;
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
        if let Some(key) = self.elsewhere.take() {
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
        self.is_due = false;
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
}
