//! One request's exchange, free of any framework: the text of its cookie in, the session, the commit, the text of
//! `Set-Cookie` out. Web adapters translate to and from this and decide nothing.

mod budget;
mod commit;
mod queue;
mod sessions;
mod updating;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use self::budget::{Budget, Waited};
use self::commit::Commit;
pub use self::sessions::Sessions;
use self::sessions::{Found, Shared};
use self::updating::Updating;
use crate::state::{Closed, Encoded, Live, State, Target, Work};
use crate::{Clock, Error, ErrorKind, Expiry, Handle, Session, SessionConfig, SessionData, SessionId, log};

/// For so long an id that was loaded counts as the one in use, in milliseconds: a response takes about as long to arrive.
const FRESH_MS: u64 = 10;

/// One request, or one detached session.
///
/// Clones are the same exchange. [`load`](Self::load) reads the session once, [`finish`](Self::finish) writes it; a
/// request that ends without that is [abandoned](Self::abandon).
#[derive(Clone)]
pub struct Exchange(Arc<Inner>);

struct Inner {
    sessions: Sessions,
    presented: Option<SessionId>,
    detached: bool,
    waited: Waited,
    /// What the first load found; nothing as long as nobody has asked for the session, which is seen without a lock.
    loaded: OnceLock<Result<Mutex<State>, Error>>,
}

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

impl Exchange {
    fn new(sessions: &Sessions, presented: Option<SessionId>, detached: bool) -> Self {
        Self(Arc::new(Inner {
            sessions: sessions.clone(),
            presented,
            detached,
            waited: Waited::default(),
            loaded: OnceLock::new(),
        }))
    }

    fn shared(&self) -> &Shared {
        &self.0.sessions.0
    }

    /// Keeps what was loaded, unless another load was faster.
    fn keep(&self, loaded: Result<State, Error>) -> &Result<Mutex<State>, Error> {
        self.0.loaded.get_or_init(|| loaded.map(Mutex::new))
    }

