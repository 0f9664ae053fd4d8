//! What is told as done must be so, whatever other requests, other processes and failures of the store do meanwhile.

use std::time::Duration;

use session_runtime::testing::{Fault, Faults, FaultyStore, Operation};
use session_runtime::{
    Error, ErrorKind, Exchange, Finish, MemoryStore, Session, SessionConfig, SessionData, Sessions, testing,
};

#[derive(SessionData)]
struct Data {
    code: u32,
    #[session(on_conflict = "interrupt")]
    plan: u32,
    x: u32,
    y: u32,
}

fn open(sessions: &Sessions, cookie: &str) -> Exchange {
    sessions.begin([cookie.as_bytes()])
}

async fn session(exchange: &Exchange) -> Session<Data> {
    exchange.load().await.expect("memory").view()
}

fn cookie_of(finish: &Finish) -> String {
    let set = finish.set_cookie.as_deref().expect("a cookie");
    set.split(';').next().expect("a pair").to_owned()
}

/// The session that a cookie leads to.
async fn at(sessions: &Sessions, cookie: &str) -> Session<Data> {
    session(&open(sessions, cookie)).await
}

async fn is_there(sessions: &Sessions, cookie: &str) -> bool {
    at(sessions, cookie).await.id().is_some()
}

async fn filled(sessions: &Sessions) -> String {
    testing::cookie(sessions, |session: &Session<Data>| session.code().set(7)).await.expect("stored")
}

fn in_memory() -> Sessions {
    Sessions::new(MemoryStore::new(), SessionConfig::default())
}

/// Two processes on one store; the answers to the first one's calls can be held up or lost.
fn two_processes() -> (Sessions, Faults, Sessions) {
    let store = MemoryStore::new();
    let slow = FaultyStore::new(store.clone());
    let faults = slow.faults();
    (Sessions::new(slow, SessionConfig::default()), faults, Sessions::new(store, SessionConfig::default()))
}

/// A writer of the first process whose put has come through and whose answer has not; then the second process writes. Gives
/// a request of the first one that begins afterwards, while the writer is still waiting.
async fn behind_a_late_answer(
    write: impl FnOnce(&Session<Data>) -> Result<(), Error>,
) -> Result<(Sessions, String, Exchange, tokio::task::JoinHandle<Finish>), Error> {
    let (here, faults, elsewhere) = two_processes();
    let cookie = filled(&here).await;
    let late = open(&here, &cookie);
    session(&late).await.x().set(1)?;
    faults.next(Operation::Put, Fault::Late(Duration::from_millis(30)));
    let late = tokio::spawn(async move { late.finish(200).await });
    tokio::task::yield_now().await;
    let other = open(&elsewhere, &cookie);
    write(&session(&other).await)?;
    assert!(other.finish(200).await.error.is_none());
    let next = open(&here, &cookie);
    Ok((here, cookie, next, late))
}

async fn both_end_well(next: Exchange, late: tokio::task::JoinHandle<Finish>) {
    assert!(next.finish(200).await.error.is_none());
    assert!(late.await.expect("it ends").error.is_none());
}

#[tokio::test]
async fn a_set_behind_a_late_answer_is_stored() -> Result<(), Error> {
    let (sessions, cookie, next, late) = behind_a_late_answer(|other| other.x().set(2)).await?;
    let mine = session(&next).await;
    assert_eq!(mine.x().get()?, Some(2));
    // What the late one has written, and the other process has changed since.
    mine.x().set(1)?;
    both_end_well(next, late).await;
    assert_eq!(at(&sessions, &cookie).await.x().get()?, Some(1));
    Ok(())
}

#[tokio::test]
async fn a_claim_behind_a_late_answer_gets_what_is_stored() -> Result<(), Error> {
    let (_, _, next, late) = behind_a_late_answer(|other| other.y().set(7)).await?;
    assert_eq!(session(&next).await.y().claim().await?, Some(7));
    both_end_well(next, late).await;
    Ok(())
}

#[tokio::test]
async fn what_was_read_is_no_conflict_behind_a_late_answer() -> Result<(), Error> {
    let (sessions, cookie, next, late) = behind_a_late_answer(|other| other.plan().set(7)).await?;
    let mine = session(&next).await;
    assert_eq!(mine.plan().get()?, Some(7));
    mine.plan().set(8)?;
    both_end_well(next, late).await;
    assert_eq!(at(&sessions, &cookie).await.plan().get()?, Some(8));
    Ok(())
}

