//! "Stay signed in on this device": sessions that live for another time than the configured one.

use std::sync::Arc;
use std::time::Duration;

use session_runtime::{
    DeleteIf, Error, ErrorKind, Expiry, FileStore, MemoryStore, PutIf, Record, SessionConfig, SessionData,
    Store, StoreKey,
};
use tempfile::TempDir;

use crate::site::{MINUTE, Site, clock};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MONTH: Duration = DAY.saturating_mul(30);

#[derive(SessionData)]
struct Counter {
    #[session(default)]
    n: u32,
}

/// The default configuration, in which a session that is not remembered lives for a day, without its end after a month.
fn config() -> SessionConfig {
    SessionConfig::default().absolute(None)
}

/// A client that has signed in and is remembered for a month.
async fn remembered(config: SessionConfig) -> Result<Site, Error> {
    let mut site = Site::in_memory(config);
    remember(&mut site).await?;
    Ok(site)
}

async fn remember(site: &mut Site) -> Result<Option<String>, Error> {
    site.request(|session| {
        session.remember_for(MONTH)?;
        session.set("n", 1)
    })
    .await
}

fn max_age(cookie: Option<&String>) -> Option<u64> {
    let (_, rest) = cookie?.split_once("; Max-Age=")?;
    rest.split(';').next()?.parse().ok()
}

#[tokio::test]
async fn it_lives_for_that_time_unused_in_every_layout_and_store() -> Result<(), Error> {
    let folder = TempDir::with_prefix("session-remembered-").unwrap();
    let clock = clock();
    let files = FileStore::new(folder.path().join("sessions")).clock(clock.clock());
    let sites = [
        Site::in_memory(config()),
        Site::in_memory(SessionConfig::astro()),
        Site::in_memory(config().idle(None)),
        Site::new(files, clock, config()),
    ];
    for mut site in sites {
        let cookie = remember(&mut site).await?;
        assert_eq!(max_age(cookie.as_ref()), Some(30 * 24 * 60 * 60), "{cookie:?}");
        for _ in 0..3 {
            site.clock.advance(MONTH - MINUTE);
            assert!(site.finds().await?);
        }
        site.clock.advance(MONTH);
        assert!(!site.finds().await?);
    }
    Ok(())
}

#[tokio::test]
async fn the_others_live_as_long_as_is_configured() -> Result<(), Error> {
    let mut site = remembered(config()).await?;
    site.cookie = None;
    let cookie = site.request(|session| session.set("n", 1)).await?;
    assert_eq!((cookie.is_some(), max_age(cookie.as_ref())), (true, None));
    site.clock.advance(DAY);
    assert!(!site.finds().await?);
    Ok(())
}

#[tokio::test]
async fn every_use_puts_the_cookies_end_off_and_now_and_then_the_stores() -> Result<(), Error> {
    let mut site = remembered(config()).await?;
    site.faults.take_calls();
    for _ in 0..60 {
        site.clock.advance(DAY);
        let cookie = site.request(|session| session.get::<u32>("n").map(drop)).await?;
        assert_eq!(max_age(cookie.as_ref()), Some(30 * 24 * 60 * 60));
    }
    assert_eq!(
        site.faults.take_calls(),
        [60, 0, 0, 30],
        "a touch in a sixteenth of thirty days, two of them"
    );
    let cookie = site.request(|_| Ok(())).await?;
    assert!(cookie.is_some(), "loaded is used");
    Ok(())
}

#[tokio::test]
async fn it_outlives_new_ids_other_writers_and_processes() -> Result<(), Error> {
    for config in [config(), SessionConfig::astro()] {
        let clock = clock();
        let store = Arc::new(MemoryStore::new().clock(clock.clock()));
        let mut site = Site::new(Arc::clone(&store), clock.clone(), config.clone());
        remember(&mut site).await?;
        let mut elsewhere = Site::new(store, clock, config);
        elsewhere.cookie = site.cookie.clone();
        elsewhere.clock.advance(DAY * 20);
        let cookie = elsewhere.request(|session| session.set("m", 1)).await?;
        assert_eq!(max_age(cookie.as_ref()), Some(30 * 24 * 60 * 60), "it is stored, not configured");
        elsewhere.clock.advance(DAY * 20);
        let cookie = elsewhere.request(|session| session.regenerate()).await?;
        assert_eq!(max_age(cookie.as_ref()), Some(30 * 24 * 60 * 60));
        elsewhere.clock.advance(DAY * 20);
        assert!(elsewhere.finds().await?);
    }
    Ok(())
}

