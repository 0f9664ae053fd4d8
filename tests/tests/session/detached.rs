//! Sessions beyond a request: `detach` and `open`.

use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{
    Error, ErrorKind, MemoryStore, Session, SessionConfig, SessionData, SessionId, SessionLayer, Sessions,
    testing,
};

#[derive(SessionData)]
struct Counter {
    #[session(default)]
    n: u32,
}

fn id_of(cookie: &str) -> SessionId {
    cookie.split_once('=').expect("a pair").1.parse().expect("an id")
}

#[tokio::test]
async fn an_opened_session_is_written_by_save_alone() -> Result<(), Error> {
    let layer = SessionLayer::new(MemoryStore::new());
    let cookie = testing::cookie(layer.sessions(), |session: &Session| session.set("n", 1)).await?;
    let id = id_of(&cookie);
    let job = layer.open::<session_runtime::Untyped>(&id).await?.expect("stored");
    job.set("n", 2)?;
    let read = async || layer.open::<session_runtime::Untyped>(&id).await?.expect("stored").get::<u32>("n");
    assert_eq!(read().await?, Some(1));
    job.save().await?;
    assert_eq!(read().await?, Some(2));
    job.destroy()?;
    job.save().await?;
    assert!(layer.open::<session_runtime::Untyped>(&id).await?.is_none());
    assert!(layer.open::<session_runtime::Untyped>(&SessionId::random()).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_session_detached_before_it_is_stored_finds_it_once_it_is() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let exchange = sessions.begin([]);
    let session = exchange.load().await?.untyped();
    session.set("n", 1)?;
    let detached = session.detach();
    assert_eq!(detached.id(), session.id());
    let finish = exchange.finish(200).await;
    detached.set("m", 2)?;
    detached.save().await?;
    assert_eq!(detached.get::<u32>("n")?, Some(1));
    let cookie = finish.set_cookie.expect("a session");
    let cookie = cookie.split(';').next().unwrap_or_default();
    let later = sessions.begin([cookie.as_bytes()]).load().await?.untyped();
    assert_eq!(later.keys(), ["n", "m"]);
    Ok(())
}

#[tokio::test]
async fn an_update_made_before_the_session_is_stored_counts_on_what_is_stored_then() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let exchange = sessions.begin([]);
    let session = exchange.load().await?.view::<Counter>();
    session.n().set(1)?;
    let detached = session.detach();
    detached.n().update(|n| *n += 1)?;
    assert_eq!(detached.n().get()?, 1, "what the request has not stored yet is not seen");
    let cookie = exchange.finish(200).await.set_cookie.expect("a session");
    let id = id_of(cookie.split(';').next().unwrap_or_default());
    detached.save().await?;
    assert_eq!(detached.n().get()?, 2);
    detached.n().update(|n| *n += 1)?;
    detached.save().await?;
    assert_eq!(sessions.open::<Counter>(&id).await?.expect("stored").n().get()?, 3);
    Ok(())
}

#[tokio::test]
async fn a_detached_session_cannot_start_one() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let detached = sessions.begin([]).load().await?.untyped().detach();
    detached.set("n", 1)?;
    assert_eq!(detached.save().await.map_err(|error| error.kind()), Err(ErrorKind::Interrupted));
    Ok(())
}

#[tokio::test]
async fn a_detached_session_cannot_revive_a_destroyed_one() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let cookie = testing::cookie(&sessions, |session: &Session| session.set("n", 1)).await?;
    let exchange = sessions.begin([cookie.as_bytes()]);
    let session = exchange.load().await?.untyped();
    let detached = session.detach();
    session.destroy()?;
    assert!(exchange.finish(200).await.error.is_none());
    detached.set("n", 2)?;
    assert_eq!(detached.save().await.map_err(|error| error.kind()), Err(ErrorKind::Interrupted));
    assert!(sessions.open::<session_runtime::Untyped>(&id_of(&cookie)).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_save_without_changes_reads_a_detached_session_anew() -> Result<(), Error> {
    const MINUTE: Duration = Duration::from_secs(60);
    let clock = ManualClock::at(1_700_000_000_000);
    let config = SessionConfig::default().clock(clock.clock()).idle(MINUTE * 30);
    let sessions = Sessions::new(MemoryStore::new().clock(clock.clock()), config);
    let exchange = sessions.begin([]);
    let session: Session<Counter> = exchange.load().await?.view();
    session.n().set(1)?;
    let stream = session.detach();
    // Its request has not stored it yet.
    stream.save().await?;
    let set = exchange.finish(200).await.set_cookie.expect("a new session");
    let cookie = set.split(';').next().expect("a pair");
    for n in 2..10 {
        clock.advance(MINUTE * 20);
        stream.save().await?;
        let exchange = sessions.begin([cookie.as_bytes()]);
        let session: Session<Counter> = exchange.load().await?.view();
        assert_eq!(session.n().get()?, n - 1, "it was kept alive");
        session.n().set(n)?;
        exchange.finish(200).await;
        stream.save().await?;
        assert_eq!(stream.n().get()?, n);
    }
    let exchange = sessions.begin([cookie.as_bytes()]);
    exchange.load().await?.destroy()?;
    exchange.finish(200).await;
    for _ in 0..2 {
        let saved = stream.save().await.map_err(|error| error.kind());
        assert_eq!((saved, stream.n().exists()), (Err(ErrorKind::Interrupted), false));
    }
    Ok(())
}
