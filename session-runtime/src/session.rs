//! The handles that users hold: `Session<S>` with one method per key, and `Handle` with the session's own.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use crate::exchange::Exchange;
use crate::state::Remember;
use crate::untyped::UntypedAccessors;
use crate::{Error, SessionData, SessionId};

/// A session whose keys are those of `S`; without a parameter, the untyped session.
///
/// It derefs to the accessors that `#[derive(SessionData)]` generated (one method per key, each giving an
/// [`Entry`](crate::Entry)), and those deref to [`Handle`]. No trait needs to be imported. Clones are the same session.
///
/// As an axum extractor it reads the session from the store (once per request) and fails with
/// [`Error`]; `Option<Session<S>>` is `None` only where no [`SessionLayer`](crate::SessionLayer) is installed.
///
/// ```
/// use session_runtime::{Error, Session, SessionData};
///
/// #[derive(SessionData)]
/// struct Shop {
///     #[session(default)]
///     cart: Vec<String>,
///     user: String,
/// }
///
/// fn show(session: &Session<Shop>) -> Result<String, Error> {
///     let cart: Vec<String> = session.cart().get()?;
///     let user: Option<String> = session.user().get()?;
///     Ok(format!("{} has {} things", user.as_deref().unwrap_or("A visitor"), cart.len()))
/// }
///
/// let session = session_runtime::testing::session::<Shop>();
/// session.cart().update(|cart| cart.push("tea".to_owned()))?;
/// assert_eq!(show(&session)?, "A visitor has 1 things");
/// # Ok::<(), Error>(())
/// ```
pub struct Session<S: SessionData = crate::Untyped> {
    accessors: S::Accessors,
}

impl<S: SessionData> Session<S> {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { accessors: S::accessors(handle) }
    }

    /// The same session for use beyond the request, in a stream, a websocket or a job: it starts from what is stored,
    /// without this request's unsaved changes, and only [`save`](Handle::save) writes it.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self::new(Handle::new(self.exchange().detach()))
    }
}

impl<S: SessionData> Deref for Session<S> {
    type Target = S::Accessors;

    fn deref(&self) -> &S::Accessors {
        &self.accessors
    }
}

impl<S: SessionData> Clone for Session<S> {
    fn clone(&self) -> Self {
        Self { accessors: self.accessors.clone() }
    }
}

impl<S: SessionData> fmt::Debug for Session<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.accessors, f)
    }
}

/// What every session can do, whatever its keys: its id, its life, its saving.
///
/// Reached through [`Session`]; a key of the same name would win, which the derive therefore refuses.
#[derive(Clone)]
pub struct Handle {
    exchange: Exchange,
}

impl Handle {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self { exchange }
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The id the client holds once this request is through; `None` as long as there is no session.
    #[must_use]
    pub fn id(&self) -> Option<SessionId> {
        self.exchange.with(|state| state.id())
    }

    /// Gives the session a new id, from the commit on, and makes the old one useless: call it whenever somebody signs
    /// in or gains rights (OWASP: session fixation). The data stays.
    ///
    /// # Errors
    /// `Closed` after the response has started, `Interrupted` where the session is read only.
    ///
    /// ```
    /// # fn sign_in(session: &session_runtime::Session) -> Result<(), session_runtime::Error> {
    /// session.regenerate()?;
    /// session.set("user", "ada")?;
    /// # Ok(()) }
    /// # let session = session_runtime::testing::session();
    /// # sign_in(&session).unwrap();
    /// ```
    pub fn regenerate(&self) -> Result<(), Error> {
        self.exchange.change(crate::state::State::regenerate)
    }