    /// The time for waiting for the store. All waits of a request share one timeout; a detached session, which may live
    /// for days, has one for each operation.
    fn budget(&self) -> Budget<'_> {
        if self.0.detached {
            self.0.waited.restart();
        }
        self.0.waited.budget(self.config().store_timeout)
    }

    /// The sessions this exchange belongs to.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// The request's session, read from the store the first time: one call, none without a valid cookie. A failure is
    /// remembered, so that a dead store costs a request one bounded wait.
    ///
    /// # Errors
    /// The store failed or did not answer in time.
    pub async fn load(&self) -> Result<Handle, Error> {
        let loaded = match self.0.loaded.get() {
            Some(loaded) => loaded,
            None => {
                self.keep(self.load_state().await.inspect_err(|error| log::store_failed("loading", error)))
            }
        };
        match loaded {
            Ok(_) => Ok(Handle::new(self.clone())),
            Err(error) => Err(error.clone()),
        }
    }

    /// The session of an exchange that needs no store to be loaded from.
    pub(crate) fn holding<S: SessionData>(&self, live: Option<Arc<Live>>) -> Session<S> {
        let _ = self.keep(Ok(State::new(live)));
        Session::new(Handle::new(self.clone()))
    }

    async fn load_state(&self) -> Result<State, Error> {
        let Some(id) = &self.0.presented else { return Ok(State::new(None)) };
        let shared = self.shared();
        let now = || (shared.config.astro || shared.cookie.max_age.is_some()).then(|| shared.now());
        Ok(match shared.look_up(id, &self.budget()).await? {
            Found::Live(live) => State::seen(live, now()),
            Found::Nothing | Found::Corrupt(_) => State::new(None),
            Found::Rotated(target) => State::rotated(target),
        })
    }

    /// Whether nobody has asked for the session yet, so that there is nothing to finish.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.0.loaded.get().is_none()
    }

    /// Runs `look` on the state. A handle exists only once the state is there.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        match self.0.loaded.get() {
            Some(Ok(state)) => {
                let mut state = lock(state);
                let seen = look(&mut state);
                unlock(state);
                seen
            }
            _ => look(&mut State::new(None)),
        }
    }

    /// As [`Self::with`], for what changes the session.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T, Error>) -> Result<T, Error> {
        self.refuse_inside_update()?;
        self.with(change)
    }

    /// Runs the closure of an `update`.
    pub(crate) fn updating<T>(&self, run: impl FnOnce() -> T) -> T {
        let _until_then = Updating::begin(self.address());
        run()
    }

    fn refuse_inside_update(&self) -> Result<(), Error> {
        match Updating::is_on(self.address()) {
            false => Ok(()),
            true => Err(Error::hinted(
                ErrorKind::Closed,
                "a closure given to `update` changes its own key only; change the session before or after the `update`",
            )),
        }
    }

    fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.config().clock
    }

    pub(crate) fn config(&self) -> &SessionConfig {
        &self.shared().config
    }

    /// Writes what was changed so far. A detached session, which may live for days, is read anew where nothing was.
    pub(crate) async fn save(&self) -> Result<(), Error> {
        self.refuse_inside_update()?;
        let (is_dirty, has_changes) = self.with(|state| (state.is_dirty(), !state.changes().is_empty()));
        if !is_dirty {
            return if self.0.detached { Box::pin(self.refresh()).await } else { Ok(()) };
        }
        let found = if has_changes { self.find_detached().await? } else { None };
        if found.is_none() && has_changes && self.is_unplaced() {
            return Err(Error::hinted(
                ErrorKind::Interrupted,
                "there is no stored session to write to, and a detached one cannot start it: its client would never learn the id",
            ));
        }
        match self.with(|state| state.is_dirty().then(|| state.begin(false)).transpose())? {
            Some(mut work) => self.commit(&mut work, found, |_| ()).await.0,
            None => Ok(()),
        }
    }

    /// Reads a detached session anew, and keeps it alive.
    async fn refresh(&self) -> Result<(), Error> {
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
            None if self.is_unplaced() => Ok(()),
            None => {
                self.with(State::interrupt);
                Err(Error::hinted(ErrorKind::Interrupted, "it has ended, or its id was replaced"))
            }
        }
    }

    /// Whether nobody else has the session, so that nobody looks at it before this method's caller is done.
    fn is_alone(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Commits what was taken out of the state, and puts what came of it into the state, where `then` goes on.
    ///
    /// `found`: what the changes are to be made to, in place of what they were made on.
    async fn commit<T>(
        &self,
        work: &mut Work,
        found: Option<Arc<Live>>,
        then: impl FnOnce(&mut State) -> T,
    ) -> (Result<(), Error>, T) {
        let outcome = {
            let budget = self.budget();
            let commit = Commit::new(self.shared(), &budget);
            match found.map(|live| commit.move_to(work, live)).transpose() {
                Ok(_) if work.doomed.is_empty() => commit.run(work).await,
                Ok(_) => Box::pin(self.run_with_deletions(&commit, work)).await,
                Err(error) => Err(error),
            }
        };
        self.with(|state| {
            let outcome = outcome.map(|base| state.end(base)).inspect_err(|error| match error.kind() {
                ErrorKind::Interrupted => state.interrupt(),
                ErrorKind::Indeterminate => state.leave_open(std::mem::take(work)),
                _ => state.restore(std::mem::take(work)),
            });
            (outcome, then(state))
        })
    }

    async fn run_with_deletions(
        &self,
        commit: &Commit<'_>,
        work: &mut Work,
    ) -> Result<Option<Arc<Live>>, Error> {
        let mut under_way = UnderWay { exchange: self, work, ended: false };
        let outcome = commit.run(under_way.work).await;
        under_way.ended = true;
        outcome
    }

    /// The value of a key taken out of the session at once, and by this request alone: `None` where another one was
    /// faster, or there is none.
    pub(crate) async fn claim(&self, target: Target) -> Result<Option<Encoded>, Error> {
        self.refuse_inside_update()?;
        if self.with(|state| state.changes().get(&target.key).is_some() || state.has_doomed()) {
            self.save().await?;
        }
        let found = self.find_detached().await?;
        let base =
            self.with(|state| state.open_for_claim().map(|()| found.or_else(|| state.base().cloned())))?;
        let Some(live) = base else { return Ok(None) };
        let budget = self.budget();
        let commit = Commit::new(self.shared(), &budget);
        let claim = commit.claim(Arc::clone(&live), target).await;
        self.with(|state| match &claim {
            // Another handle has destroyed, renewed or written the session meanwhile, and knows better.
            _ if !self.0.detached && state.base().is_none_or(|base| base.id != live.id) => {}
            Ok((base, _)) => state.rebase(Arc::clone(base)),
            Err(error) if error.kind() == ErrorKind::Interrupted => state.interrupt(),
            Err(_) => {}
        });
        claim.map(|(_, claimed)| claimed)
    }

    /// Puts the session of `id` in this one's place; `false` where there is no such session.
    pub(crate) async fn switch(&self, id: &SessionId) -> Result<bool, Error> {
        self.refuse_inside_update()?;
        let Some(live) = self.shared().find(id, &self.budget()).await? else { return Ok(false) };
        self.with(|state| state.switch_to(live)).map(|()| true)
    }

    /// The same session for use beyond the request, under the id the client holds once the request is through.
    pub(crate) fn detach(&self) -> Self {
        let (id, live, moved) = self.with(|state| (state.id(), state.base().cloned(), state.moved_to()));
        let detached = Self::new(&self.0.sessions, id, true);
        let stored_at = id.map(|id| self.config().key(&id)).or(moved);
        let _ = detached.keep(Ok(State::detached(live, id, stored_at)));
        detached
    }

    /// Whether this is a detached session that has not seen what is stored under the id its client holds: its request had
    /// not stored it when it was made.
    fn is_unplaced(&self) -> bool {
        let seen = self.with(|state| state.base().map(|live| live.id));
        self.0.detached && (seen.is_none() || seen != self.0.presented)
    }

    /// What is stored by now for such a session.
    async fn find_detached(&self) -> Result<Option<Arc<Live>>, Error> {
        let was_destroyed = self.with(|state| state.was_destroyed());
        match &self.0.presented {
            Some(id) if self.is_unplaced() && !was_destroyed => self.shared().find(id, &self.budget()).await,
            _ => Ok(None),
        }
    }

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
        // No session is kept for longer than `idle`. If that much is left, nobody has to know what time it is.
        if !is_worth_it(config.idle?) {
            return None;
        }
        let expiry = config.expiry(live.opened.created(), self.clock().now_ms())?;
        matches!(expiry, Expiry::After(full) if is_worth_it(full)).then_some(expiry)
    }

    /// Whether the cookie is sent again although the client has it: Astro does so after every `set`, and a cookie that
    /// ends by itself has to be put off.
    fn sends_again(&self, state: &State) -> bool {
        let shared = self.shared();
        shared.config.astro && state.was_touched() || shared.cookie.max_age.is_some()
    }

    /// Whether the id that was loaded is the one in use, as far as can be told: a parallel request may renew it, and send
    /// the new one, while this one's handler runs.
    fn is_current(&self, state: &State) -> bool {
        state.is_current() || self.clock().now_ms().saturating_sub(state.seen_at()) < FRESH_MS
    }

    /// What is left to do for a session that nothing was written to: its time is put off, and before its cookie is sent
    /// again it is looked at.
    async fn keep_alive(&self) {
        let shared = self.shared();
        let is_doubtful = |state: &State| self.sends_again(state) && !self.is_current(state);
        let (base, is_doubtful) = self.with(|state| (state.base().cloned(), is_doubtful(state)));
        let (Some(live), budget) = (base, self.budget()) else { return };
        if let Some(expiry) = self.is_running_out(&live)
            && let Err(error) = budget.wait(shared.store.touch(&live.key, expiry)).await
        {
            log::store_failed("keeping a session alive", &error);
        }
        if is_doubtful && matches!(shared.look_up(&live.id, &budget).await, Ok(Found::Live(_))) {
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
                (held != Some(live.id) || again()).then(|| shared.cookie.set(&live.id))
            }
            None => state.was_destroyed().then(|| shared.cookie.delete()),
        }
    }
}

/// A commit. If it is dropped before its end, the deletions that have not come through are given back, so that the
/// request does not end as if they had.
struct UnderWay<'w> {
    exchange: &'w Exchange,
    work: &'w mut Work,
    ended: bool,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.ended && !self.work.doomed.is_empty() {
            self.exchange.with(|state| state.give_back(std::mem::take(&mut self.work.doomed)));
        }
    }
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

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let progress = match self.0.loaded.get() {
            None => "untouched",
            Some(Err(_)) => "failed",
            Some(Ok(_)) => "loaded",
        };
        f.debug_struct("Exchange").field("progress", &progress).finish_non_exhaustive()
    }
}

/// Nothing that can panic runs under this lock but a clock of the program's own, and every state is a legal one.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closures that will not run again go after the lock: what they hold may use the session when it is dropped.
fn unlock(mut state: MutexGuard<'_, State>) {
    let left = state.take_left();
    drop(state);
    drop(left);
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
