//! Expiry of sessions, by an injected clock: each row is a configuration and what clients meet, over each kind of store.

use std::sync::Arc;
use std::time::Duration;

use session_runtime::{Error, FileStore, MemoryStore, Session, SessionConfig};
use tempfile::TempDir;

use crate::site::{MINUTE, Site, clock};

/// A session that is started, and then used as the words say: so many minutes later it is read, written to, renewed, or
/// gone. Idle and absolute expiry are in minutes, zero is none.
struct Row {
    name: &'static str,
    idle: u32,
    absolute: u32,
    then: &'static str,
}

const fn row(name: &'static str, idle: u32, absolute: u32, then: &'static str) -> Row {
    Row { name, idle, absolute, then }
}

const ROWS: &[Row] = &[
    row("no expiry", 0, 0, "525600 read, 5256000 write, 525600 renew, 5256000 read"),
    row("idle: unused", 64, 0, "64 gone"),
    row("idle: unused for almost as long", 64, 0, "63 read"),
    row("idle: reads keep it alive", 64, 0, "63 read, 63 read, 63 read, 64 gone"),
    row("idle: writes keep it alive", 64, 0, "63 write, 63 write, 64 gone"),
    row("idle: renewals keep it alive", 64, 0, "63 renew, 63 read, 64 gone"),
    row("idle: a read in the first sixteenth is not worth a touch", 64, 0, "3 read, 60 read, 64 gone"),
    row("idle: without that read it would be the same", 64, 0, "3 read, 61 gone"),
    row("idle: a read after the first sixteenth is", 64, 0, "5 read, 63 read"),
    row("idle: a write at any time is", 64, 0, "1 write, 63 read"),
    row("absolute: unused", 0, 100, "99 read, 1 gone"),
    row("absolute: used all the time", 0, 100, "40 read, 40 write, 19 read, 1 gone"),
    row("absolute: kept by renewals", 0, 100, "50 renew, 49 read, 1 gone"),
    row("both: idle comes first", 64, 100, "64 gone"),
    row("both: absolute comes first", 64, 100, "50 read, 49 read, 1 gone"),
    row("both: a write does not reach beyond", 64, 100, "50 write, 49 write, 1 gone"),
    row("both: a renewal does not reach beyond", 64, 100, "50 renew, 49 renew, 1 gone"),
    row("both: the other way round", 100, 64, "63 read, 1 gone"),
];

impl Site {
    /// Does what a row's step says, and says whether it came out so.
    async fn step(&mut self, act: &str) -> Result<bool, Error> {
        let mut found = false;
        let cookie = self.cookie.clone();
        self.faults.take_calls();
        self.request(|session| {
            found = session.exists("n");
            match act {
                "write" => session.set("n", session.get::<u32>("n")?.unwrap_or(0) + 1),
                "renew" => session.regenerate(),
                _ => Ok(()),
            }
        })
        .await?;
        let [loads, puts, deletes, touches] = self.faults.take_calls();
        let cheap = act != "read" || (puts, deletes) == (0, 0) && touches <= 1;
        let renewed = act == "renew" && found;
        Ok(loads == 1 && cheap && found != (act == "gone") && renewed == (self.cookie != cookie))
    }
}

async fn check(row: &Row, mut site: Site, store: &str) -> Result<(), Error> {
    site.request(|session| session.set("n", 1)).await?;
    for (nth, step) in row.then.split(", ").enumerate() {
        let (minutes, act) = step.split_once(' ').unwrap();
        site.clock.advance(MINUTE * minutes.parse().unwrap());
        assert!(site.step(act).await?, "{}, {store}: step {nth} ({step})", row.name);
    }
    if row.then.ends_with("gone") {
        let before = site.cookie.clone();
        site.request(|session| session.set("n", 1)).await?;
        assert!(site.cookie != before && site.finds().await?, "{}: a new session begins", row.name);
    }
    Ok(())
}

#[tokio::test]
async fn every_row_over_every_kind_of_store() -> Result<(), Error> {
    for row in ROWS {
        let expiring = |config: SessionConfig| {
            let span = |minutes: u32| (minutes > 0).then(|| MINUTE * minutes);
            config.idle(span(row.idle)).absolute(span(row.absolute))
        };
        check(row, Site::in_memory(expiring(SessionConfig::default())), "memory").await?;
        check(row, Site::in_memory(expiring(SessionConfig::astro())), "memory, Astro's layout").await?;
        let folder = TempDir::with_prefix("session-expiry-").unwrap();
        let clock = clock();
        let files = FileStore::new(folder.path().join("sessions")).clock(clock.clock());
        check(row, Site::new(files, clock, expiring(SessionConfig::default())), "files").await?;
    }
    Ok(())
}

#[tokio::test]
async fn reads_keep_a_session_alive_with_a_touch_now_and_then() -> Result<(), Error> {
    let mut site = Site::in_memory(SessionConfig::default());
    site.request(|session| session.set("n", 1)).await?;
    site.faults.take_calls();
    // A visitor who clicks once a minute for three days, with 24 hours of idle time.
    for _ in 0..3 * 24 * 60 {
        site.clock.advance(MINUTE);
        assert!(site.finds().await?);
    }
    let [loads, puts, deletes, touches] = site.faults.take_calls();
    assert_eq!((loads, puts, deletes), (3 * 24 * 60, 0, 0));
    assert_eq!(touches, 3 * 24 * 60 / 91, "once in a sixteenth of the idle time");
    Ok(())
}

