//! One request's exchange, free of any framework: the text of its cookie in, the session, the commit, the text of
//! `Set-Cookie` out. Web adapters translate to and from this and decide nothing.

mod budget;
mod commit;
mod queue;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::budget::{Budget, Wait, Waited};
use self::commit::Commit;
use self::queue::Queue;
use crate::cookie::Cookie;
use crate::keys::Keys;
use crate::state::{Closed, Encoded, Live, Opened, Reading, State, Target};
use crate::{
    Error, ErrorResponse, Expiry, Handle, Session, SessionConfig, SessionData, SessionId, Store, StoreKey,
    log,
};

/// A site's sessions: a store and how they behave. Build it once; clones share everything.
///
/// Web frameworks wrap it ([`SessionLayer`](crate::SessionLayer)); use it directly to write an adapter for another one,
/// or to reach sessions outside a request.
///
/// ```
/// use session_runtime::{MemoryStore, SessionConfig, Sessions};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
/// let exchange = sessions.begin([]);                             // a request without cookies
/// exchange.load().await?.untyped().set("greeting", "hello")?;
/// let finish = exchange.finish(200).await;
/// assert!(finish.set_cookie.is_some_and(|cookie| cookie.starts_with("__Host-session=")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sessions(Arc<Shared>);

struct Shared {
    store: Box<dyn Store>,
    config: SessionConfig,
    cookie: Cookie,
    queue: Queue,
    keys: Keys,
}

impl Sessions {
    /// Sessions kept in `store`, behaving as `config` says.
    ///
    /// # Panics
    /// The configuration is one that browsers refuse, such as `__Host-` without `Secure`; the text says which and why.
    #[must_use]
    pub fn new(store: impl Store, config: SessionConfig) -> Self {
        let cookie = config.build_cookie();
        let (queue, keys) = (Queue::default(), Keys::default());
        Self(Arc::new(Shared { store: Box::new(store), config, cookie, queue, keys }))
    }

    /// Begins a request with the values of its `Cookie` headers. Nothing is asked of the store.
    pub fn begin<'a>(&self, cookie_headers: impl IntoIterator<Item = &'a [u8]>) -> Exchange {
        Exchange::new(self, self.0.cookie.find(cookie_headers), false)
    }

    /// Opens the session of `id` outside a request, for jobs and the like: only
    /// [`save`](crate::Handle::save) writes it. `None` where there is no such session.
    ///
    /// # Errors
    /// The store failed, or the record cannot be read.
    pub async fn open<S: SessionData>(&self, id: &SessionId) -> Result<Option<Session<S>>, Error> {
        let budget = Budget::new(self.0.config.store_timeout);
        let Some(live) = self.0.find(id, budget).await? else { return Ok(None) };
        let exchange = Exchange::new(self, Some(*id), true);
        *exchange.lock() = Progress::Ready(State::new(Some(live)));
        Ok(Some(Session::new(Handle::new(exchange))))
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The response to an error, as the configuration has it.
    #[must_use]
    pub fn answer(&self, error: &Error) -> ErrorResponse {
        self.0.config.answer(error)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("config", &self.0.config).finish_non_exhaustive()
    }
}

impl Shared {
    fn now(&self) -> u64 {
        self.config.clock.now_ms()
    }

    /// The session of `id`, if there is one that may be used.
    async fn find(&self, id: &SessionId, budget: Budget) -> Result<Option<Live>, Error> {
        match self.look_up(id, budget).await? {
            Found::Live(live) => Ok(Some(live)),
            Found::Nothing | Found::Rotated(_) => Ok(None),
            Found::Corrupt(error) => Err(error),
        }
    }

    async fn look_up(&self, id: &SessionId, budget: Budget) -> Result<Found, Error> {
        let key = self.config.key(id);
        let record = match budget.wait(self.store.load(&key)).await {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(Found::Nothing),
            Err(error) if error.kind() == crate::ErrorKind::Corrupt => {
                log::store_failed("reading a record", &error);
                return Ok(Found::Corrupt(error));
            }
            Err(error) => return Err(error),
        };
        Ok(match Opened::read(&record, self.config.limits()) {
            Ok(Reading::Session(opened)) => match self.config.expiry(opened.note.created, self.now()) {
                Some(_) => Found::Live(Live { id: *id, key, opened }),
                None => Found::Nothing,
            },
            Ok(Reading::Empty) => Found::Nothing,
            Ok(Reading::Moved(target)) => Found::Rotated(target),
            Err(error) => {
                log::corrupt_record(record.text().len(), &error);
                match Error::unreadable(error) {
                    error if error.kind() == crate::ErrorKind::Corrupt => Found::Corrupt(error),
                    error => return Err(error),
                }
            }
        })
    }
}

