//! tower-sessions with its memory store.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tower_sessions::session::Error;
use tower_sessions::{Expiry, MemoryStore, Session, SessionManagerLayer};

use super::bag::{self, Bag};
use super::{Contender, axum_contender};
use crate::data::{self, WIDE_KEY, Wide};

async fn untouched() -> &'static str {
    "hello"
}

async fn read(session: Session) -> String {
    let cart: Vec<String> = session.get("cart").await.expect("readable").unwrap_or_default();
    cart.len().to_string()
}

async fn update(session: Session) -> &'static str {
    let mut cart: Vec<String> = session.get("cart").await.expect("readable").unwrap_or_default();
    data::change(&mut cart);
    session.insert("cart", cart).await.expect("stored");
    "hello"
}

async fn create(session: Session) -> &'static str {
    let data::Whole { user, cart, last_visit } = data::whole();
    session.insert("user", user).await.expect("stored");
    session.insert("cart", cart).await.expect("stored");
    session.insert("last_visit", last_visit).await.expect("stored");
    "hello"
}

async fn wide(session: Session) -> String {
    let value: Wide = session.get(WIDE_KEY).await.expect("readable").unwrap_or_default();
    value.len().to_string()
}

async fn fill_wide(session: Session, large: bool) -> &'static str {
    for nth in 0..data::KEYS {
        let stored: Result<(), Error> = session.insert(&data::wide_key(nth), data::wide(nth, large)).await;
        stored.expect("stored");
    }
    "hello"
}

impl Bag for Session {
    async fn fetch(&self, key: &str) -> Option<Wide> {
        self.get(key).await.expect("readable")
    }

    async fn keep(&self, key: &str, value: Wide) {
        self.insert(key, value).await.expect("stored");
    }

    async fn end(&self) {
        self.flush().await.expect("ended");
    }
}

pub(crate) async fn contender(idle: Option<Duration>) -> Contender {
    let mut layer = SessionManagerLayer::new(MemoryStore::default());
    if let Some(idle) = idle {
        layer = layer.with_expiry(Expiry::OnInactivity(idle.try_into().expect("a short time")));
    }
    let app = Router::new()
        .merge(bag::routes::<Session, _>())
        .route("/fill/{keys}/{bytes}", get(bag::fill::<Session>))
        .route("/untouched", get(untouched))
        .route("/read", get(read))
        .route("/update", get(update))
        .route("/create", get(create))
        .route("/wide", get(wide))
        .route("/fill/typical", get(create))
        .route("/fill/large", get(|session: Session| fill_wide(session, true)))
        .route("/fill/short", get(|session: Session| fill_wide(session, false)));
    axum_contender("tower-sessions", app.layer(layer).with_state(())).await
}