#[tokio::test]
async fn what_ends_every_session_ends_it_too() -> Result<(), Error> {
    let mut site = remembered(SessionConfig::default().absolute(DAY * 45)).await?;
    site.clock.advance(DAY * 29);
    assert!(site.finds().await?);
    site.clock.advance(DAY * 16);
    assert!(!site.finds().await?);
    Ok(())
}

#[tokio::test]
async fn it_is_taken_back() -> Result<(), Error> {
    let mut site = remembered(config()).await?;
    let cookie = site.request(|session| session.remember_for(None)).await?;
    assert_eq!((cookie.is_some(), max_age(cookie.as_ref())), (true, None), "of the browser session again");
    assert_eq!(site.request(|session| session.get::<u32>("n").map(drop)).await?, None);
    site.clock.advance(DAY);
    assert!(!site.finds().await?);
    Ok(())
}

#[tokio::test]
async fn it_is_changed_by_a_request_that_changes_nothing_else() -> Result<(), Error> {
    let mut site = Site::in_memory(config());
    site.request(|session| session.set("n", 1)).await?;
    let cookie = site.request(|session| session.remember_for(MONTH)).await?;
    assert_eq!(max_age(cookie.as_ref()), Some(30 * 24 * 60 * 60));
    // A bank's branch, say: shorter than configured.
    let cookie = site.request(|session| session.remember_for(MINUTE)).await?;
    assert_eq!(max_age(cookie.as_ref()), Some(60));
    site.clock.advance(MINUTE);
    assert!(!site.finds().await?);
    Ok(())
}

#[tokio::test]
async fn it_starts_no_session_and_ends_with_its_own() -> Result<(), Error> {
    let mut site = Site::in_memory(config());
    assert_eq!(site.request(|session| session.remember_for(MONTH)).await?, None);
    assert_eq!(site.faults.take_calls(), [0; 4]);

    let mut site = remembered(config()).await?;
    site.request(|session| session.destroy()).await?;
    let cookie = site.request(|session| session.set("n", 1)).await?;
    assert_eq!((cookie.is_some(), max_age(cookie.as_ref())), (true, None));
    let cookie = site
        .request(|session| {
            session.remember_for(MONTH)?;
            session.destroy()?;
            session.set("n", 1)
        })
        .await?;
    assert_eq!((cookie.is_some(), max_age(cookie.as_ref())), (true, None), "it was the one that ended");
    Ok(())
}

#[tokio::test]
async fn a_request_that_fails_does_not_change_it() -> Result<(), Error> {
    let mut site = Site::in_memory(config());
    site.request(|session| session.set("n", 1)).await?;
    let failing = site.sessions.begin(site.cookie.iter().map(String::as_bytes));
    failing.load().await?.remember_for(MONTH)?;
    assert_eq!(failing.finish(500).await.set_cookie, None);
    site.clock.advance(DAY);
    assert!(!site.finds().await?);
    Ok(())
}

/// Its cookie is sent with every response, also with that of a page which has loaded before the id was renewed.
#[tokio::test]
async fn a_slow_page_does_not_put_back_an_id_that_was_replaced() -> Result<(), Error> {
    let mut site = remembered(config()).await?;
    let page = site.sessions.begin(site.cookie.iter().map(String::as_bytes));
    page.load().await?;
    site.clock.advance(MINUTE);
    site.request(|session| session.regenerate()).await?;
    assert_eq!(page.finish(200).await.set_cookie, None, "the client has the new id by now");
    Ok(())
}

/// Two requests at once, one of which has the visitor remembered; whichever commits first.
#[tokio::test]
async fn a_parallel_change_of_a_key_loses_neither() -> Result<(), Error> {
    for config in [config(), SessionConfig::astro()] {
        for remembers_first in [true, false] {
            let mut site = Site::in_memory(config.clone());
            site.request(|session| session.set("n", 1)).await?;
            let begin = || site.sessions.begin(site.cookie.iter().map(String::as_bytes));
            let (one, other) = (begin(), begin());
            one.load().await?.remember_for(MONTH)?;
            other.load().await?.view::<Counter>().n().update(|n| *n += 1)?;
            let order = if remembers_first { [&one, &other] } else { [&other, &one] };
            for exchange in order {
                assert!(exchange.finish(200).await.error.is_none());
            }
            site.clock.advance(DAY * 29);
            let mut n = None;
            site.request(|session| session.get::<u32>("n").map(|found| n = found)).await?;
            assert_eq!(n, Some(2));
        }
    }
    Ok(())
}

