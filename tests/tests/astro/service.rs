//! The Rust service of these tests: one typed key, any untyped ones, and a handler that waits until it is let go.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Extension, Router};
use session_runtime::{Error, Session, SessionData};
use tokio::sync::Semaphore;

#[derive(SessionData)]
struct Shop {
    #[session(default)]
    cart: Vec<String>,
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/cart", get(cart))
        .route("/cart/{item}", post(add))
        .route("/slow/{item}", post(add_slowly))
        .route("/key/{key}", get(read).delete(remove))
        .route("/key/{key}/{value}", post(write))
        .route("/keys", get(keys))
        .route("/ttl/{ms}/{key}/{value}", post(write_for))
        .route("/regenerate", post(regenerate))
        .route("/destroy", post(destroy))
        .route("/load/{id}", post(load))
}

/// Holds the slow handlers up between reading and writing.
#[derive(Debug)]
pub(crate) struct Gate {
    arrived: Semaphore,
    open: Semaphore,
}

impl Gate {
    /// The routes, whose slow handlers wait at the gate that comes with them.
    pub(crate) fn routes() -> (Router, Arc<Self>) {
        let gate = Arc::new(Self { arrived: Semaphore::new(0), open: Semaphore::new(0) });
        (routes().layer(Extension(Arc::clone(&gate))), gate)
    }

    /// Waits until so many handlers have read their session.
    pub(crate) async fn arrived(&self, handlers: u32) {
        let _all = self.arrived.acquire_many(handlers).await.unwrap();
    }

    /// Lets all handlers write.
    pub(crate) fn open(&self) {
        self.open.add_permits(Semaphore::MAX_PERMITS >> 1);
    }
}

/// What a handler says of the cart.
pub(crate) fn listed(cart: &[String]) -> String {
    cart.join(" ")
}

async fn cart(session: Session<Shop>) -> Result<String, Error> {
    Ok(listed(&session.cart().get()?))
}

async fn add(session: Session<Shop>, Path(item): Path<String>) -> Result<(), Error> {
    session.cart().update(move |cart| cart.push(item.clone()))
}

async fn add_slowly(
    session: Session<Shop>,
    Path(item): Path<String>,
    Extension(gate): Extension<Arc<Gate>>,
) -> Result<(), Error> {
    session.cart().get()?;
    gate.arrived.add_permits(1);
    let _pass = gate.open.acquire().await;
    session.cart().update(move |cart| cart.push(item.clone()))
}

async fn read(session: Session, Path(key): Path<String>) -> Result<String, Error> {
    Ok(session.get::<String>(&key)?.unwrap_or_default())
}

async fn remove(session: Session, Path(key): Path<String>) -> Result<(), Error> {
    session.remove(&key)
}

async fn write(session: Session, Path((key, value)): Path<(String, String)>) -> Result<(), Error> {
    session.set(&key, value)
}

async fn write_for(
    session: Session,
    Path((ms, key, value)): Path<(u64, String, String)>,
) -> Result<(), Error> {
    session.set_for(&key, value, Duration::from_millis(ms))
}

async fn keys(session: Session) -> String {
    session.keys().join(" ")
}

async fn regenerate(session: Session) -> Result<(), Error> {
    session.regenerate()
}

async fn destroy(session: Session) -> Result<(), Error> {
    session.destroy()
}

/// A test may choose the session; nothing that strangers can call may.
async fn load(session: Session, Path(id): Path<String>) -> Result<String, Error> {
    let id = id.parse().map_err(|_| Error::unavailable(std::io::Error::other("no id")))?;
    Ok(session.load(&id).await?.to_string())
}
