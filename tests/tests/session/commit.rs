//! The commit, two requests at a time.

use std::sync::Arc;
use std::time::Duration;

use session_runtime::testing::FaultyStore;
use session_runtime::{
    Error, ErrorKind, Exchange, Expiry, MemoryStore, PutIf, Record, Session, SessionConfig, SessionData,
    SessionId, Sessions, Store, StoreKey, testing,
};

#[derive(SessionData)]
struct Data {
    #[session(default)]
    n: u32,
    #[session(on_conflict = "interrupt")]
    plan: String,
    code: String,
}

async fn begin(sessions: &Sessions, cookie: &str) -> (Exchange, Session<Data>) {
    let exchange = sessions.begin([cookie.as_bytes()]);
    let session = exchange.load().await.expect("memory").view();
    (exchange, session)
}

async fn start() -> (Sessions, String) {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let fill = |session: &Session<Data>| {
        session.n().set(1)?;
        session.plan().set("basic".to_owned())?;
        session.code().set("1234".to_owned())
    };
    let cookie = testing::cookie(&sessions, fill).await.expect("stored");
    (sessions, cookie)
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.kind())
}

#[tokio::test]
async fn an_update_runs_again_on_newer_data() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let (one, a) = begin(&sessions, &cookie).await;
    let (two, b) = begin(&sessions, &cookie).await;
    a.n().update(|n| *n += 1)?;
    b.n().update(|n| *n *= 10)?;
    assert!(one.finish(200).await.error.is_none());
    assert!(two.finish(200).await.error.is_none());
    let (_, c) = begin(&sessions, &cookie).await;
    assert_eq!(c.n().get()?, 20);
    Ok(())
}

#[tokio::test]
async fn a_key_that_interrupts_is_a_409_and_nothing_of_the_request_is_written() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let (one, a) = begin(&sessions, &cookie).await;
    let (two, b) = begin(&sessions, &cookie).await;
    let (three, c) = begin(&sessions, &cookie).await;
    a.plan().set("gold".to_owned())?;
    b.plan().set("silver".to_owned())?;
    b.n().set(99)?;
    c.n().set(5)?;
    assert!(one.finish(200).await.error.is_none());
    let error = two.finish(200).await.error.expect("interrupted");
    assert_eq!((error.kind(), error.key(), error.status()), (ErrorKind::Interrupted, Some("plan"), 409));
    assert!(three.finish(200).await.error.is_none(), "another key of the same session is no conflict");
    let (_, d) = begin(&sessions, &cookie).await;
    assert_eq!((d.plan().get()?.as_deref(), d.n().get()?), (Some("gold"), 5));
    Ok(())
}

#[tokio::test]
async fn a_claim_is_seen_by_one_request_at_once() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let (one, a) = begin(&sessions, &cookie).await;
    let (two, b) = begin(&sessions, &cookie).await;
    a.n().set(7)?;
    assert_eq!(a.code().claim().await?.as_deref(), Some("1234"));
    assert_eq!(b.code().claim().await?, None);
    assert!(!a.code().exists() && !b.code().exists());
    let (_, c) = begin(&sessions, &cookie).await;
    assert_eq!((c.code().get()?, c.n().get()?), (None, 1), "only the claim has been written so far");
    one.finish(500).await;
    two.finish(200).await;
    let (_, d) = begin(&sessions, &cookie).await;
    assert_eq!((d.code().get()?, d.n().get()?), (None, 1), "a claim stays, whatever the status");
    Ok(())
}

#[tokio::test]
async fn after_save_reads_show_what_others_wrote() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let (one, a) = begin(&sessions, &cookie).await;
    let (_two, b) = begin(&sessions, &cookie).await;
    a.plan().set("gold".to_owned())?;
    a.save().await?;
    b.n().update(|n| *n += 1)?;
    assert_eq!(b.plan().get()?.as_deref(), Some("basic"));
    b.save().await?;
    assert_eq!((b.plan().get()?.as_deref(), b.n().get()?), (Some("gold"), 2));
    assert!(one.finish(200).await.error.is_none());
    Ok(())
}

