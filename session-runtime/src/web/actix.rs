//! The middleware for actix-web, `Session<S>` as its extractor, and `Error` as its response.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, SET_COOKIE, VARY,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};

use super::response::{ON_COOKIE, PRIVATE, failure, varies_with_cookie};
use super::running::{FAILED, Running};
use crate::{Error, ErrorKind, ErrorResponse, Exchange, Finish, Session, SessionData, Sessions, log};

/// Gives every request behind it a session: the middleware to wrap an actix-web app in.
///
/// It reads the cookie and nothing else; the store is asked when a handler extracts a [`Session`]. After the handler it
/// writes what was changed, before the response leaves. actix-web makes an app for each of its threads, so the
/// [`Sessions`] are made before the server, and shared.
///
/// ```no_run
/// use actix_web::{App, HttpServer, web};
/// use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionMiddleware, Sessions};
///
/// async fn count(session: Session) -> Result<String, Error> {
///     let visits = session.get::<u32>("visits")?.unwrap_or(0) + 1;
///     session.set("visits", visits)?;
///     Ok(format!("visit {visits}"))
/// }
///
/// #[actix_web::main]
/// async fn main() -> std::io::Result<()> {
///     let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
///     let app = move || {
///         App::new().wrap(SessionMiddleware::new(sessions.clone())).route("/", web::get().to(count))
///     };
///     HttpServer::new(app).bind("127.0.0.1:3000")?.run().await
/// }
/// ```
///
/// Of several middlewares the one that is wrapped last sees a request first: wrap this one after those that use the
/// session. Where a middleware inside answers with an `Err`, what the request has changed is not written, but for a
/// `destroy`.
#[derive(Debug, Clone)]
pub struct SessionMiddleware {
    sessions: Sessions,
}

impl SessionMiddleware {
    /// A middleware over these sessions.
    #[must_use]
    pub fn new(sessions: Sessions) -> Self {
        Self { sessions }
    }
}

impl<S, B> Transform<S, ServiceRequest> for SessionMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Transform = SessionMiddlewareService<S>;
    type InitError = ();
    type Future = Ready<Result<SessionMiddlewareService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(SessionMiddlewareService { inner, sessions: self.sessions.clone() }))
    }
}

/// The service [`SessionMiddleware`] makes.
#[derive(Debug)]
pub struct SessionMiddlewareService<S> {
    inner: S,
    sessions: Sessions,
}

type LocalFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;

impl<S, B> Service<ServiceRequest> for SessionMiddlewareService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Future = LocalFuture<Self::Response, Self::Error>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mut running = Running(self.begin(&request));
        let handled = self.inner.call(request);
        Box::pin(async move {
            let given = handled.await;
            let Some(exchange) = running.end() else {
                return given.map(ServiceResponse::map_into_left_body);
            };
            // The request stays with its response until the whole body has left, and the session need not.
            if let Ok(response) = &given {
                response.request().extensions_mut().remove::<Exchange>();
            }
            let status = given.as_ref().map_or(FAILED, |response| response.status().as_u16());
            let finish = match exchange.finish_at_once(status) {
                Some(finish) => finish,
                // Its memory is apart, so that requests which write nothing carry nothing of it.
                None => Box::pin(exchange.finish(status)).await,
            };
            given.map(|response| complete(response, finish, exchange.sessions()))
        })
    }
}

impl<S> SessionMiddlewareService<S> {
    /// The exchange of a request, unless a middleware of the same sessions is around this one: the request has its session
    /// already, and the outer one ends it.
    fn begin(&self, request: &ServiceRequest) -> Option<Exchange> {
        let mut extensions = request.extensions_mut();
        if extensions.get::<Exchange>().is_some_and(|outer| outer.sessions().is(&self.sessions)) {
            return None;
        }
        let exchange = self.sessions.begin(request.headers().get_all(COOKIE).map(HeaderValue::as_bytes));
        extensions.insert(exchange.clone());
        Some(exchange)
    }
}

/// The handler's response with what the session adds to it, or the answer to an error in its place.
fn complete<B>(
    response: ServiceResponse<B>,
    finish: Finish,
    sessions: &Sessions,
) -> ServiceResponse<EitherBody<B>> {
    let given = response.response().error().and_then(actix_web::Error::as_error);
    let mut response = match failure(&finish, given) {
        Some(error) => {
            let answer = answer(&sessions.answer(&error), response.headers());
            response.into_response(answer.map_into_right_body())
        }
        None => response.map_into_left_body(),
    };
    let headers = response.headers_mut();
    if !varies_with_cookie(headers.get_all(VARY).map(HeaderValue::as_bytes)) {
        headers.append(VARY, HeaderValue::from_static(ON_COOKIE));
    }
    if let Some(mut cookie) = finish.set_cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        // The id is not for logs.
        cookie.set_sensitive(true);
        headers.append(SET_COOKIE, cookie);
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(PRIVATE));
        }
    }
    response
}

/// The answer to an error. Cookies stay: one of them may hold the id that a middleware of other sessions has just changed.
fn answer(answer: &ErrorResponse, replaced: &HeaderMap) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Ok(content_type) = HeaderValue::from_str(&answer.content_type) {
        response.insert_header((CONTENT_TYPE, content_type));
    }
    for cookie in replaced.get_all(SET_COOKIE) {
        response.append_header((SET_COOKIE, cookie.clone()));
    }
    response.body(answer.body.clone())
}

/// Where the store fails, the extractor gives the error, which is answered as the configuration says; an
/// `Option<Session<S>>` is `None` then too, as actix-web has it.
impl<S: SessionData + 'static> FromRequest for Session<S> {
    type Error = Error;
    type Future = LocalFuture<Self, Error>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let exchange = request.extensions().get::<Exchange>().cloned();
        Box::pin(async move {
            let Some(exchange) = exchange else {
                let hint = "wrap the app in `SessionMiddleware::new(sessions)`, after middleware that uses the session";
                return Err(Error::hinted(ErrorKind::MissingLayer, hint));
            };
            exchange.load().await.map(Self::new)
        })
    }
}

/// The error's status and one plain sentence; the middleware puts the configuration's own answer in its place.
impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        if self.kind() == ErrorKind::MissingLayer {
            log::request_failed(self);
        }
        answer(&ErrorResponse::plain(self), &HeaderMap::new())
    }
}
