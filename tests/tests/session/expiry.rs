//! Idle and absolute expiry, by an injected clock.

use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{Error, MemoryStore, Session, SessionConfig, Sessions, testing};
use session_tests::stores::Watched;

const HOUR: Duration = Duration::from_secs(3600);

struct Site {
    clock: ManualClock,
    sessions: Sessions,
    cookie: String,
    calls: std::sync::Arc<session_tests::stores::Calls>,
}

impl Site {
    async fn new(config: SessionConfig) -> Result<Self, Error> {
        let clock = ManualClock::at(1_795_416_736_073);
        let store = Watched::new(MemoryStore::new().clock(clock.clock()));
        let calls = store.calls.clone();
        let sessions = Sessions::new(store, config.clock(clock.clock()));
        let cookie = testing::cookie(&sessions, |session: &Session| session.set("n", 1)).await?;
        let _ = calls.reset();
        Ok(Self { clock, sessions, cookie, calls })
    }

    /// A request that only reads; whether it found the session.
    async fn visit(&self) -> Result<bool, Error> {
        let exchange = self.sessions.begin([self.cookie.as_bytes()]);
        let found = exchange.load().await?.untyped().exists("n");
        exchange.finish(200).await;
        Ok(found)
    }
}

#[tokio::test]
async fn idle_sessions_are_kept_alive_by_reads_without_a_rewrite() -> Result<(), Error> {
    let site = Site::new(SessionConfig::default()).await?;
    for _ in 0..5 {
        site.clock.advance(23 * HOUR);
        assert!(site.visit().await?);
    }
    let [loads, puts, _, touches] = site.calls.reset();
    assert_eq!((loads, puts, touches), (5, 0, 5));
    for _ in 0..10 {
        site.clock.advance(Duration::from_secs(60));
        assert!(site.visit().await?);
    }
    assert_eq!(
        site.calls.reset(),
        [10, 0, 0, 0],
        "a session that was touched a moment ago is not touched again"
    );
    site.clock.advance(24 * HOUR + Duration::from_secs(1));
    assert!(!site.visit().await?);
    Ok(())
}

#[tokio::test]
async fn absolute_expiry_ends_a_session_that_is_used_all_the_time() -> Result<(), Error> {
    let site = Site::new(SessionConfig::default().absolute(48 * HOUR)).await?;
    for _ in 0..4 {
        site.clock.advance(11 * HOUR);
        assert!(site.visit().await?);
    }
    site.clock.advance(5 * HOUR);
    assert!(!site.visit().await?);
    Ok(())
}

#[tokio::test]
async fn the_creation_time_is_kept_by_regenerate_and_by_writes_and_hidden() -> Result<(), Error> {
    let mut site = Site::new(SessionConfig::default().idle(None).absolute(10 * HOUR)).await?;
    site.clock.advance(6 * HOUR);
    let exchange = site.sessions.begin([site.cookie.as_bytes()]);
    let session = exchange.load().await?.untyped();
    assert_eq!(session.keys(), ["n"]);
    assert!(session.set("$session", 1).is_err() && session.get::<u32>("$session").is_err());
    session.regenerate()?;
    session.set("m", 1)?;
    let cookie = exchange.finish(200).await.set_cookie.expect("a new id");
    site.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    assert!(site.visit().await?);
    site.clock.advance(4 * HOUR + Duration::from_secs(1));
    assert!(!site.visit().await?);
    Ok(())
}

#[tokio::test]
async fn without_expiry_a_session_stays_and_is_never_touched() -> Result<(), Error> {
    let site = Site::new(SessionConfig::default().idle(None).absolute(None)).await?;
    site.clock.advance(24 * 365 * 10 * HOUR);
    assert!(site.visit().await?);
    assert_eq!(site.calls.reset(), [1, 0, 0, 0]);
    Ok(())
}
