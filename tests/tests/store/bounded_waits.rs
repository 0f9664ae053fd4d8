//! A store that hangs, answers late or fails at random: who needs it is answered in time, who does not never waits, and
//! nothing is lost by it. Time is paused, so nothing here waits for real.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use session_runtime::testing::{Fault, Faults, FaultyStore, ManualClock, Operation};
use session_runtime::{
    Error, MemoryStore, Session, SessionConfig, SessionData, SessionId, SessionLayer, Sessions, Store,
    StoreKey, testing,
};
use session_tests::browser::{Browser, Reply};
use tokio::time::Instant;

const TIMEOUT: Duration = Duration::from_millis(500);
const HALF: Duration = Duration::from_millis(300);
const OPERATIONS: [Operation; 4] = [Operation::Load, Operation::Put, Operation::Delete, Operation::Touch];
const ALL_FAULTS: [Fault; 5] =
    [Fault::Fails, Fault::LosesAnswer, Fault::Hangs, Fault::Late(HALF), Fault::Late(Duration::from_secs(9))];

/// Requests that need the session, in all the ways there are.
const REQUESTS: [&str; 10] = [
    "/set",
    "/update",
    "/remove",
    "/take",
    "/claim",
    "/save",
    "/swallow",
    "/regenerate",
    "/destroy",
    "/restart",
];

#[derive(SessionData)]
struct Data {
    #[session(default)]
    n: u32,
    voucher: String,
    kept: String,
}

struct Site {
    app: Router,
    faults: Faults,
    clock: ManualClock,
    /// The records behind the faults.
    records: Arc<MemoryStore>,
}

impl Site {
    fn new() -> Self {
        let clock = ManualClock::at(1_795_416_736_073);
        let records = Arc::new(MemoryStore::new().clock(clock.clock()));
        let store = FaultyStore::new(Arc::clone(&records));
        let faults = store.faults();
        let config = SessionConfig::default().store_timeout(TIMEOUT).clock(clock.clock());
        let app = Router::new()
            .route("/bare", get(async || "bare"))
            .route("/n", get(async |session: Session<Data>| session.n().get().map(|n| n.to_string())))
            .route(
                "/kept",
                get(async |session: Session<Data>| session.kept().get().map(Option::unwrap_or_default)),
            )
            .route("/{change}", post(change))
            .layer(SessionLayer::with_config(store, config));
        Self { app, faults, clock, records }
    }

    /// A browser with a session in which `n` is 1.
    async fn visitor(&self) -> Browser {
        let mut browser = Browser::new(self.app.clone());
        assert_eq!(browser.post("/fill").await.status, 200);
        browser
    }

    async fn stored(&self, browser: &Browser) -> Option<String> {
        let id: SessionId = browser.id().expect("a cookie").parse().expect("an id");
        let record = self.records.load(&StoreKey::hashed(&id)).await.expect("memory")?;
        Some(record.text().to_owned())
    }
}

async fn change(session: Session<Data>, Path(change): Path<String>) -> Result<(), Error> {
    match change.as_str() {
        "fill" => {
            session.n().set(1)?;
            session.voucher().set("voucher".to_owned())?;
            session.kept().set("kept".to_owned())
        }
        "set" => session.n().set(2),
        "update" => session.n().update(|n| *n += 1),
        "remove" => session.voucher().remove(),
        "take" => session.voucher().take().map(|_| ()),
        "claim" => session.voucher().claim().await.map(|_| ()),
        "save" => {
            session.n().set(2)?;
            session.save().await?;
            session.n().set(3)
        }
        "swallow" => {
            session.n().set(2)?;
            for _ in 0..3 {
                let _ = session.save().await;
            }
            Ok(())
        }
        "regenerate" => session.regenerate(),
        "destroy" => session.destroy(),
        "restart" => {
            session.destroy()?;
            session.kept().set("kept".to_owned())
        }
        other => panic!("no such change: {other}"),
    }
}

