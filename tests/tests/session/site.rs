//! A site and its one client, whose clock the tests turn.

use std::time::Duration;

use session_runtime::testing::{Faults, FaultyStore, ManualClock};
use session_runtime::{Error, Exchange, MemoryStore, Session, SessionConfig, SessionId, Sessions, Store};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// A site with one client, by an injected clock.
pub(crate) struct Site {
    pub(crate) clock: ManualClock,
    pub(crate) sessions: Sessions,
    pub(crate) cookie: Option<String>,
    pub(crate) faults: Faults,
}

impl Site {
    pub(crate) fn new(store: impl Store, clock: ManualClock, config: SessionConfig) -> Self {
        let store = FaultyStore::new(store);
        let faults = store.faults();
        Self { sessions: Sessions::new(store, config.clock(clock.clock())), clock, cookie: None, faults }
    }

    pub(crate) fn in_memory(config: SessionConfig) -> Self {
        let clock = clock();
        Self::new(MemoryStore::new().clock(clock.clock()), clock, config)
    }

    /// One request, whose cookie is kept as browsers do.
    pub(crate) async fn request(
        &mut self,
        act: impl FnOnce(&Session) -> Result<(), Error>,
    ) -> Result<Option<String>, Error> {
        let exchange: Exchange = self.sessions.begin(self.cookie.iter().map(String::as_bytes));
        act(&exchange.load().await?.untyped())?;
        let finish = exchange.finish(200).await;
        if let Some(pair) = finish.set_cookie.as_deref().and_then(|set| set.split(';').next()) {
            self.cookie = Some(pair.to_owned());
        }
        finish.error.map_or(Ok(finish.set_cookie), Err)
    }

    /// The session id in the client's cookie.
    pub(crate) fn id(&self) -> SessionId {
        let (_, id) = self.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).expect("a cookie");
        id.parse().expect("an id")
    }

    /// A request that only reads; whether it found the session.
    pub(crate) async fn finds(&mut self) -> Result<bool, Error> {
        let mut found = false;
        self.request(|session| {
            found = session.exists("n");
            Ok(())
        })
        .await?;
        Ok(found)
    }
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::at(1_795_416_736_073)
}