enum Found {
    Live(Live),
    Nothing,
    Rotated(StoreKey),
    Corrupt(Error),
}

/// One request, or one detached session.
///
/// Clones are the same exchange. [`load`](Self::load) reads the session once, [`finish`](Self::finish) writes it.
#[derive(Clone)]
pub struct Exchange(Arc<Inner>);

struct Inner {
    sessions: Sessions,
    presented: Option<SessionId>,
    detached: bool,
    waited: Waited,
    state: Mutex<Progress>,
}

enum Progress {
    Untouched,
    Failed(Error),
    Ready(State),
}

/// What a web adapter has to do after the handler.
#[derive(Debug, Clone)]
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
            state: Mutex::new(Progress::Untouched),
        }))
    }

    fn shared(&self) -> &Shared {
        &self.0.sessions.0
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        // Nothing that can panic runs under this lock, and every state is a legal one.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wait for the store. Those of a request share one timeout; a detached session, which may live for days, has one
    /// for each.
    fn wait(&self) -> Wait<'_> {
        if self.0.detached {
            self.0.waited.restart();
        }
        self.0.waited.begin(self.config().store_timeout)
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
        match &*self.lock() {
            Progress::Ready(_) => return Ok(Handle::new(self.clone())),
            Progress::Failed(error) => return Err(error.clone()),
            Progress::Untouched => {}
        }
        let loaded = self.load_state().await;
        let mut progress = self.lock();
        if matches!(*progress, Progress::Untouched) {
            *progress = match loaded {
                Ok(state) => Progress::Ready(state),
                Err(error) => {
                    log::store_failed("loading", &error);
                    Progress::Failed(error)
                }
            };
        }
        match &*progress {
            Progress::Failed(error) => Err(error.clone()),
            _ => Ok(Handle::new(self.clone())),
        }
    }

    /// The session of an exchange that needs no store to be loaded from.
    pub(crate) fn holding<S: SessionData>(&self, live: Option<Live>) -> Session<S> {
        *self.lock() = Progress::Ready(State::new(live));
        Session::new(Handle::new(self.clone()))
    }

    async fn load_state(&self) -> Result<State, Error> {
        let Some(id) = &self.0.presented else { return Ok(State::new(None)) };
        let wait = self.wait();
        Ok(match self.shared().look_up(id, wait.budget).await? {
            Found::Live(live) => State::new(Some(live)),
            Found::Nothing | Found::Corrupt(_) => State::new(None),
            Found::Rotated(target) => State::rotated(target),
        })
    }

    /// Whether nobody has asked for the session yet, so that there is nothing to finish.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        matches!(*self.lock(), Progress::Untouched)
    }

    /// Runs `look` on the state. A handle exists only once the state is there.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        match &mut *self.lock() {
            Progress::Ready(state) => look(state),
            _ => look(&mut State::new(None)),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.shared().now()
    }

    pub(crate) fn config(&self) -> &SessionConfig {
        &self.shared().config
    }

    /// Writes what was changed so far.
    pub(crate) async fn save(&self) -> Result<(), Error> {
        if self.0.detached {
            self.find_detached().await?;
        }
        self.commit().await
    }

    async fn commit(&self) -> Result<(), Error> {
        let Some(mut work) = self.with(|state| state.is_dirty().then(|| state.begin()).transpose())? else {
            return Ok(());
        };
        let outcome = {
            let wait = self.wait();
            Commit::new(self.shared(), wait.budget).run(&mut work).await
        };
        self.with(|state| match &outcome {
            Ok(base) => state.end(base.clone()),
            Err(error) if error.kind() == crate::ErrorKind::Interrupted => state.interrupt(),
            Err(error) if error.kind() == crate::ErrorKind::Indeterminate => {}
            Err(_) => state.restore(work),
        });
        outcome.map(|_| ())
    }

    /// The value of a key taken out of the session at once, and by this request alone: `None` where another one was
    /// faster, or there is none.
    pub(crate) async fn claim(&self, target: Target) -> Result<Option<Encoded>, Error> {
        if self.with(|state| state.changes().get(&target.key).is_some() || state.has_doomed()) {
            self.save().await?;
        }
        let Some(live) = self.with(|state| state.base().cloned()) else { return Ok(None) };
        let wait = self.wait();
        let commit = Commit::new(self.shared(), wait.budget);
        let (base, claimed) = commit.claim(live, target).await.inspect_err(|error| {
            if error.kind() == crate::ErrorKind::Interrupted {
                self.with(State::interrupt);
            }
        })?;
        self.with(|state| state.rebase(base));
        Ok(claimed)
    }

    /// Puts the session of `id` in this one's place; `false` where there is no such session.
    pub(crate) async fn switch(&self, id: &SessionId) -> Result<bool, Error> {
        let wait = self.wait();
        let Some(live) = self.shared().find(id, wait.budget).await? else { return Ok(false) };
        self.with(|state| state.switch_to(live)).map(|()| true)
    }

    /// The same session for use beyond the request, under the id the client holds once the request is through.
    pub(crate) fn detach(&self) -> Self {
        let (id, live) = self.with(|state| (state.id(), state.base().cloned()));
        let detached = Self::new(&self.0.sessions, id, true);
        *detached.lock() = Progress::Ready(State::detached(live, id));
        detached
    }

    /// A detached session that was made before its request had stored it is looked up when it is first saved.
    async fn find_detached(&self) -> Result<(), Error> {
        let (found, destroyed) = self.with(|state| (state.base().map(|live| live.id), state.was_destroyed()));
        if found.is_some() && found == self.0.presented || self.with(|state| state.changes().is_empty()) {
            return Ok(());
        }
        let live = match &self.0.presented {
            Some(id) if !destroyed => self.shared().find(id, self.wait().budget).await?,
            _ => None,
        };
        let live = live.ok_or_else(|| {
            Error::hinted(
                crate::ErrorKind::Interrupted,
                "there is no stored session to write to, and a detached one cannot start it: its client would never learn the id",
            )
        })?;
        self.with(|state| state.rebase(Arc::new(live)));
        Ok(())
    }

    /// Ends the request: writes its changes unless `status` says that it failed (5xx, 408), and says what the response
    /// needs. A `destroy` counts whatever the status. Afterwards the session can be read but no longer changed.
    pub async fn finish(&self, status: u16) -> Finish {
        if !matches!(*self.lock(), Progress::Ready(_)) {
            return Finish { set_cookie: None, used: !self.is_untouched(), error: None };
        }
        if status >= 500 || status == 408 {
            self.with(State::discard);
        }
        let wrote = self.with(|state| state.is_dirty());
        let error = match wrote {
            true => self.commit().await.err(),
            false => {
                self.keep_alive().await;
                None
            }
        };
        if let Some(error) = &error {
            log::request_failed(error);
        }
        let set_cookie = self.with(|state| {
            state.close(Closed::Responded);
            self.set_cookie(state)
        });
        Finish { set_cookie, used: true, error }
    }

    /// A session that was only read is touched, if its time has run down enough to be worth a call.
    async fn keep_alive(&self) {
        let shared = self.shared();
        let Some(live) = self.with(|state| state.base().cloned()) else { return };
        let expiry = shared.config.expiry(live.opened.note.created, shared.now());
        let Some(expiry @ Expiry::After(full)) = expiry else { return };
        let worth_it = live.opened.record.remaining().is_none_or(|left| left < full - full / 16);
        if shared.config.idle.is_some() && worth_it {
            let wait = self.wait();
            if let Err(error) = wait.budget.wait(shared.store.touch(&live.key, expiry)).await {
                log::store_failed("keeping a session alive", &error);
            }
        }
    }

    fn set_cookie(&self, state: &State) -> Option<String> {
        let shared = self.shared();
        let held = self.0.presented;
        match state.base() {
            Some(live) => {
                let again = shared.config.astro && state.was_touched() || shared.cookie.max_age.is_some();
                (held != Some(live.id) || again).then(|| shared.cookie.set(&live.id))
            }
            None => state.was_destroyed().then(|| shared.cookie.delete()),
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let progress = match &*self.lock() {
            Progress::Untouched => "untouched",
            Progress::Failed(_) => "failed",
            Progress::Ready(_) => "loaded",
        };
        f.debug_struct("Exchange").field("progress", &progress).finish_non_exhaustive()
    }
}
