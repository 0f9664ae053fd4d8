//! A browser that goes to both: one cookie jar, two servers.

use std::net::SocketAddr;

use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;
use session_runtime::devalue::Value;

use super::{Op, value};
use crate::browser::Reply;

/// One visitor of the pair. Clones are further tabs of one browser, except that the jar is copied.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: Client<HttpConnector, Body>,
    astro: SocketAddr,
    rust: SocketAddr,
    /// The `Cookie` header it sends, as `name=value`.
    pub cookie: Option<String>,
}

/// What Astro answered.
#[derive(Debug)]
pub struct Answer {
    /// The status and the headers.
    pub reply: Reply,
    /// What each operation gave: a tagged tree, or an error.
    results: Vec<Json>,
}

impl Answer {
    /// What the operation gave.
    ///
    /// # Panics
    /// It threw an error, or there was none of this number.
    #[must_use]
    pub fn value(&self, nth: usize) -> Value {
        let tree = &self.results[nth]["value"];
        assert!(!tree.is_null(), "operation {nth}: {}", self.results[nth]);
        value(tree)
    }

    /// Decodes what the operation gave.
    ///
    /// # Panics
    /// It is of another type, and as [`value`](Self::value).
    #[must_use]
    pub fn get<T: serde::de::DeserializeOwned>(&self, nth: usize) -> T {
        self.value(nth).decode().expect("Astro's value is of the expected type")
    }

    /// The error that the operation threw.
    #[must_use]
    pub fn error(&self, nth: usize) -> Option<&str> {
        self.results[nth]["error"].as_str()
    }

    /// How many operations were run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether none was run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }
}

impl Visitor {
    pub(super) fn new(astro: SocketAddr, rust: SocketAddr) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, astro, rust, cookie: None }
    }

    /// The id in its cookie.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.cookie.as_deref()?.split_once('=').map(|(_, id)| id)
    }

    /// Has Astro run these operations in one request.
    ///
    /// # Panics
    /// Astro cannot be reached, or fails.
    pub async fn astro(&mut self, ops: impl IntoIterator<Item = Op>) -> Answer {
        let ops: Vec<Json> = ops.into_iter().map(|op| op.0).collect();
        let reply = self.send(Method::POST, self.astro, "/ops", Json::from(ops).to_string()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let mut body: Json = serde_json::from_str(&reply.body).expect("Astro answers JSON");
        let Json::Array(results) = body["results"].take() else { panic!("{}", reply.body) };
        Answer { reply, results }
    }

    /// `GET path` of the Astro app.
    ///
    /// # Panics
    /// It cannot be reached.
    pub async fn page(&mut self, path: &str) -> Reply {
        self.send(Method::GET, self.astro, path, String::new()).await
    }

    /// `GET path` of the Rust service.
    ///
    /// # Panics
    /// It cannot be reached.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, self.rust, path, String::new()).await
    }

    /// `POST path` of the Rust service.
    ///
    /// # Panics
    /// It cannot be reached.
    pub async fn post(&mut self, path: &str) -> Reply {
        self.send(Method::POST, self.rust, path, String::new()).await
    }

    /// `DELETE path` of the Rust service.
    ///
    /// # Panics
    /// It cannot be reached.
    pub async fn delete(&mut self, path: &str) -> Reply {
        self.send(Method::DELETE, self.rust, path, String::new()).await
    }

    async fn send(&mut self, method: Method, to: SocketAddr, path: &str, body: String) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{to}{path}"))
            .header(CONTENT_TYPE, "application/json");
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let request = request.body(Body::from(body)).expect("a valid request");
        let response = self.client.request(request).await.expect("the server answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        let reply = Reply { status: parts.status, headers: parts.headers, body };
        for cookie in reply.set_cookies() {
            let pair = cookie.split(';').next().unwrap_or_default().to_owned();
            self.cookie = (!pair.ends_with("=deleted")).then_some(pair);
        }
        reply
    }
}