#[tokio::test]
async fn the_creation_time_is_hidden() -> Result<(), Error> {
    let mut site = Site::in_memory(SessionConfig::default());
    site.request(|session| session.set("n", 1)).await?;
    site.request(|session| {
        assert_eq!(session.keys(), ["n"]);
        assert!(session.set("$session", 1).is_err() && session.get::<u32>("$session").is_err());
        Ok(())
    })
    .await?;
    Ok(())
}

/// Absolute expiry is turned on, or Astro makes sessions beside this library: the first write starts the clock.
#[tokio::test]
async fn a_session_without_a_creation_time_gets_one_when_it_is_written() -> Result<(), Error> {
    let clock = clock();
    let store = Arc::new(MemoryStore::new().clock(clock.clock()));
    let endless = SessionConfig::default().idle(None).absolute(None);
    let mut before = Site::new(Arc::clone(&store), clock.clone(), endless.clone());
    before.request(|session| session.set("n", 1)).await?;
    let mut after = Site::new(store, clock, endless.absolute(MINUTE * 100));
    after.cookie = before.cookie;
    after.clock.advance(MINUTE * 1000);
    assert!(after.finds().await?, "nothing says how old it is");
    after.request(|session| session.set("n", 2)).await?;
    after.clock.advance(MINUTE * 99);
    assert!(after.step("renew").await? && after.finds().await?);
    after.clock.advance(MINUTE);
    assert!(!after.finds().await?);
    Ok(())
}

#[tokio::test]
async fn the_cookie_of_the_browser_session_has_no_max_age_and_is_sent_once() -> Result<(), Error> {
    let mut site = Site::in_memory(SessionConfig::default());
    let cookie = site.request(|session| session.set("n", 1)).await?.unwrap();
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
    assert_eq!(site.request(|session| session.set("n", 2)).await?, None);
    assert_eq!(site.request(|_| Ok(())).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_cookie_with_max_age_is_renewed_by_every_use() -> Result<(), Error> {
    let mut site = Site::in_memory(SessionConfig::default().max_age(MINUTE * 90));
    let first = site.request(|session| session.set("n", 1)).await?.unwrap();
    assert!(first.contains("; Max-Age=5400; "), "{first}");
    site.clock.advance(MINUTE * 80);
    let again = site.request(|session| session.get::<u32>("n").map(drop)).await?;
    assert_eq!(again.as_ref(), Some(&first), "the browser counts from the last response");
    site.request(|session| session.destroy()).await?;
    assert_eq!(site.request(|_| Ok(())).await?, None, "there is no session to keep");
    Ok(())
}

/// What a page does that finds nothing to do, as one that shows the message of the last one does.
#[tokio::test]
async fn a_request_that_changes_nothing_keeps_its_session_alive() -> Result<(), Error> {
    type Page = fn(&Session) -> Result<(), Error>;
    let pages: [Page; 5] = [
        |session| session.get::<u32>("n").map(drop),
        |session| session.set("n", 1),
        |session| session.remove("message"),
        |session| session.set("n", 2).and_then(|()| session.set("n", 1)),
        |session| session.set("message", 1).and_then(|()| session.remove("message")),
    ];
    for (nth, page) in pages.into_iter().enumerate() {
        let mut site = Site::in_memory(SessionConfig::default().idle(MINUTE * 30));
        site.request(|session| session.set("n", 1)).await?;
        for _ in 0..10 {
            site.clock.advance(MINUTE * 20);
            site.request(|session| {
                assert_eq!(session.get::<u32>("n")?, Some(1), "page {nth}");
                page(session)
            })
            .await?;
        }
    }
    Ok(())
}

/// A page loads, a sign-in renews the id, and the page's response comes last.
#[tokio::test]
async fn a_slow_page_does_not_put_back_an_id_that_was_replaced() -> Result<(), Error> {
    let second = Duration::from_secs(1);
    let cases: [(SessionConfig, Duration, bool); 5] = [
        (SessionConfig::default().max_age(MINUTE * 90), second, false),
        (SessionConfig::default().max_age(MINUTE * 90), MINUTE * 80, false),
        (SessionConfig::default().max_age(MINUTE * 90).idle(None), second, false),
        (SessionConfig::default(), MINUTE * 600, false),
        (SessionConfig::astro(), second, true),
    ];
    for (config, later, sets) in cases {
        let mut site = Site::in_memory(config);
        site.request(|session| session.set("n", 1)).await?;
        let old = site.cookie.clone().expect("a session");
        let page = site.sessions.begin([old.as_bytes()]);
        let session = page.load().await?.untyped();
        site.clock.advance(later);
        if sets {
            // The value that is there already.
            session.set("n", 1)?;
        }
        site.request(|session| session.regenerate()).await?;
        let finish = page.finish(200).await;
        assert!(finish.set_cookie.is_none(), "the client has the new id by now");
        assert!(site.finds().await?);
        // Who has the old one all the same is a new visitor soon.
        site.clock.advance(MINUTE * 2);
        let stale = site.sessions.begin([old.as_bytes()]);
        stale.load().await?.untyped().set("n", 2)?;
        let finish = stale.finish(200).await;
        assert!(finish.error.is_none() && finish.set_cookie.is_some());
    }
    Ok(())
}