#[tokio::test]
async fn late_requests_with_a_renewed_id_may_read_nothing_and_write_nothing() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let (one, a) = begin(&sessions, &cookie).await;
    let (early, b) = begin(&sessions, &cookie).await;
    a.regenerate()?;
    let new = one.finish(200).await.set_cookie.expect("a new id");
    b.n().set(50)?;
    assert_eq!(early.finish(200).await.error.map(|error| error.kind()), Some(ErrorKind::Interrupted));

    let (late, c) = begin(&sessions, &cookie).await;
    assert_eq!((c.id(), c.n().get()?), (None, 0));
    assert_eq!(kind(c.n().set(2)), Err(ErrorKind::Interrupted));
    assert_eq!(kind(c.code().take()), Ok(None), "removing what is not there is nothing");
    let finish = late.finish(200).await;
    assert!(
        finish.set_cookie.is_none() && finish.error.is_none(),
        "the fresh cookie must not be overwritten"
    );

    let new = new.split(';').next().unwrap_or_default();
    let (_, d) = begin(&sessions, new).await;
    assert_eq!(d.n().get()?, 1);
    Ok(())
}

#[tokio::test]
async fn a_logout_with_the_old_id_follows_the_session_to_its_new_one() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let (one, a) = begin(&sessions, &cookie).await;
    let (early, b) = begin(&sessions, &cookie).await;
    a.regenerate()?;
    let second = one.finish(200).await.set_cookie.expect("a new id");
    let second = second.split(';').next().unwrap_or_default();
    let (two, c) = begin(&sessions, second).await;
    c.regenerate()?;
    let third = two.finish(200).await.set_cookie.expect("a new id");
    b.destroy()?;
    let finish = early.finish(200).await;
    assert!(finish.error.is_none() && finish.set_cookie.is_some_and(|cookie| cookie.contains("=deleted")));
    let (_, d) = begin(&sessions, third.split(';').next().unwrap_or_default()).await;
    assert_eq!(d.id(), None);

    let (late, e) = begin(&sessions, &cookie).await;
    e.destroy()?;
    assert!(late.finish(200).await.error.is_none());
    Ok(())
}

#[tokio::test]
async fn what_another_program_wrote_is_kept() -> Result<(), Error> {
    let id = SessionId::random();
    let (store, key) = (std::sync::Arc::new(MemoryStore::new()), StoreKey::plain(&id));
    let foreign = r#"[["Map",1,2],"n",{"data":3,"expires":-1,"v":3},1]"#;
    store.put(&key, PutIf::Absent, &Record::new(foreign), Expiry::Never).await?;
    let sessions = Sessions::new(store.clone(), SessionConfig::astro());
    let cookie = format!("astro-session={}", id.expose());
    let (one, a) = begin(&sessions, &cookie).await;
    a.code().set("x".to_owned())?;
    let before = store.load(&key).await?.expect("there");
    let newer =
        r#"[["Map",1,2,4,5],"n",{"data":3,"expires":-1,"v":3},1,"theirs",{"data":6,"expires":-1},["Set",3]]"#;
    store.put(&key, PutIf::Unchanged(&before), &Record::new(newer), Expiry::Never).await?;
    assert!(one.finish(200).await.error.is_none());
    assert_eq!(
        store.load(&key).await?.expect("there").text(),
        r#"[["Map",1,2,4,5,7,8],"n",{"data":3,"expires":-1,"v":3},1,"theirs",{"data":6,"expires":-1},["Set",3],"code",{"data":9,"expires":-1},"x"]"#,
        "unknown keys and unknown entry fields survive"
    );
    Ok(())
}