    /// Keeps this session, and its client's cookie, for `time` after each use, in place of the configured
    /// [`idle`](crate::SessionConfig::idle) and [`max_age`](crate::SessionConfig::max_age): "stay signed in on this device".
    /// `None` goes back to what is configured.
    ///
    /// It is stored with the session, so it holds for every process that serves it, across [`regenerate`](Self::regenerate),
    /// until it is changed again. Without a session it holds for the one that this request may start, and starts none. The
    /// cookie counts whole seconds, at least one, and is sent again with every response that used the session.
    /// [`absolute`](crate::SessionConfig::absolute), 30 days by default, ends the session all the same.
    ///
    /// # Errors
    /// As [`regenerate`](Self::regenerate).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    ///
    /// # fn sign_in(session: &session_runtime::Session, stays: bool) -> Result<(), session_runtime::Error> {
    /// session.regenerate()?;
    /// session.remember_for(stays.then_some(MONTH))?;                  // `None`: as configured
    /// session.set("user", "ada")?;
    /// # Ok(()) }
    /// # sign_in(&session_runtime::testing::session(), true).unwrap();
    /// ```
    pub fn remember_for(&self, time: impl Into<Option<Duration>>) -> Result<(), Error> {
        let time = Remember::time(time.into());
        self.exchange.change(|state| state.remember(time))
    }

    /// Ends the session: its record is deleted, whatever the response's status, and the client's cookie with it. What is
    /// set afterwards starts a new session.
    ///
    /// # Errors
    /// `Closed` after the response has started.
    pub fn destroy(&self) -> Result<(), Error> {
        self.exchange.change(crate::state::State::destroy)
    }

    /// Drops what was changed and not yet saved, for requests that end in a 4xx. A `destroy` stays.
    pub fn discard(&self) {
        self.exchange.with(crate::state::State::discard);
    }

    /// Writes the changes now instead of at the end of the request; afterwards reads show what is stored, the changes
    /// of other requests included.
    ///
    /// Where nothing was changed, it does nothing in a request. A [detached](Session::detach) session, which may live for
    /// days, it reads anew and keeps alive, as a request would: call it now and then in a stream or a websocket, which so
    /// learns that its user has signed out.
    ///
    /// # Errors
    /// `Unavailable` or `Indeterminate` for the store, `Interrupted` where the session was destroyed, renewed, or a key
    /// declared `on_conflict = "interrupt"` was changed by another request.
    pub async fn save(&self) -> Result<(), Error> {
        self.exchange.save().await
    }

    /// Puts the session of `id` in this one's place; the client gets its cookie. `false`, and nothing changes, where
    /// there is no such session. Never pass it an id out of a request: whoever can choose the id can choose the victim.
    ///
    /// # Errors
    /// `Unavailable` for the store, `Corrupt` for a record that cannot be read, `Closed` where there are changes that
    /// would be lost.
    pub async fn load(&self, id: &SessionId) -> Result<bool, Error> {
        self.exchange.switch(id).await
    }

    /// The same session with the keys of another struct: what a middleware and a handler, each with keys of its own,
    /// both work on.
    ///
    /// ```
    /// # use session_runtime::{Session, SessionData};
    /// #[derive(SessionData)]
    /// #[session(prefix = "auth:")]
    /// struct Auth { user: String }
    ///
    /// let session: Session = session_runtime::testing::session();
    /// session.view::<Auth>().user().set("ada".to_owned())?;
    /// assert_eq!(session.get::<String>("auth:user")?.as_deref(), Some("ada"));
    /// # Ok::<(), session_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn view<S: SessionData>(&self) -> Session<S> {
        Session::new(self.clone())
    }

    /// The same session without types: any key, any value.
    #[must_use]
    pub fn untyped(&self) -> Session {
        Session::new(self.clone())
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stored, dirty) = self.exchange.with(|state| (state.base().is_some(), state.is_dirty()));
        f.debug_struct("Session").field("stored", &stored).field("changed", &dirty).finish_non_exhaustive()
    }
}

impl SessionData for crate::Untyped {
    type Accessors = UntypedAccessors;

    const KEYS: &'static [crate::KeyInfo] = &[];

    fn accessors(handle: Handle) -> UntypedAccessors {
        UntypedAccessors::new(handle)
    }
}
