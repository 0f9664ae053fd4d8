//! The end of a request: its changes are written, or else its session's time is put off, and its client gets a cookie
//! where it needs one.

use std::fmt;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use super::sessions::Found;
use super::{Exchange, lock, unlock};
use crate::state::{Closed, Live, State};
use crate::{Error, Expiry, log};

/// For so long an id that was loaded counts as the one in use, in milliseconds: a response takes about as long to arrive.
const FRESH_MS: u64 = 10;

/// What a web adapter has to do after the handler.
#[derive(Clone)]
#[non_exhaustive]
pub struct Finish {
    /// The value of a `Set-Cookie` header to append.
    pub set_cookie: Option<String>,
    /// Whether the request used its session, so that the response varies with the cookie.
    pub used: bool,
    /// What to answer instead of the handler's response: its changes could not be written.
    pub error: Option<Error>,
}

impl fmt::Debug for Finish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The cookie holds the id.
        f.debug_struct("Finish")
            .field("set_cookie", &self.set_cookie.is_some())
            .field("used", &self.used)
            .field("error", &self.error)
            .finish()
    }
}

impl Exchange {
    /// Ends the request: writes its changes unless `status` says that it failed (5xx, 408), and says what the response
    /// needs. A `destroy` counts whatever the status. Afterwards the session can be read but no longer changed.
    pub async fn finish(&self, status: u16) -> Finish {
        let mut work = match self.settle(status) {
            Ok(finish) => return finish,
            Err(mut state) => state.is_dirty().then(|| state.begin(self.is_alone())),
        };
        let close_if_written = |state: &mut State| state.is_current().then(|| self.close(state));
        let (outcome, closed) = match &mut work {
            Some(Ok(work)) => self.commit(work, None, close_if_written).await,
            Some(Err(error)) => (Err(error.clone()), None),
            None => (Ok(()), None),
        };
        let set_cookie = match closed {
            Some(set_cookie) => set_cookie,
            None => {
                if outcome.is_ok() {
                    Box::pin(self.keep_alive()).await;
                }
                self.with(|state| self.close(state))
            }
        };
        let error = outcome.err().inspect(log::request_failed);
        Finish { set_cookie, used: true, error }
    }

    /// Whether nobody else has the session, so that nobody looks at it before this method's caller is done.
    fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// As [`finish`](Self::finish), if the store need not be asked: `None` where it must be.
    ///
    /// ```
    /// # use session_runtime::{MemoryStore, SessionConfig, Sessions};
    /// let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    /// let exchange = sessions.begin([]);
    /// assert!(exchange.finish_at_once(200).is_some_and(|finish| !finish.used));
    /// ```
    #[must_use]
    pub fn finish_at_once(&self, status: u16) -> Option<Finish> {
        self.settle(status).ok()
    }

    /// As [`Self::finish_at_once`]; gives the state back for what is left to do.
    fn settle(&self, status: u16) -> Result<Finish, MutexGuard<'_, State>> {
        let mut state = match self.0.loaded.get() {
            Some(Ok(state)) => lock(state),
            loaded => return Ok(Finish { set_cookie: None, used: loaded.is_some(), error: None }),
        };
        if status >= 500 || status == 408 {
            state.discard();
        }
        let is_doubtful = || self.sends_again(&state) && !self.is_current(&state);
        let is_due = |live: &Arc<Live>| self.is_running_out(live).is_some() || is_doubtful();
        if state.is_dirty() || state.base().is_some_and(is_due) {
            return Err(state);
        }
        let set_cookie = self.close(&mut state);
        unlock(state);
        Ok(Finish { set_cookie, used: true, error: None })
    }

    /// Ends a request that was given up before its handler was done, as when the client has gone away: nothing is written.
    /// After [`finish`](Self::finish), and for a request that did not use its session, it does nothing.
    ///
    /// Without it, a closure that was given to `update` and holds the session itself would keep both in memory for good.
    ///
    /// ```
    /// # use session_runtime::{MemoryStore, SessionConfig, Sessions};
    /// let exchange = Sessions::new(MemoryStore::new(), SessionConfig::default()).begin([]);
    /// exchange.abandon();
    /// assert!(exchange.is_untouched());
    /// ```
    pub fn abandon(&self) {
        if !self.is_untouched() {
            self.with(|state| state.close(Closed::Responded));
        }
    }

    /// How long a session that was only read is to be kept from now on, if its time has run down enough to be worth a
    /// call.
    fn is_running_out(&self, live: &Live) -> Option<Expiry> {
        let config = self.config();
        let left = live.opened.record.remaining();
        let is_worth_it = |full: Duration| left.is_none_or(|left| left < full - full / 16);
        let lifetime = live.opened.lifetime();
        // No session is kept for longer than that. If as much is left, nobody has to know what time it is.
        if !is_worth_it(config.idle_of(lifetime)?) {
            return None;
        }
        let expiry = config.expiry(lifetime, self.clock().now_ms())?;
        matches!(expiry, Expiry::After(full) if is_worth_it(full)).then_some(expiry)
    }

    /// Whether the cookie is sent again although the client has it: Astro does so after every `set`, and a cookie that
    /// ends by itself has to be put off.
    fn sends_again(&self, state: &State) -> bool {
        let shared = self.shared();
        shared.config.astro && state.was_touched() || shared.cookie.max_age.is_some() || state.is_cookie_due()
    }

    /// Whether the id that was loaded is the one in use, as far as can be told: a parallel request may renew it, and send
    /// the new one, while this one's handler runs.
    fn is_current(&self, state: &State) -> bool {
        state.is_current() || self.clock().now_ms().saturating_sub(state.seen_at()) < FRESH_MS
    }

    /// What is left to do for a session that nothing was written to: its time is put off, and before its cookie is sent
    /// again it is looked at.
    pub(super) async fn keep_alive(&self) {
        let shared = self.shared();
        let is_doubtful = |state: &State| self.sends_again(state) && !self.is_current(state);
        let (base, is_doubtful) = self.with(|state| (state.base().cloned(), is_doubtful(state)));
        let (Some(live), budget) = (base, self.budget()) else { return };
        if let Some(expiry) = self.is_running_out(&live)
            && let Err(error) = budget.wait(shared.store.touch(&live.key, expiry)).await
        {
            log::store_failed("keeping a session alive", &error);
        }
        if is_doubtful && matches!(shared.look_up(&live.id, &budget).await, Ok(Found::Live(..))) {
            self.with(State::is_looked_at);
        }
    }

    fn close(&self, state: &mut State) -> Option<String> {
        state.close(Closed::Responded);
        self.set_cookie(state)
    }

    fn set_cookie(&self, state: &State) -> Option<String> {
        let shared = self.shared();
        let held = self.0.presented;
        match state.base() {
            Some(live) => {
                let again = || self.sends_again(state) && self.is_current(state);
                (held != Some(live.id) || again())
                    .then(|| shared.cookie.set(&live.id, live.opened.lifetime().idle()))
            }
            None => state.was_destroyed().then(|| shared.cookie.delete()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{MemoryStore, SessionConfig, Sessions};

    /// Allocators keep small blocks at hand, glibc's those up to 1032 bytes. Every request that writes needs one of this size,
    /// in which its response waits too.
    #[test]
    fn what_finishes_a_request_is_a_small_block() {
        let exchange = Sessions::new(MemoryStore::new(), SessionConfig::default()).begin([]);
        let finish = size_of_val(&exchange.finish(200));
        assert!(finish + size_of_val(&exchange) + 144 <= 1032, "{finish} bytes");
    }
}
