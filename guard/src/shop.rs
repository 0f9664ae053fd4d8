//! The application whose requests are measured, on this library.

use axum::Router;
use axum::routing::get;
use session_runtime::{Error, Session, SessionData};

use crate::data::{self, User, WIDE_KEY, Wide};

/// The typical session.
#[derive(Debug, SessionData)]
pub struct Shop {
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

fn fill_wide(session: &Session, large: bool) -> Result<(), Error> {
    (0..data::KEYS).try_for_each(|nth| session.set(&data::wide_key(nth), data::wide(nth, large)))
}

/// A route for each kind of request, and routes that fill a session; the layer is the caller's.
pub fn app() -> Router {
    Router::new()
        .route("/untouched", get(untouched))
        .route("/read", get(read))
        .route("/update", get(update))
        .route("/create", get(create))
        .route("/wide", get(wide))
        .route("/fill/typical", get(create))
        .route("/fill/large", get(async |session: Session| fill_wide(&session, true)))
        .route("/fill/short", get(async |session: Session| fill_wide(&session, false)))
}
