//! A session beyond its request: it starts from what is stored, under the id that the client holds once the request is
//! through.

use std::sync::Arc;

use super::Exchange;
use crate::state::{Live, State};
use crate::{Error, ErrorKind};

impl Exchange {
    /// The same session for use beyond the request, under the id the client holds once the request is through.
    pub(crate) fn detach(&self) -> Self {
        let (id, live, moved) = self.with(|state| (state.id(), state.base().cloned(), state.elsewhere()));
        let detached = Self::new(&self.0.sessions, id, true);
        let stored_at = id.map(|id| self.config().key(&id)).or(moved);
        let _ = detached.keep(Ok(State::detached(live, id, stored_at)));
        detached
    }

    /// Reads a detached session anew, and keeps it alive.
    pub(super) async fn refresh(&self) -> Result<(), Error> {
        let Some(id) = self.0.presented.filter(|_| !self.with(|state| state.was_destroyed())) else {
            return Ok(());
        };
        match self.shared().find(&id, &self.budget()).await? {
            Some(live) => {
                self.with(|state| state.rebase(live));
                self.keep_alive().await;
                Ok(())
            }
            // Its request has not stored it yet.
            None if self.is_unplaced() && self.with(|state| state.is_open()) => Ok(()),
            None => {
                self.with(State::interrupt);
                Err(Error::hinted(ErrorKind::Interrupted, "it has ended, or its id was replaced"))
            }
        }
    }

    /// Whether this is a detached session that has not seen what is stored under the id its client holds: its request had
    /// not stored it when it was made.
    pub(super) fn is_unplaced(&self) -> bool {
        let seen = self.with(|state| state.base().map(|live| live.id));
        self.0.detached && (seen.is_none() || seen != self.0.presented)
    }

    /// What is stored by now for such a session.
    pub(super) async fn find_detached(&self) -> Result<Option<Arc<Live>>, Error> {
        let was_destroyed = self.with(|state| state.was_destroyed());
        match &self.0.presented {
            Some(id) if self.is_unplaced() && !was_destroyed => self.shared().find(id, &self.budget()).await,
            _ => Ok(None),
        }
    }
}
