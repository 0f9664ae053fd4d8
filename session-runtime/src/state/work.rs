//! What a commit takes out of the state, so that no lock is held while stores and closures run, and what it puts back,
//! whatever became of it.

use std::sync::Arc;

use super::change::Changes;
use super::{Closed, Live, State};
use crate::{Error, Record, SessionId, StoreKey};

/// A session that is to be deleted, with the content it had when this request saw it, if it did.
#[derive(Debug, Clone)]
pub(crate) struct Doomed {
    pub(crate) key: StoreKey,
    pub(crate) record: Option<Record>,
}

/// Everything a commit needs.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) base: Option<Arc<Live>>,
    pub(crate) changes: Changes,
    pub(crate) renew: bool,
    pub(crate) fresh: Option<SessionId>,
    pub(crate) doomed: Vec<Doomed>,
}

impl State {
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
            is_due: self.is_due,
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
            elsewhere: self.base.take().map(|live| Box::new(live.key)).or_else(|| self.elsewhere.take()),
            closed: Some(Closed::Interrupted),
            serial: self.serial + 1,
            left: std::mem::take(&mut self.left),
            ..Self::default()
        };
    }
}
