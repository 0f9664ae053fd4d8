//! One request's exchange, free of any framework: the text of its cookie in, the session, the commit, the text of
//! `Set-Cookie` out. Web adapters translate to and from this and decide nothing.

mod budget;
mod commit;
#[cfg(feature = "tokio")]
mod deadlines;
mod detached;
mod finish;
mod queue;
mod sessions;
mod updating;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use self::budget::{Budget, Waited};
use self::commit::Commit;
pub use self::finish::Finish;
pub use self::sessions::Sessions;
use self::sessions::{Found, Shared};
use self::updating::Updating;
use crate::state::{Encoded, Live, State, Target, Work};
use crate::{Clock, Error, ErrorKind, Handle, Session, SessionConfig, SessionData, SessionId, log};

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
        Ok(match shared.look_up(id, &self.budget()).await? {
            Found::Live(live, now) => {
                // It matters where the cookie may be sent again.
                let is_remembered = live.opened.lifetime().idle().is_some();
                let matters = shared.config.astro || shared.cookie.max_age.is_some() || is_remembered;
                State::seen(live, matters.then_some(now))
            }
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
