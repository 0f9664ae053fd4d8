//! The tower layer: for axum, and every other framework built on tower and `http`.

use std::fmt;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};

use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE, VARY};
use http::{Extensions, HeaderMap, HeaderValue, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::response::{ON_COOKIE, PRIVATE, failure, varies_with_cookie};
use super::running::{FAILED, Running};
use crate::{Error, Exchange, Finish, Session, SessionConfig, SessionData, SessionId, Sessions, Store};

/// Gives every request behind it a session: the layer to install around the routes that use one.
///
/// It reads the cookie and nothing else; the store is asked when a handler extracts a [`Session`]. After the handler it
/// writes what was changed, before the response leaves.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::get};
/// use session_runtime::{Error, MemoryStore, Session, SessionLayer};
///
/// async fn count(session: Session) -> Result<String, Error> {
///     let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
///     session.set("visits", visits)?;
///     Ok(format!("visit {visits}"))
/// }
///
/// let app: Router = Router::new().route("/", get(count)).layer(SessionLayer::new(MemoryStore::new()));
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SessionLayer {
    sessions: Sessions,
}

impl SessionLayer {
    /// A layer over `store` with the default configuration.
    #[must_use]
    pub fn new(store: impl Store) -> Self {
        Self::with_config(store, SessionConfig::default())
    }

    /// A layer over `store`.
    ///
    /// # Panics
    /// The configuration is one that browsers refuse, such as `__Host-` without `Secure`; the text says which and why.
    #[must_use]
    pub fn with_config(store: impl Store, config: SessionConfig) -> Self {
        Self { sessions: Sessions::new(store, config) }
    }

    /// Opens the session of `id` outside a request, for jobs and the like: only
    /// [`save`](crate::Handle::save) writes it. `None` where there is no such session.
    ///
    /// # Errors
    /// The store failed, or the record cannot be read.
    pub async fn open<S: SessionData>(&self, id: &SessionId) -> Result<Option<Session<S>>, Error> {
        self.sessions.open(id).await
    }

    /// Names a struct whose keys are used, so that two structs which claim one key for different types are found when
    /// the program starts.
    ///
    /// # Panics
    /// As [`Sessions::serves`].
    #[must_use]
    pub fn serves<S: SessionData>(self) -> Self {
        Self { sessions: self.sessions.serves::<S>() }
    }

    /// The sessions behind the layer.
    #[must_use]
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }
}

impl From<Sessions> for SessionLayer {
    fn from(sessions: Sessions) -> Self {
        Self { sessions }
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, sessions: self.sessions.clone() }
    }
}

/// The service [`SessionLayer`] makes.
///
/// Bodies of its responses can be made from a `String`, for the answers to errors. Where another layer changes the body's
/// type, put that one around this one, with a `.layer(…)` of its own.
///
/// On plain tower a service finds its session in the request's extensions:
///
/// ```
/// use http::{Request, Response};
/// use session_runtime::{Error, Exchange, MemoryStore, SessionLayer};
/// use tower_layer::Layer;
///
/// async fn count(request: Request<()>) -> Result<Response<String>, Error> {
///     let exchange = request.extensions().get::<Exchange>().expect("the layer is around it").clone();
///     let session = exchange.load().await?.untyped();        // or `.view::<Shop>()`
///     let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
///     session.set("visits", visits)?;
///     Ok(Response::new(format!("visit {visits}")))
/// }
///
/// let service = SessionLayer::new(MemoryStore::new()).layer(tower::service_fn(count));
/// # let _ = service;
/// ```
#[derive(Debug, Clone)]
pub struct SessionService<S> {
    inner: S,
    sessions: Sessions,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SessionService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: From<String>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let exchange = (!self.is_inside_another(request.extensions())).then(|| {
            let cookies = request.headers().get_all(COOKIE).iter().map(HeaderValue::as_bytes);
            let exchange = self.sessions.begin(cookies);
            insert(request.extensions_mut(), exchange.clone());
            exchange
        });
        SessionFuture { handler: self.inner.call(request), running: Running(exchange), finishing: None }
    }
}