#[tokio::test]
async fn a_set_behind_one_who_read_long_ago_and_changed_nothing_is_stored() -> Result<(), Error> {
    let (sessions, faults, _) = two_processes();
    let cookie = filled(&sessions).await;
    let old = open(&sessions, &cookie);
    session(&old).await.y().remove()?;
    let newer = open(&sessions, &cookie);
    session(&newer).await.code().set(8)?;
    assert!(newer.finish(200).await.error.is_none());
    let gone = open(&sessions, &cookie);
    session(&gone).await.x().set(1)?;
    let mine = open(&sessions, &cookie);
    session(&mine).await.code().set(7)?;
    faults.next(Operation::Put, Fault::Hangs);
    // Its client goes away while the others wait for their turn.
    let gone = tokio::spawn(async move { gone.finish(200).await });
    tokio::task::yield_now().await;
    let old = tokio::spawn(async move { old.finish(200).await });
    tokio::task::yield_now().await;
    let mine = tokio::spawn(async move { mine.finish(200).await });
    tokio::task::yield_now().await;
    gone.abort();
    assert!(old.await.expect("it ends").error.is_none());
    assert!(mine.await.expect("it ends").error.is_none());
    assert_eq!(at(&sessions, &cookie).await.code().get()?, Some(7));
    Ok(())
}

#[tokio::test]
async fn a_sign_out_after_an_interruption_ends_the_renewed_session() -> Result<(), Error> {
    let sessions = in_memory();
    let cookie = filled(&sessions).await;
    let out = open(&sessions, &cookie);
    let mine = session(&out).await;
    let other = open(&sessions, &cookie);
    session(&other).await.regenerate()?;
    let fresh = cookie_of(&other.finish(200).await);
    mine.x().set(1)?;
    assert_eq!(mine.save().await.map_err(|error| error.kind()), Err(ErrorKind::Interrupted));
    mine.destroy()?;
    assert!(out.finish(200).await.error.is_none());
    assert!(!is_there(&sessions, &fresh).await);
    Ok(())
}

#[tokio::test]
async fn a_sign_out_counts_although_its_save_was_given_up() -> Result<(), Error> {
    let (sessions, faults, _) = two_processes();
    let cookie = filled(&sessions).await;
    let out = open(&sessions, &cookie);
    let mine = session(&out).await;
    mine.destroy()?;
    faults.next(Operation::Delete, Fault::Hangs);
    assert!(tokio::time::timeout(Duration::from_millis(20), mine.save()).await.is_err());
    let finish = out.finish(200).await;
    assert!(finish.error.is_none() && finish.set_cookie.is_some());
    assert!(!is_there(&sessions, &cookie).await);
    Ok(())
}