#[tokio::test]
async fn any_time_is_one() -> Result<(), Error> {
    for (time, seconds) in
        [(Duration::ZERO, 1), (Duration::from_millis(1500), 1), (Duration::MAX, (1 << 53) / 1000)]
    {
        let mut site = Site::in_memory(config());
        let cookie = site
            .request(|session| {
                session.remember_for(time)?;
                session.set("n", 1)
            })
            .await?;
        assert_eq!(max_age(cookie.as_ref()), Some(seconds), "{time:?}");
        assert!(site.finds().await?);
    }
    Ok(())
}

#[tokio::test]
async fn a_session_beyond_its_request_is_remembered_too() -> Result<(), Error> {
    let mut site = Site::in_memory(config());
    site.request(|session| session.set("n", 1)).await?;
    let exchange = site.sessions.begin(site.cookie.iter().map(String::as_bytes));
    let session = exchange.load().await?.untyped().detach();
    exchange.finish(200).await;
    session.remember_for(MONTH)?;
    session.save().await?;
    site.clock.advance(DAY * 29);
    assert!(site.finds().await?);
    Ok(())
}

#[tokio::test]
async fn after_the_response_it_is_refused() -> Result<(), Error> {
    let site = Site::in_memory(config());
    let exchange = site.sessions.begin([]);
    let session = exchange.load().await?;
    exchange.finish(200).await;
    assert_eq!(session.remember_for(MONTH).map_err(|error| error.kind()), Err(ErrorKind::Closed));
    Ok(())
}

/// What is stored is a part of the record's note, beside the creation time where there is one.
#[tokio::test]
async fn the_record_says_it_and_the_keys_do_not() -> Result<(), Error> {
    let clock = clock();
    let forms = [
        (SessionConfig::astro(), r#""$session",{"data":3,"expires":-1},{"remembered":4},2592000000"#),
        (
            SessionConfig::astro().absolute(MONTH),
            r#""$session",{"data":3,"expires":-1},{"created":4,"remembered":5},1795416736073,2592000000"#,
        ),
    ];
    for (config, note) in forms {
        let store = Arc::new(MemoryStore::new().clock(clock.clock()));
        let mut site = Site::new(Arc::clone(&store), clock.clone(), config);
        remember(&mut site).await?;
        let text = stored(&store, &site).await?;
        assert!(text.contains(note), "{text}");
        let mut keys = Vec::new();
        site.request(|session| {
            keys = session.keys();
            Ok(())
        })
        .await?;
        assert_eq!(keys, ["n"]);
        site.request(|session| session.remember_for(None)).await?;
        let text = stored(&store, &site).await?;
        assert!(!text.contains("remembered"), "{text}");
        assert_eq!(text.contains("$session"), note.contains("created"), "nothing is left to be said: {text}");
    }
    Ok(())
}

/// Astro keeps what it does not know, and so may have a key of that name of its own.
#[tokio::test]
async fn another_programs_key_in_its_place_gives_way_only_when_it_must() -> Result<(), Error> {
    let clock = clock();
    let store = Arc::new(MemoryStore::new().clock(clock.clock()));
    let mut site = Site::new(Arc::clone(&store), clock, SessionConfig::astro());
    site.request(|session| session.set("n", 1)).await?;
    let key = StoreKey::plain(&site.id());
    for foreign in [r#""mine""#, r#"{"remembered":7},"mine""#] {
        let text = format!(
            r#"[["Map",1,2,4,5],"n",{{"data":3,"expires":-1}},1,"$session",{{"data":6,"expires":-1}},{foreign}]"#
        );
        store.delete(&key, DeleteIf::Any).await?;
        store.put(&key, PutIf::Absent, &Record::new(text), Expiry::Never).await?;
        site.request(|session| session.set("n", 2)).await?;
        assert!(stored(&store, &site).await?.contains("mine"));
        site.request(|session| session.remember_for(MONTH)).await?;
        let text = stored(&store, &site).await?;
        assert!(text.contains(r#"{"remembered":7},2592000000"#), "{text}");
        assert!(!text.contains("mine") && site.finds().await?, "{text}");
    }
    Ok(())
}

async fn stored(store: &MemoryStore, site: &Site) -> Result<String, Error> {
    let record = store.load(&StoreKey::plain(&site.id())).await?;
    Ok(record.expect("a record").text().to_owned())
}
