//! A client with a cookie jar that drives a router without a network.

use axum::Router;
use axum::body::Body;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// One browser: it sends the session cookie it was last given.
#[derive(Debug, Clone)]
pub struct Browser {
    app: Router,
    /// The `Cookie` header it sends, as `name=value`.
    pub cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Reply {
    /// The values of all `Set-Cookie` headers.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<String> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .map(str::to_owned)
            .collect()
    }

    /// A header's values, joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(app: Router) -> Self {
        Self { app, cookie: None }
    }

    /// The id in its cookie.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.cookie.as_deref()?.split_once('=').map(|(_, id)| id)
    }

    /// `GET path`.
    ///
    /// # Panics
    /// As [`send`](Self::send).
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, Body::empty()).await
    }

    /// `POST path` without a body.
    ///
    /// # Panics
    /// As [`send`](Self::send).
    pub async fn post(&mut self, path: &str) -> Reply {
        self.send(Method::POST, path, Body::empty()).await
    }

    /// Sends one request and keeps the cookie that comes back.
    ///
    /// # Panics
    /// The request cannot be built, or the body breaks off.
    pub async fn send(&mut self, method: Method, path: &str, body: Body) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let request = request.body(body).expect("a valid request");
        let response = self.app.clone().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let reply = Reply {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        for cookie in reply.set_cookies() {
            let pair = cookie.split(';').next().unwrap_or_default().to_owned();
            self.cookie = (!pair.ends_with("=deleted")).then_some(pair);
        }
        reply
    }
}