async fn timed(request: impl Future<Output = Reply>) -> (u16, Duration) {
    let start = Instant::now();
    let reply = request.await;
    (reply.status.as_u16(), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_503_in_time_and_recovery_is_immediate() {
    for path in REQUESTS {
        let site = Site::new();
        let mut browser = site.visitor().await;
        let before = site.stored(&browser).await;
        site.faults.all(Fault::Hangs);
        assert_eq!(timed(browser.post(path)).await, (503, TIMEOUT), "{path}");
        assert_eq!(timed(browser.get("/bare")).await, (200, Duration::ZERO), "{path}");
        assert_eq!(site.stored(&browser).await, before, "{path}");

        site.faults.clear();
        assert_eq!(timed(browser.post(path)).await, (200, Duration::ZERO), "{path}");
        if path != "/destroy" {
            assert_eq!(browser.get("/kept").await.body, "kept", "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_operation_hangs_fails_or_is_late_the_answer_is_in_time() {
    for (path, operation) in REQUESTS.iter().flat_map(|path| OPERATIONS.map(|operation| (path, operation))) {
        for fault in ALL_FAULTS {
            let site = Site::new();
            let mut browser = site.visitor().await;
            let mut untouched = browser.clone();
            untouched.cookie = None;
            site.faults.on(operation, fault);
            let (status, took) = timed(browser.post(path)).await;
            let context = format!("{path}, {operation:?} {fault:?}: {status} after {took:?}");
            assert!(took <= TIMEOUT, "{context}");
            assert!(matches!(status, 200 | 503), "{context}");
            assert_eq!(timed(untouched.get("/bare")).await, (200, Duration::ZERO), "{context}");

            site.faults.clear();
            let reply = browser.get("/kept").await;
            assert_eq!(reply.status, 200, "{context}");
            let gone = ["/destroy", "/restart", "/regenerate"].contains(path);
            assert!(gone || reply.body == "kept", "{context}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn waits_add_up_to_the_timeout_and_no_more() {
    for path in REQUESTS {
        let site = Site::new();
        let mut browser = site.visitor().await;
        // The load alone is in time, and so would each of the others be.
        site.faults.all(Fault::Late(HALF));
        let (status, took) = timed(browser.post(path)).await;
        assert_eq!((status, took), (503, TIMEOUT), "{path}");
        site.faults.clear();
        assert_eq!(timed(browser.get("/n")).await.1, Duration::ZERO, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_needs_no_more_than_its_load() {
    let site = Site::new();
    let mut browser = site.visitor().await;
    site.faults.on(Operation::Load, Fault::Late(HALF));
    site.faults.on(Operation::Touch, Fault::Hangs);
    site.clock.advance(Duration::from_secs(12 * 3600));
    let start = Instant::now();
    let reply = browser.get("/n").await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, "1"), "a touch is worth no error");
    assert_eq!(start.elapsed(), TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_hangs_holds_up_no_other_and_each_of_its_own_requests_once() {
    let site = Site::new();
    let (one, mut other) = (site.visitor().await, site.visitor().await);
    site.faults.next(Operation::Put, Fault::Hangs);
    let mut hanging = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut browser = one.clone();
        hanging.spawn(async move { timed(browser.post("/update")).await });
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(timed(other.post("/update")).await, (200, Duration::ZERO));
    let mut answers = hanging.join_all().await;
    answers.sort_unstable();
    let (done, failed) = answers.split_at(answers.partition_point(|(status, _)| *status == 200));
    // The first held the turn until its time was up; those behind it came later and so had some left.
    assert_eq!((done.len(), failed), (7, &[(503, TIMEOUT)][..]));
    assert!(done.iter().all(|(_, took)| *took < TIMEOUT));
    let mut one = one;
    assert_eq!(one.get("/n").await.body, "8");
}

#[tokio::test(start_paused = true)]
async fn a_client_without_a_cookie_gets_none_while_nothing_can_be_stored() {
    for fault in [Fault::Hangs, Fault::Fails] {
        let site = Site::new();
        site.faults.all(fault);
        let mut browser = Browser::new(site.app.clone());
        let start = Instant::now();
        let reply = browser.post("/fill").await;
        assert_eq!((reply.status.as_u16(), reply.set_cookies().len()), (503, 0), "{fault:?}");
        assert!(start.elapsed() <= TIMEOUT);
        assert!(site.records.is_empty());
        assert_eq!(
            browser.get("/n").await.body,
            "0",
            "a visitor without a cookie needs no store to read nothing"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_outside_a_request_has_the_timeout_for_each_save() -> Result<(), Error> {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let sessions = Sessions::new(store, SessionConfig::default().store_timeout(TIMEOUT));
    let cookie = testing::cookie(&sessions, |session: &Session<Data>| session.n().set(0)).await?;
    let id: SessionId = cookie.split_once('=').expect("a pair").1.parse().expect("an id");
    let session: Session<Data> = sessions.open(&id).await?.expect("just stored");
    faults.all(Fault::Late(HALF));
    for _ in 0..5 {
        session.n().update(|n| *n += 1)?;
        session.save().await?;
    }
    faults.all(Fault::Hangs);
    let start = Instant::now();
    session.n().update(|n| *n += 1)?;
    assert_eq!(session.save().await.expect_err("it hangs").status(), 503);
    assert_eq!(start.elapsed(), TIMEOUT);
    Ok(())
}

/// 200 seeds, 20 requests each: every answer is in time, and once the store is well again so is every session.
#[tokio::test(start_paused = true)]
async fn a_store_that_fails_at_random_loses_nothing() {
    let mut answers = std::collections::BTreeMap::<u16, u32>::new();
    for seed in 0..200 {
        let site = Site::new();
        let mut browser = site.visitor().await;
        site.faults.at_random(seed, 3, &ALL_FAULTS);
        let (mut least, mut most) = (1, 1);
        for _ in 0..20 {
            let (status, took) = timed(browser.post("/update")).await;
            assert!(took <= TIMEOUT, "seed {seed}: {status} after {took:?}");
            *answers.entry(status).or_default() += 1;
            most += 1;
            match status {
                200 => least += 1,
                503 => {}
                other => panic!("seed {seed}: {other}"),
            }
        }
        site.faults.clear();
        let start = Instant::now();
        let n: u32 = browser.get("/n").await.body.parse().expect("a number");
        assert_eq!(start.elapsed(), Duration::ZERO, "seed {seed}");
        assert!((least..=most).contains(&n), "seed {seed}: {n} is not in {least}..={most}");
        assert_eq!(browser.get("/kept").await.body, "kept", "seed {seed}");
        assert_eq!(site.records.len(), 1, "seed {seed}");
    }
    println!("updates over a store that fails at random, by answer: {answers:?}");
    assert!(answers.values().all(|count| *count > 100) && answers.len() == 2);
}