#[tokio::test]
async fn a_read_is_one_call_and_a_write_is_one_more() -> Result<(), Error> {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let sessions = Sessions::new(store, SessionConfig::default());
    let cookie = testing::cookie(&sessions, |session: &Session<Data>| session.n().set(1)).await?;
    assert_eq!(faults.take_calls(), [0, 1, 0, 0]);
    let (one, a) = begin(&sessions, &cookie).await;
    a.n().get()?;
    one.finish(200).await;
    assert_eq!(faults.take_calls(), [1, 0, 0, 0]);
    let (two, b) = begin(&sessions, &cookie).await;
    b.n().update(|n| *n += 1)?;
    two.finish(200).await;
    assert_eq!(faults.take_calls(), [1, 1, 0, 0]);
    let (three, c) = begin(&sessions, &cookie).await;
    c.regenerate()?;
    three.finish(200).await;
    assert_eq!(faults.take_calls(), [1, 2, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn writers_of_one_process_take_turns() -> Result<(), Error> {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let sessions = Sessions::new(store, SessionConfig::default());
    let cookie = testing::cookie(&sessions, |session: &Session<Data>| session.n().set(0)).await?;
    let mut requests = Vec::new();
    for _ in 0..64 {
        requests.push(begin(&sessions, &cookie).await);
    }
    faults.take_calls();
    let mut writers = tokio::task::JoinSet::new();
    for (exchange, session) in requests {
        session.n().update(|n| *n += 1)?;
        writers.spawn(async move { exchange.finish(200).await.error.is_none() });
    }
    assert!(writers.join_all().await.into_iter().all(|done| done));
    let [_, puts, ..] = faults.take_calls();
    assert!(puts <= 127, "{puts} puts");
    println!("64 writers of one key: {puts} puts");
    let (_, session) = begin(&sessions, &cookie).await;
    assert_eq!(session.n().get()?, 64);
    Ok(())
}

#[tokio::test]
async fn a_record_over_the_limit_is_an_error_and_the_old_one_stays() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default().max_bytes(500));
    let cookie = testing::cookie(&sessions, |session: &Session<Data>| session.n().set(1)).await?;
    let (one, a) = begin(&sessions, &cookie).await;
    a.code().set("x".repeat(1000))?;
    assert_eq!(one.finish(200).await.error.map(|error| error.kind()), Some(ErrorKind::TooLarge));
    let (_, b) = begin(&sessions, &cookie).await;
    assert_eq!((b.n().get()?, b.code().get()?), (1, None));
    Ok(())
}

/// It is no reason to begin anew: whoever raises the limit has the session back.
#[tokio::test]
async fn a_stored_record_over_the_limit_is_an_error_and_stays() -> Result<(), Error> {
    let store = MemoryStore::new();
    let of = |max_bytes| Sessions::new(store.clone(), SessionConfig::default().max_bytes(max_bytes));
    let fill = |session: &Session<Data>| session.code().set("x".repeat(1000));
    let cookie = testing::cookie(&of(2000), fill).await?;
    let small = of(500);
    let exchange = small.begin([cookie.as_bytes()]);
    assert_eq!(exchange.load().await.err().map(|error| error.kind()), Some(ErrorKind::TooLarge));
    let finish = exchange.finish(500).await;
    assert_eq!((finish.set_cookie, store.len()), (None, 1));
    let (_, session) = begin(&of(2000), &cookie).await;
    assert_eq!(session.code().get()?.map(|code| code.len()), Some(1000));
    Ok(())
}

#[tokio::test]
async fn load_takes_another_sessions_place_and_never_drops_changes() -> Result<(), Error> {
    let (sessions, cookie) = start().await;
    let other = testing::cookie(&sessions, |session: &Session<Data>| session.n().set(42)).await?;
    let id: SessionId = other.split_once('=').expect("a pair").1.parse().expect("an id");
    let (one, a) = begin(&sessions, &cookie).await;
    a.n().set(3)?;
    assert_eq!(kind(a.load(&id).await), Err(ErrorKind::Closed), "there are unsaved changes");
    a.discard();
    assert_eq!(kind(a.load(&SessionId::random()).await), Ok(false));
    assert_eq!((kind(a.load(&id).await), a.n().get()?, a.id()), (Ok(true), 42, Some(id)));
    assert!(one.finish(200).await.set_cookie.is_some_and(|cookie| cookie.starts_with(&other)));
    Ok(())
}

#[tokio::test]
async fn a_ttl_counts_from_the_set_and_an_update_keeps_it() -> Result<(), Error> {
    #[derive(SessionData)]
    struct Codes {
        #[session(ttl = "10m")]
        otp: u32,
        plain: u32,
    }
    let clock = testing::ManualClock::at(1_795_416_736_073);
    let config = SessionConfig::default().clock(clock.clock()).ttl(Duration::from_secs(3600));
    let sessions = Sessions::new(MemoryStore::new().clock(clock.clock()), config);
    let cookie = testing::cookie(&sessions, |session: &Session<Codes>| {
        session.otp().set(1)?;
        session.plain().set(1)
    });
    let cookie = cookie.await?;
    let load = async || sessions.begin([cookie.as_bytes()]).load().await.map(|handle| handle.view::<Codes>());
    clock.advance(Duration::from_secs(300));
    let session = load().await?;
    let expires = session.otp().expires_at();
    session.otp().update(|otp| *otp = otp.map(|otp| otp + 1))?;
    assert_eq!(session.otp().expires_at(), expires);
    session.save().await?;
    clock.advance(Duration::from_secs(301));
    let session = load().await?;
    assert_eq!((session.otp().get()?, session.plain().get()?), (None, Some(1)));
    session.otp().update(|otp| *otp = Some(otp.map_or(9, |otp| otp + 1)))?;
    session.plain().set_for(5, Duration::from_secs(1))?;
    session.save().await?;
    clock.advance(Duration::from_secs(599));
    let session = load().await?;
    assert_eq!((session.otp().get()?, session.plain().get()?), (Some(9), None));
    Ok(())
}

/// A value that refers to what is not there: readers of other keys do not notice, and no writer can carry it over.
#[tokio::test]
async fn changes_to_a_record_that_cannot_be_carried_over_begin_a_new_session() -> Result<(), Error> {
    const DAMAGED: &str =
        r#"[["Map",1,2,5,6],"broken",{"data":9,"expires":-1},1,1,"n",{"data":7,"expires":-1},3]"#;
    type Act = fn(&Session) -> Result<(), Error>;
    let acts: [(Act, Option<&str>); 4] = [
        (|session| session.set("other", 1), Some(r#"[["Map",1,2],"other",{"data":3,"expires":-1},1]"#)),
        (
            // What an update made of the old value does not count; it runs again on nothing.
            |session| session.view::<Data>().n().update(|n| *n += 1),
            Some(r#"[["Map",1,2],"n",{"data":3,"expires":-1},1]"#),
        ),
        (
            |session| session.regenerate().and_then(|()| session.set("other", 1)),
            Some(r#"[["Map",1,2],"other",{"data":3,"expires":-1},1]"#),
        ),
        (|session| session.remove("n"), None),
    ];
    for (nth, (act, expected)) in acts.into_iter().enumerate() {
        let (store, id) = (Arc::new(MemoryStore::new()), SessionId::random());
        let key = StoreKey::plain(&id);
        store.put(&key, PutIf::Absent, &Record::new(DAMAGED), Expiry::Never).await?;
        let sessions = Sessions::new(Arc::clone(&store), SessionConfig::astro());
        let cookie = format!("astro-session={}", id.expose());
        let exchange = sessions.begin([cookie.as_bytes()]);
        let session = exchange.load().await?.untyped();
        assert_eq!(session.get::<u32>("n")?, Some(3));
        act(&session)?;
        let finish = exchange.finish(200).await;
        assert!(finish.error.is_none(), "{nth}: {:?}", finish.error);
        let new = finish.set_cookie.as_deref().and_then(|set| set.split([';', '=']).nth(1)?.parse().ok());
        let stored = match new {
            Some(new) => store.load(&StoreKey::plain(&new)).await?,
            None => None,
        };
        assert_eq!(stored.as_ref().map(Record::text), expected, "{nth}");
        assert_eq!(store.load(&key).await?.as_ref().map(Record::text), Some(DAMAGED), "{nth}: it stays");
    }
    Ok(())
}
