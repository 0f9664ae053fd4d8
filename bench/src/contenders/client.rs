//! Requests to an application without a socket, as a browser makes them.

use std::pin::Pin;
use std::rc::Rc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use tower::ServiceExt;

use super::App;

/// What an application answers.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// What the browser would send next time, if the application sets a cookie.
    pub cookie: Option<String>,
    pub body: String,
}

type Sent = Pin<Box<dyn Future<Output = Reply>>>;

/// Makes requests of a path, with a cookie or without.
#[derive(Clone)]
pub struct Client(Rc<dyn Fn(String, Option<String>) -> Sent>);

impl Client {
    pub(crate) fn new(send: impl Fn(String, Option<String>) -> Sent + 'static) -> Self {
        Self(Rc::new(send))
    }

    pub async fn get(&self, path: &str, cookie: Option<&str>) -> Reply {
        (self.0)(path.to_owned(), cookie.map(str::to_owned)).await
    }

    /// The cookie of a new session that a request of `path` makes.
    pub async fn session(&self, path: &str) -> String {
        let reply = self.get(path, None).await;
        reply.cookie.unwrap_or_else(|| panic!("{path} sets no cookie: {}", reply.status))
    }
}

pub(crate) fn of_axum(app: impl App) -> Client {
    Client::new(move |path, cookie| {
        let app = app.clone();
        Box::pin(async move {
            let mut request = Request::get(path);
            if let Some(cookie) = cookie {
                request = request.header(header::COOKIE, cookie);
            }
            let request = request.body(Body::empty()).expect("a request");
            let response = app.oneshot(request).await.expect("infallible");
            let (status, cookie) = (response.status().as_u16(), cookies(response.headers()));
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            Reply { status, cookie, body: String::from_utf8_lossy(&body).into_owned() }
        })
    })
}

/// The pairs of all cookies that are set and not deleted.
fn cookies(headers: &HeaderMap) -> Option<String> {
    let set = headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs(set)
}

pub(crate) fn pairs<'h>(set: impl Iterator<Item = &'h str>) -> Option<String> {
    let kept = set.filter_map(|text| text.split(';').next()).filter(|pair| !pair.ends_with('='));
    let pairs = kept.collect::<Vec<_>>().join("; ");
    (!pairs.is_empty()).then_some(pairs)
}
