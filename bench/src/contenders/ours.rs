//! This library, with its default configuration over the memory store.

use axum::Router;
use axum::routing::get;
use session_runtime::{Error, MemoryStore, Session, SessionData, SessionLayer};

use super::{Contender, axum_contender};
use crate::data::{self, User, WIDE_KEY, Wide};

#[derive(SessionData)]
struct Shop {
    user: User,
    #[session(default)]
    cart: Vec<String>,
    last_visit: u64,
}

async fn untouched() -> &'static str {
    "hello"
}

async fn read(session: Session<Shop>) -> Result<String, Error> {
    Ok(session.cart().get()?.len().to_string())
}

async fn update(session: Session<Shop>) -> Result<&'static str, Error> {
    session.cart().update(|cart| data::change(cart))?;
    Ok("hello")
}

async fn create(session: Session<Shop>) -> Result<&'static str, Error> {
    let data::Whole { user, cart, last_visit } = data::whole();
    session.user().set(user)?;
    session.cart().set(cart)?;
    session.last_visit().set(last_visit)?;
    Ok("hello")
}

async fn wide(session: Session) -> Result<String, Error> {
    let value = session.get::<Wide>(WIDE_KEY)?.unwrap_or_default();
    Ok(value.len().to_string())
}

async fn fill_wide(session: Session, large: bool) -> Result<(), Error> {
    (0..data::KEYS).try_for_each(|nth| session.set(&data::wide_key(nth), data::wide(nth, large)))
}

pub(crate) async fn contender() -> Contender {
    axum_contender("session-runtime", app().layer(SessionLayer::new(MemoryStore::new()))).await
}

fn app() -> Router {
    Router::new()
        .route("/untouched", get(untouched))
        .route("/read", get(read))
        .route("/update", get(update))
        .route("/create", get(create))
        .route("/wide", get(wide))
        .route("/fill/typical", get(create))
        .route("/fill/large", get(|session: Session| fill_wide(session, true)))
        .route("/fill/short", get(|session: Session| fill_wide(session, false)))
}
