//! A site with a session, for tests of what happens to it.

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use session_runtime::{Error, Session, SessionConfig, SessionData, SessionLayer, Store};

/// What the site keeps.
#[derive(Debug, SessionData)]
pub struct Shop {
    /// Its items are shown at `/`.
    #[session(default)]
    pub cart: Vec<String>,
    /// Can be claimed once.
    pub code: u32,
}

async fn show(session: Session<Shop>) -> Result<String, Error> {
    Ok(session.cart().get()?.join(","))
}

async fn add(session: Session<Shop>, Path(item): Path<String>) -> Result<(), Error> {
    session.cart().update(move |cart| cart.push(item.clone()))
}

async fn set_code(session: Session<Shop>, Path(code): Path<u32>) -> Result<(), Error> {
    session.code().set(code)
}

async fn claim(session: Session<Shop>) -> Result<String, Error> {
    Ok(session.code().claim().await?.map_or_else(String::new, |code| code.to_string()))
}

async fn leave(session: Session<Shop>) -> Result<(), Error> {
    session.destroy()
}

async fn renew(session: Session<Shop>) -> Result<(), Error> {
    session.regenerate()
}

/// A site with a session, and a page without one.
pub fn shop(store: impl Store, config: SessionConfig) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/add/{item}", post(add))
        .route("/code/{code}", post(set_code))
        .route("/claim", post(claim))
        .route("/leave", post(leave))
        .route("/renew", post(renew))
        .route("/about", get(async || "about"))
        .layer(SessionLayer::with_config(store, config))
}
