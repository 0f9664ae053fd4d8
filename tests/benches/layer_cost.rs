//! What the layer costs a request: `cargo bench -p session-tests --bench layer_cost`.
//!
//! All contenders run in turn within each round, so that a change of the machine's speed hits all of them alike; the
//! median of the rounds is printed. A compass, not a test: nothing is asserted.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]

use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionData, SessionLayer, testing};
use tower::{Layer, Service};

const ROUNDS: usize = 31;
const REQUESTS: u32 = 20_000;

#[derive(SessionData)]
struct Data {
    #[session(default)]
    cart: Vec<String>,
    user: String,
}

/// A layer that does nothing, at the place where ours would be.
#[derive(Clone)]
struct Nothing;

#[derive(Clone)]
struct NothingService<S>(S);

impl<S> Layer<S> for Nothing {
    type Service = NothingService<S>;

    fn layer(&self, inner: S) -> NothingService<S> {
        NothingService(inner)
    }
}

impl<S: Service<R>, R> Service<R> for NothingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}

struct Contender {
    name: &'static str,
    app: Router,
    cookie: Option<String>,
    ns: Vec<u128>,
}

async fn bare() -> &'static str {
    "hello"
}

async fn read(session: Session<Data>) -> Result<String, Error> {
    Ok(session.cart().get()?.len().to_string())
}

async fn write(session: Session<Data>) -> Result<(), Error> {
    session.cart().update(|cart| {
        if cart.len() >= 20 {
            cart.clear();
        }
        cart.push("twelve chars".to_owned());
    })
}

async fn round(contender: &mut Contender) {
    let start = Instant::now();
    for _ in 0..REQUESTS {
        let mut request = Request::get("/");
        if let Some(cookie) = &contender.cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = contender.app.call(request).await.expect("infallible");
        assert!(response.status().is_success());
    }
    contender.ns.push(start.elapsed().as_nanos() / u128::from(REQUESTS));
    tokio::task::yield_now().await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let layer = SessionLayer::with_config(MemoryStore::new(), SessionConfig::default());
    let fill = |session: &Session<Data>| {
        session.user().set("ada".to_owned())?;
        session.cart().set(vec!["twelve chars".to_owned(); 19])
    };
    let cookie = testing::cookie(layer.sessions(), fill).await.expect("stored");
    // `with_state(())` finishes the router; otherwise axum builds the layers anew for each request.
    let route = |handler: axum::routing::MethodRouter| Router::new().route("/", handler);
    let contender = |name, app: Router, cookie: Option<&String>| Contender {
        name,
        app: app.with_state(()),
        cookie: cookie.cloned(),
        ns: Vec::new(),
    };
    let mut contenders = [
        contender("bare route", route(get(bare)), None),
        contender("bare route, cookie sent", route(get(bare)), Some(&cookie)),
        contender("a layer that does nothing", route(get(bare)).layer(Nothing), None),
        contender("session layer, no cookie, not used", route(get(bare)).layer(layer.clone()), None),
        contender("session layer, cookie, not used", route(get(bare)).layer(layer.clone()), Some(&cookie)),
        contender("session layer, one key read", route(get(read)).layer(layer.clone()), Some(&cookie)),
        contender("session layer, update", route(get(write)).layer(layer), Some(&cookie)),
    ];
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            round(contender).await;
        }
    }
    for contender in &mut contenders {
        contender.ns.sort_unstable();
        let [low, median, high] =
            [ROUNDS / 10, ROUNDS / 2, ROUNDS - 1 - ROUNDS / 10].map(|at| contender.ns[at]);
        println!("{:<36} {median:>6} ns/request ({low} to {high})", contender.name);
    }
}
