//! Stored values of another type than declared: an error or absent, counted either way.

use session_runtime::{Error, ErrorKind, Session, SessionData};

use crate::support::{Site, record};

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