#[tokio::test]
async fn a_detached_session_is_ended_wherever_it_is_stored() -> Result<(), Error> {
    for config in [SessionConfig::default, SessionConfig::astro] {
        let clock = testing::ManualClock::at(1_700_000_000_000);
        let store = MemoryStore::new().clock(clock.clock());
        let sessions = Sessions::new(store, config().clock(clock.clock()));
        // It was new in that request.
        let exchange = sessions.begin([]);
        let new = session(&exchange).await;
        new.code().set(7)?;
        let job = new.detach();
        let cookie = cookie_of(&exchange.finish(200).await);
        job.destroy()?;
        job.save().await?;
        assert!(!is_there(&sessions, &cookie).await);
        // That request gave it a new id, a while ago.
        let cookie = filled(&sessions).await;
        let exchange = open(&sessions, &cookie);
        let renewed = session(&exchange).await;
        renewed.regenerate()?;
        let job = renewed.detach();
        let fresh = cookie_of(&exchange.finish(200).await);
        let stale = session(&open(&sessions, &cookie)).await.detach();
        clock.advance(Duration::from_secs(61));
        job.destroy()?;
        job.save().await?;
        assert!(!is_there(&sessions, &fresh).await);
        // That request came with an id that another one had replaced.
        stale.destroy()?;
        stale.save().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_save_whose_answer_was_lost_can_be_tried_again() -> Result<(), Error> {
    for (renews, changes_more) in [(false, false), (false, true), (true, false), (true, true)] {
        let clock = testing::ManualClock::at(1_700_000_000_000);
        let store = FaultyStore::new(MemoryStore::new().clock(clock.clock()));
        let faults = store.faults();
        let sessions = Sessions::new(store, SessionConfig::default().clock(clock.clock()));
        let exchange = match renews {
            true => open(&sessions, &filled(&sessions).await),
            false => sessions.begin([]),
        };
        let mine = session(&exchange).await;
        mine.x().update(|x| *x = Some(x.unwrap_or_default() + 1))?;
        if renews {
            mine.regenerate()?;
        }
        faults.next(Operation::Put, Fault::LosesAnswer);
        faults.next(Operation::Load, Fault::Fails);
        assert_eq!(mine.save().await.map_err(|error| error.kind()), Err(ErrorKind::Unavailable));
        clock.advance(Duration::from_millis(1));
        if changes_more {
            mine.y().set(2)?;
        }
        mine.save().await?;
        let cookie = cookie_of(&exchange.finish(200).await);
        let stored = at(&sessions, &cookie).await;
        assert_eq!(stored.x().get()?, Some(1), "counted once");
        assert_eq!(stored.y().get()?, changes_more.then_some(2));
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_claimed_after_the_response_has_started() -> Result<(), Error> {
    let sessions = in_memory();
    let cookie = filled(&sessions).await;
    let exchange = open(&sessions, &cookie);
    let mine = session(&exchange).await;
    exchange.finish(200).await;
    assert_eq!(mine.code().claim().await.map_err(|error| error.kind()), Err(ErrorKind::Closed));
    Ok(())
}

#[tokio::test]
async fn a_sign_out_beside_a_claim_ends_the_session() -> Result<(), Error> {
    let (sessions, faults, _) = two_processes();
    let cookie = filled(&sessions).await;
    let exchange = open(&sessions, &cookie);
    let mine = session(&exchange).await;
    faults.next(Operation::Put, Fault::Late(Duration::from_millis(20)));
    let other = mine.clone();
    let code = mine.code();
    let (claimed, destroyed) = tokio::join!(code.claim(), async {
        tokio::task::yield_now().await;
        other.destroy()
    });
    assert_eq!(claimed?, Some(7));
    destroyed?;
    assert!(exchange.finish(200).await.set_cookie.is_some_and(|cookie| cookie.contains("deleted")));
    assert!(!is_there(&sessions, &cookie).await);
    Ok(())
}

#[tokio::test]
async fn a_claim_beside_a_new_id_leaves_the_new_id() -> Result<(), Error> {
    let (sessions, faults, _) = two_processes();
    let cookie = filled(&sessions).await;
    let exchange = open(&sessions, &cookie);
    let mine = session(&exchange).await;
    mine.regenerate()?;
    faults.next(Operation::Put, Fault::Late(Duration::from_millis(20)));
    let code = mine.code();
    let (saved, _) = tokio::join!(mine.save(), code.claim());
    saved?;
    let fresh = cookie_of(&exchange.finish(200).await);
    assert!(is_there(&sessions, &fresh).await);
    Ok(())
}

#[tokio::test]
async fn a_detached_session_claims_what_its_request_has_stored() -> Result<(), Error> {
    let sessions = in_memory();
    let exchange = sessions.begin([]);
    let mine = session(&exchange).await;
    mine.code().set(7)?;
    let job = mine.detach();
    exchange.finish(200).await;
    assert_eq!(job.code().claim().await?, Some(7));
    Ok(())
}

#[tokio::test]
async fn the_id_is_in_no_debug_output() -> Result<(), Error> {
    let exchange = in_memory().begin([]);
    let mine = session(&exchange).await;
    mine.x().set(1)?;
    let id = mine.id().expect("a new session");
    let finish = exchange.finish(200).await;
    assert!(finish.set_cookie.as_deref().is_some_and(|cookie| cookie.contains(id.expose())));
    assert!(!format!("{finish:?}").contains(id.expose()));
    Ok(())
}

#[tokio::test]
async fn a_store_that_cannot_write_is_told_soon_and_with_its_cause() -> Result<(), Error> {
    let (sessions, faults, _) = two_processes();
    let cookie = filled(&sessions).await;
    for operation in [Operation::Put, Operation::Delete] {
        faults.on(operation, Fault::Fails);
        let exchange = open(&sessions, &cookie);
        let mine = session(&exchange).await;
        match operation {
            Operation::Put => mine.x().set(1)?,
            _ => mine.destroy()?,
        }
        faults.take_calls();
        let error = exchange.finish(200).await.error.expect("it cannot write");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(!format!("{error:?}").contains("TimedOut"), "the store has answered: {error:?}");
        assert!(faults.take_calls().iter().sum::<usize>() <= 16, "some attempts, and the looks behind them");
        faults.clear();
    }
    Ok(())
}
