//! How sessions behave: cookie, layout, expiry, limits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cookie::{Cookie, SameSite};
use crate::devalue::Limits;
use crate::state::Lifetime;
use crate::{Clock, Error, Expiry, SessionId, StoreKey};

/// What is answered where a session fails: status, content type, body.
///
/// ```
/// use session_runtime::ErrorResponse;
///
/// let page = ErrorResponse::new(503, "text/html; charset=utf-8", "<h1>Back in a minute</h1>");
/// assert_eq!(page.status, 503);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl ErrorResponse {
    /// A response of these three parts.
    #[must_use]
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<String>) -> Self {
        Self { status, content_type: content_type.into(), body: body.into() }
    }

    /// The answer unless `on_error` gives another: the error's status and one sentence without internals.
    pub(crate) fn plain(error: &Error) -> Self {
        let body = match error.status() {
            503 => "The session is unavailable at the moment. Please try again.",
            409 => "The session has ended or was changed by another request. Please reload the page.",
            _ => "Internal server error.",
        };
        Self::new(error.status(), "text/plain; charset=utf-8", body)
    }
}

type OnError = Arc<dyn Fn(&Error) -> ErrorResponse + Send + Sync>;

/// Cookie, layout, expiry and limits of a site's sessions. The defaults are safe; every method changes one thing.
///
/// ```
/// use std::time::Duration;
/// use session_runtime::SessionConfig;
///
/// let config = SessionConfig::default()
///     .secure(false)                                   // plain http on localhost; the cookie is then called `session`
///     .idle(Some(Duration::from_secs(60 * 60)));
/// ```
///
/// | | default | [`astro()`](Self::astro) |
/// |---|---|---|
/// | cookie | `__Host-session`, of the browser session | `astro-session`, of the browser session |
/// | attributes | Path=/; HttpOnly; Secure; SameSite=Lax | the same |
/// | store key | SHA-256 of the id | the id |
/// | idle, absolute expiry | 24 hours, 30 days | none, none |
/// | cookie sent | when the id changes; with [`max_age`](Self::max_age) or [`remember_for`](crate::Handle::remember_for) with every response that used the session | also after every `set`, as Astro does |
#[derive(Clone)]
pub struct SessionConfig {
    cookie_name: Option<String>,
    secure: bool,
    same_site: SameSite,
    domain: Option<String>,
    path: String,
    max_age: Option<Duration>,
    pub(crate) astro: bool,
    pub(crate) idle: Option<Duration>,
    pub(crate) absolute: Option<Duration>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) store_timeout: Duration,
    pub(crate) max_bytes: usize,
    pub(crate) clock: Clock,
    on_error: Option<OnError>,
}

impl Default for SessionConfig {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            cookie_name: None,
            secure: true,
            same_site: SameSite::Lax,
            domain: None,
            path: "/".to_owned(),
            max_age: None,
            astro: false,
            idle: Some(Duration::from_secs(24 * HOUR)),
            absolute: Some(Duration::from_secs(30 * 24 * HOUR)),
            ttl: None,
            store_timeout: Duration::from_secs(2),
            max_bytes: 1024 * 1024,
            clock: Clock::system(),
            on_error: None,
        }
    }
}

impl SessionConfig {
    /// The settings of Astro's own sessions, so that an Astro front end and this service serve the same ones.
    #[must_use]
    pub fn astro() -> Self {
        Self {
            cookie_name: Some("astro-session".to_owned()),
            astro: true,
            idle: None,
            absolute: None,
            ..Self::default()
        }
    }

    /// The cookie's name. Without it: `__Host-session`, `__Secure-session` where a domain or path is set, `session`
    /// with `secure(false)`.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Whether browsers send the cookie over https only (default: yes). Turn it off only for plain http in development.
    #[must_use]
    pub fn secure(mut self, secure: bool) -> Self {
        self.secure = secure;
        self
    }

    /// When browsers send the cookie with requests from other sites (default: [`SameSite::Lax`]).
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// The cookie's `Domain`; without it the cookie belongs to the very host that set it, which is safer.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// The cookie's `Path` (default: `/`).
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The cookie's `Max-Age` in whole seconds; without it (the default) the browser forgets the cookie when it closes.
    ///
    /// The time counts from the last response whose request used the session: each of them sends the cookie again, and says
    /// `Cache-Control: private, no-cache`. A request that took long asks the store once more before, whether the id is
    /// still the one in use. A single session gets another time by [`remember_for`](crate::Handle::remember_for).
    #[must_use]
    pub fn max_age(mut self, max_age: impl Into<Option<Duration>>) -> Self {
        self.max_age = max_age.into();
        self
    }

    /// How long a session lives without being used; `None`: for ever. A single one gets another time by
    /// [`remember_for`](crate::Handle::remember_for).
    #[must_use]
    pub fn idle(mut self, idle: impl Into<Option<Duration>>) -> Self {
        self.idle = idle.into();
        self
    }

