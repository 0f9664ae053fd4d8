//! axum_session, which keeps sessions in its own memory where it has no database.

use axum::Router;
use axum::routing::get;
use axum_session::{Session, SessionConfig, SessionLayer, SessionNullPool, SessionStore};

use super::bag::{self, Bag};
use super::{Contender, axum_contender};
use crate::data::{self, WIDE_KEY, Wide};

type Stored = Session<SessionNullPool>;

async fn untouched() -> &'static str {
    "hello"
}

async fn read(session: Stored) -> String {
    session.get::<Vec<String>>("cart").unwrap_or_default().len().to_string()
}

async fn update(session: Stored) -> &'static str {
    let mut cart = session.get::<Vec<String>>("cart").unwrap_or_default();
    data::change(&mut cart);
    session.set("cart", cart);
    "hello"
}

async fn create(session: Stored) -> &'static str {
    let data::Whole { user, cart, last_visit } = data::whole();
    session.set("user", user);
    session.set("cart", cart);
    session.set("last_visit", last_visit);
    "hello"
}

async fn wide(session: Stored) -> String {
    session.get::<Wide>(WIDE_KEY).unwrap_or_default().len().to_string()
}

async fn fill_wide(session: Stored, large: bool) -> &'static str {
    for nth in 0..data::KEYS {
        session.set(&data::wide_key(nth), data::wide(nth, large));
    }
    "hello"
}

impl Bag for Stored {
    async fn fetch(&self, key: &str) -> Option<Wide> {
        self.get(key)
    }

    async fn keep(&self, key: &str, value: Wide) {
        self.set(key, value);
    }

    async fn end(&self) {
        self.destroy();
    }
}

pub(crate) async fn contender() -> Contender {
    let store = SessionStore::<SessionNullPool>::new(None, SessionConfig::default()).await.expect("a store");
    let app = Router::new()
        .merge(bag::routes::<Stored, _>())
        .route("/fill/{keys}/{bytes}", get(bag::fill::<Stored>))
        .route("/untouched", get(untouched))
        .route("/read", get(read))
        .route("/update", get(update))
        .route("/create", get(create))
        .route("/wide", get(wide))
        .route("/fill/typical", get(create))
        .route("/fill/large", get(|session: Stored| fill_wide(session, true)))
        .route("/fill/short", get(|session: Stored| fill_wide(session, false)));
    axum_contender("axum_session", app.layer(SessionLayer::new(store)).with_state(())).await
}
