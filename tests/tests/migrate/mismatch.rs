//! Stored values of another type than declared: an error or absent, counted and logged either way, never shown.

use std::io::Write;
use std::sync::{Arc, Mutex};

use session_runtime::{Error, ErrorKind, Session, SessionData};

use crate::support::{Site, kind, record};

#[derive(SessionData)]
struct Strict {
    #[session(default)]
    cart: Vec<u32>,
    #[session(on_mismatch = "error", sensitive)]
    otp: u32,
}

#[derive(SessionData)]
struct Tolerant {
    #[session(default, on_mismatch = "absent")]
    cart: Vec<u32>,
    #[session(on_mismatch = "absent", sensitive)]
    otp: u32,
    /// What was stored as version 1 is dropped.
    #[session(version = 3, on_mismatch = "absent", migrate(2 = "<u32 as From<u16>>::from"))]
    left: u32,
}

const WRONG: &str = r#"[[1,2],7,"secret words"]"#;

#[tokio::test]
async fn by_default_it_is_an_error_with_key_path_expected_and_found() {
    let site = Site::with("cart", WRONG, None).await;
    let error = site.request(|session: &Session<Strict>| session.cart().get()).await.unwrap_err();
    let codec = error.codec().unwrap();
    assert_eq!((error.kind(), error.key(), error.status()), (ErrorKind::Mismatch, Some("cart"), 500));
    assert_eq!((codec.path(), codec.expected(), codec.found()), ("[1]", Some("u32"), Some("string")));
    assert_eq!(site.sessions.mismatches(), 1);
}

#[tokio::test]
async fn where_it_is_absent_every_read_says_so_and_a_write_replaces_it() -> Result<(), Error> {
    let site = Site::with("cart", WRONG, None).await;
    assert_eq!(site.request(|session: &Session<Tolerant>| session.cart().get()).await?, Vec::<u32>::new());
    assert_eq!((site.text().await, site.sessions.mismatches()), (record("cart", WRONG, None), 1));
    site.request(|session: &Session<Tolerant>| session.cart().update(|cart| cart.push(1))).await?;
    assert_eq!((site.text().await, site.sessions.mismatches()), (record("cart", "[[1],1]", None), 2));

    let site = Site::with("otp", WRONG, None).await;
    assert_eq!(site.request(|session: &Session<Tolerant>| session.otp().get()).await?, None);
    let (_, session) = site.begin::<Tolerant>().await;
    assert_eq!(session.otp().claim().await?, None);
    assert_eq!((site.text().await, site.sessions.mismatches()), (r#"[["Map"]]"#.to_owned(), 2));
    Ok(())
}

#[tokio::test]
async fn it_is_met_when_an_update_runs_again_too() -> Result<(), Error> {
    let site = Site::holding(r#"[["Map"]]"#).await;
    let (exchange, session) = site.begin::<Tolerant>().await;
    session.cart().update(|cart| cart.push(1))?;
    site.request(|session: &Session| session.set("cart", "secret words")).await?;
    assert_eq!(site.sessions.mismatches(), 0);
    assert!(exchange.finish(200).await.error.is_none());
    assert_eq!((site.text().await, site.sessions.mismatches()), (record("cart", "[[1],1]", None), 1));
    Ok(())
}

#[tokio::test]
async fn versions_older_than_the_first_migration_are_mismatches() -> Result<(), Error> {
    let read = async |version| {
        let site = Site::with("left", "[5]", Some(version)).await;
        site.request(|session: &Session<Tolerant>| session.left().get()).await
    };
    assert_eq!((read(1).await?, read(2).await?, read(3).await?), (None, Some(5), Some(5)));
    Ok(())
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_is_one_event_with_types_and_path_and_without_the_value() -> Result<(), Error> {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _listening = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);

    let site = Site::with("cart", WRONG, None).await;
    let get = site.request(|session: &Session<Strict>| session.cart().get()).await;
    assert_eq!(kind(get), Err(ErrorKind::Mismatch));
    site.request(|session: &Session<Tolerant>| session.cart().get()).await?;
    let site = Site::with("otp", WRONG, None).await;
    site.request(|session: &Session<Tolerant>| session.otp().get()).await?;

    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let events: Vec<&str> = text.lines().collect();
    assert_eq!(events.len(), 3, "{text}");
    for (event, absent) in events.iter().zip([false, true]) {
        for part in [
            "WARN",
            "key=\"cart\"",
            "path=\"[1]\"",
            "expected=\"u32\"",
            "found=\"string\"",
            "declared=\"Vec<u32>\"",
            &format!("absent={absent}"),
        ] {
            assert!(event.contains(part), "{part}: {event}");
        }
    }
    assert!(events[2].contains("key=\"otp\"") && events[2].contains("found=\"array\""), "{text}");
    assert!(!text.contains("secret"), "{text}");
    Ok(())
}