    /// How long a session lives after it was created, used or not; `None`: for ever. A visitor's session that is signed in
    /// to later, with [`regenerate`](crate::Handle::regenerate), keeps its age; `destroy` before the first `set` begins anew.
    #[must_use]
    pub fn absolute(mut self, absolute: impl Into<Option<Duration>>) -> Self {
        self.absolute = absolute.into();
        self
    }

    /// How long a value lives after it was set, for keys that say nothing of their own; `None` (the default): as long as
    /// the session.
    #[must_use]
    pub fn ttl(mut self, ttl: impl Into<Option<Duration>>) -> Self {
        self.ttl = ttl.into();
        self
    }

    /// The longest a request waits for the store before it is answered with 503: its load, its saves, its commit and all
    /// retries together (default: 2 s). A session outside a request has as long for each save. It needs the feature
    /// `tokio` and a tokio runtime with its timer on.
    #[must_use]
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.store_timeout = timeout;
        self
    }

    /// The largest record that is read or written, in bytes (default: 1 MiB).
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// What is answered where a session fails. Without it: the error's status with one plain sentence.
    #[must_use]
    pub fn on_error(mut self, answer: impl Fn(&Error) -> ErrorResponse + Send + Sync + 'static) -> Self {
        self.on_error = Some(Arc::new(answer));
        self
    }

    /// Where the time is read from (default: the system's clock).
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The response to an error.
    pub(crate) fn answer(&self, error: &Error) -> ErrorResponse {
        self.on_error.as_ref().map_or_else(|| ErrorResponse::plain(error), |answer| answer(error))
    }

    pub(crate) fn key(&self, id: &SessionId) -> StoreKey {
        if self.astro { StoreKey::plain(id) } else { StoreKey::hashed(id) }
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::default().max_bytes(self.max_bytes)
    }

    /// The point in time at which a value set now, for `ttl` if it has one of its own, expires.
    pub(crate) fn expires(&self, ttl: Option<Duration>) -> Option<f64> {
        let ttl = ttl.or(self.ttl)?;
        Some(crate::state::to_number(self.clock.now_ms()) + ttl.as_secs_f64() * 1000.0)
    }

    /// How long a session lives without being used.
    pub(crate) fn idle_of(&self, lifetime: Lifetime) -> Option<Duration> {
        lifetime.idle().or(self.idle)
    }

    /// How long the store is to keep a session; `None`: its time is over.
    pub(crate) fn expiry(&self, lifetime: Lifetime, now: u64) -> Option<Expiry> {
        let rest = match (self.absolute, lifetime.created) {
            (Some(absolute), Some(created)) => {
                let passed = Duration::from_millis(now.saturating_sub(created));
                Some(absolute.checked_sub(passed).filter(|rest| !rest.is_zero())?)
            }
            _ => None,
        };
        Some(match (self.idle_of(lifetime), rest) {
            (Some(idle), Some(rest)) => Expiry::After(idle.min(rest)),
            (Some(one), None) | (None, Some(one)) => Expiry::After(one),
            (None, None) => Expiry::Never,
        })
    }

    /// The cookie of these settings.
    ///
    /// # Panics
    /// Where a browser would refuse it, or a duration is zero: a mistake in the program, found at its start.
    pub(crate) fn build_cookie(&self) -> Cookie {
        let free = self.domain.is_none() && self.path == "/";
        let default_name = match (self.secure, free) {
            (true, true) => "__Host-session",
            (true, false) => "__Secure-session",
            (false, _) => "session",
        };
        let cookie = Cookie {
            name: self.cookie_name.clone().unwrap_or_else(|| default_name.to_owned()),
            secure: self.secure,
            same_site: self.same_site,
            domain: self.domain.clone(),
            path: self.path.clone(),
            max_age: self.max_age,
        };
        let durations = [
            ("idle", self.idle),
            ("absolute", self.absolute),
            ("ttl", self.ttl),
            ("store_timeout", Some(self.store_timeout)),
        ];
        let zero = durations.iter().find(|(_, duration)| *duration == Some(Duration::ZERO));
        let zero = zero.map(|(name, _)| format!("a `{name}` of zero: nothing would live that long"));
        let nothing =
            (self.max_bytes == 0).then(|| "a `max_bytes` of zero: nothing could be stored".to_owned());
        if let Some(fault) = cookie.fault().or(zero).or(nothing) {
            panic!("SessionConfig: {fault}");
        }
        cookie
    }
}

impl fmt::Debug for SessionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionConfig")
            .field("cookie_name", &self.cookie_name)
            .field("secure", &self.secure)
            .field("same_site", &self.same_site)
            .field("domain", &self.domain)
            .field("path", &self.path)
            .field("max_age", &self.max_age)
            .field("astro", &self.astro)
            .field("idle", &self.idle)
            .field("absolute", &self.absolute)
            .field("ttl", &self.ttl)
            .field("store_timeout", &self.store_timeout)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}