impl<S> SessionService<S> {
    /// Whether a layer of the same sessions is around this one, as around a router that is nested in another: the request
    /// has its session already, and the outer layer ends it.
    fn is_inside_another(&self, extensions: &Extensions) -> bool {
        extensions.get::<Exchange>().is_some_and(|outer| outer.sessions().is(&self.sessions))
    }
}

/// Makes the exchange an extension of the request. A router adds three, and the table behind extensions has to grow for
/// the fourth, which costs as much as everything else here: where this is the first one, it starts with room for all.
fn insert(extensions: &mut Extensions, exchange: Exchange) {
    static ROOMY: LazyLock<Extensions> = LazyLock::new(|| {
        let mut extensions = Extensions::new();
        extensions.insert(((), 0_u8));
        extensions.insert(((), 0_u16));
        extensions.insert(((), 0_u32));
        extensions.insert(((), 0_u64));
        extensions.clear();
        extensions
    });
    if extensions.is_empty() {
        extensions.clone_from(&ROOMY);
    }
    extensions.insert(exchange);
}

type Commit = dyn Future<Output = (Finish, Exchange)> + Send;

pin_project! {
    /// The commit, and what the handler gave, which waits for it.
    struct Finishing<T, C: ?Sized> {
        given: Option<T>,
        #[pin]
        commit: C,
    }
}

pin_project! {
    /// The future of [`SessionService`]: first the handler, then, if it used its session, the commit.
    pub struct SessionFuture<F, T, E> {
        #[pin]
        handler: F,
        running: Running,
        // Boxed, so that requests which write nothing carry nothing of it.
        finishing: Option<Pin<Box<Finishing<Result<T, E>, Commit>>>>,
    }
}

impl<F, B, E> Future for SessionFuture<F, Response<B>, E>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: From<String>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.finishing.is_none() {
            let given = ready!(this.handler.poll(cx));
            let Some(exchange) = this.running.end() else {
                return Poll::Ready(given);
            };
            let status = given.as_ref().map_or(FAILED, |response| response.status().as_u16());
            if let Some(finish) = exchange.finish_at_once(status) {
                return Poll::Ready(given.map(|response| complete(response, finish, exchange.sessions())));
            }
            let commit = async move { (exchange.finish(status).await, exchange) };
            *this.finishing = Some(Box::pin(Finishing { given: Some(given), commit }));
        }
        let Some(finishing) = this.finishing else { return Poll::Pending };
        let finishing = finishing.as_mut().project();
        let (finish, exchange) = ready!(finishing.commit.poll(cx));
        let Some(given) = finishing.given.take() else { return Poll::Pending };
        Poll::Ready(given.map(|response| complete(response, finish, exchange.sessions())))
    }
}

impl<F, T, E> fmt::Debug for SessionFuture<F, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").field("exchange", &self.running.0).finish_non_exhaustive()
    }
}

/// The handler's response with what the session adds to it, or the answer to an error in its place.
fn complete<B: From<String>>(response: Response<B>, finish: Finish, sessions: &Sessions) -> Response<B> {
    let mut response = match failure(&finish, response.extensions().get()) {
        Some(error) => error_response(&error, sessions, response.headers()),
        None => response,
    };
    let headers = response.headers_mut();
    if !varies_with_cookie(headers.get_all(VARY).iter().map(HeaderValue::as_bytes)) {
        headers.append(VARY, HeaderValue::from_static(ON_COOKIE));
    }
    if let Some(mut cookie) = finish.set_cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        // The id is not for logs.
        cookie.set_sensitive(true);
        headers.append(SET_COOKIE, cookie);
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static(PRIVATE));
    }
    response
}

/// The answer to an error. Cookies stay: one of them may hold the id that a layer of other sessions has just changed.
fn error_response<B: From<String>>(error: &Error, sessions: &Sessions, replaced: &HeaderMap) -> Response<B> {
    let answer = sessions.answer(error);
    let mut response = Response::new(B::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(content_type) = HeaderValue::try_from(answer.content_type) {
        response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
    }
    for cookie in replaced.get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}
