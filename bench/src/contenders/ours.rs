//! This library over the memory store; the application is the guard's.

use std::time::Duration;

use axum::routing::get;
use session_guard::shop;
use session_runtime::{MemoryStore, Session, SessionConfig, SessionData, SessionLayer};
use tower::Layer;

use super::bag::{self, Bag, next, work};
use super::{Contender, Place, axum_contender};
use crate::data::Wide;

impl Bag for Session {
    async fn fetch(&self, key: &str) -> Option<Wide> {
        self.get(key).expect("readable")
    }

    async fn keep(&self, key: &str, value: Wide) {
        self.set(key, value).expect("stored");
    }

    async fn end(&self) {
        self.destroy().expect("destroyed");
    }

    /// With the call that is there for it.
    async fn count(&self, key: &str, millis: u64) {
        self.fetch(key).await;
        work(millis).await;
        let counts = self.view::<Counts>();
        counts.count().update(|value| *value = Some(next(value.take()))).expect("stored");
    }
}

#[derive(SessionData)]
struct Counts {
    /// Under [`bag::COUNT`].
    count: Wide,
}

/// The default configuration but for `idle`, and with room for a million sessions of any size.
pub(crate) async fn contender(place: Place, idle: Option<Duration>) -> Contender {
    let store = MemoryStore::with_limits(16 << 30, 2_000_000);
    let mut config = SessionConfig::default().max_bytes(16 << 20);
    if let Some(idle) = idle {
        config = config.idle(idle);
    }
    let layer = SessionLayer::with_config(store.clone(), config);
    let app = shop::app()
        .merge(bag::routes::<Session, _>())
        .route("/fill/{keys}/{bytes}", get(bag::fill::<Session>));
    let mut contender = match place {
        Place::Routes => axum_contender("session-runtime", app.layer(layer).with_state(())).await,
        Place::Around => {
            axum_contender("session-runtime, around the router", layer.layer(app.with_state(()))).await
        }
    };
    contender.store = Some(store);
    contender
}
