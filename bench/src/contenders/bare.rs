//! No session at all: a route, a route behind a layer that does nothing, and one that only hands something to handlers.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::http::Request;
use axum::routing::get;
use tower::{Layer, Service};

use super::{App, Contender, Kind, Place, client};

fn app() -> Router {
    let hello = || async { "hello" };
    Router::new().route("/untouched", get(hello)).route("/fill/typical", get(hello))
}

/// The bare route.
pub(crate) async fn route() -> Contender {
    only_untouched("bare route", app().with_state(())).await
}

/// A layer at the place where a session layer would be.
pub(crate) async fn empty_layer(place: Place) -> Contender {
    match place {
        Place::Routes => only_untouched("layer that does nothing", app().layer(Nothing).with_state(())).await,
        Place::Around => {
            only_untouched("layer that does nothing, around the router", Nothing.layer(app().with_state(())))
                .await
        }
    }
}

/// A layer that makes a place of the request's own and puts it into the request's extensions, where a handler would find
/// its session, and nothing else.
pub(crate) async fn extending_layer(place: Place) -> Contender {
    match place {
        Place::Routes => {
            only_untouched("layer that adds an extension", app().layer(Extending).with_state(())).await
        }
        Place::Around => {
            let app = Extending.layer(app().with_state(()));
            only_untouched("layer that adds an extension, around the router", app).await
        }
    }
}

/// The cookie is some cookie: nobody looks at it.
async fn only_untouched(name: &'static str, app: impl App) -> Contender {
    let cookie = "__Host-session=11111111-1111-4111-8111-111111111111".to_owned();
    let client = client::of_axum(app.clone());
    let runners = vec![
        (Kind::Anonymous, super::axum_runner(app.clone(), Kind::Anonymous, None)),
        (Kind::Untouched, super::axum_runner(app, Kind::Untouched, Some(cookie))),
    ];
    Contender { name, runners, client, store: None }
}

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

#[derive(Clone)]
struct Extending;

#[derive(Clone)]
struct ExtendingService<S>(S);

/// What the handlers of one request share.
#[derive(Clone)]
struct Shared(#[expect(dead_code, reason = "nobody looks at it")] Arc<[u64; 32]>);

impl<S> Layer<S> for Extending {
    type Service = ExtendingService<S>;

    fn layer(&self, inner: S) -> ExtendingService<S> {
        ExtendingService(inner)
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for ExtendingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(Shared(Arc::new([0; 32])));
        self.0.call(request)
    }
}
