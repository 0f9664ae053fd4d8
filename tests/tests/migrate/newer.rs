//! A process that meets a value of a newer version than it knows: it neither overwrites nor drops it.

use session_runtime::{Error, ErrorKind, Session, SessionData};

use crate::support::{Site, kind, record};

/// What the older release knows.
#[derive(SessionData)]
struct Old {
    #[session(default, version = 2, migrate(1 = "same"))]
    cart: Vec<String>,
    plain: String,
    #[session(default)]
    other: u32,
}

/// The older release, which goes on without what it cannot read.
#[derive(SessionData)]
struct Tolerant {
    #[session(default, version = 2, migrate(1 = "same"), on_mismatch = "absent")]
    cart: Vec<String>,
    #[session(on_mismatch = "absent")]
    plain: String,
}

fn same(cart: Vec<String>) -> Vec<String> {
    cart
}

const NEW: &str = r#"[{"items":1,"total":3},[2],"tea",5]"#;

async fn newer() -> Site {
    Site::with("cart", NEW, Some(3)).await
}

type Attempt<S> = (&'static str, fn(&Session<S>) -> Result<(), Error>);

fn attempts() -> [Attempt<Old>; 6] {
    [
        ("get", |session| session.cart().get().map(drop)),
        ("take", |session| session.cart().take().map(drop)),
        ("set", |session| session.cart().set(vec![])),
        ("set_for", |session| session.cart().set_for(vec![], std::time::Duration::from_secs(9))),
        ("update", |session| session.cart().update(Vec::clear)),
        ("remove", |session| session.cart().remove()),
    ]
}

#[tokio::test]
async fn every_use_of_the_key_is_refused_and_the_value_stays() {
    for (name, attempt) in attempts() {
        let site = newer().await;
        let before = site.text().await;
        let error = site.request(attempt).await.expect_err(name);
        assert_eq!(
            (error.kind(), error.key(), error.status()),
            (ErrorKind::Newer, Some("cart"), 503),
            "{name}"
        );
        let expected = "the stored value is of a newer version than this process knows, and is kept (key `cart`): expected \
                        version 2 or older, found version 3: a newer release wrote it; finish the deployment, or deploy \
                        that release again";
        assert_eq!(error.to_string(), expected, "{name}");
        assert_eq!((site.text().await, site.sessions.mismatches()), (before, 1), "{name}");
    }
}

#[tokio::test]
async fn a_claim_is_refused_and_the_value_stays() {
    let site = newer().await;
    let before = site.text().await;
    let (exchange, session) = site.begin::<Old>().await;
    assert_eq!(kind(session.cart().claim().await), Err(ErrorKind::Newer));
    assert!(exchange.finish(200).await.error.is_none());
    assert_eq!(site.text().await, before);
}

#[tokio::test]
async fn a_key_without_versions_is_protected_as_well() {
    let site = Site::with("plain", r#"["x"]"#, Some(2)).await;
    let before = site.text().await;
    let set = site.request(|session: &Session<Old>| session.plain().set("y".to_owned())).await;
    let error = set.unwrap_err();
    assert_eq!(error.codec().unwrap().expected(), Some("version 1"));
    assert_eq!(
        kind(site.request(|session: &Session<Old>| session.plain().remove()).await),
        Err(ErrorKind::Newer)
    );
    assert_eq!(site.text().await, before);
}

#[tokio::test]
async fn other_keys_can_be_written_and_the_value_is_carried_over() -> Result<(), Error> {
    let site = newer().await;
    site.request(|session: &Session<Old>| {
        assert!(session.cart().exists());
        assert_eq!(kind(session.cart().set(vec![])), Err(ErrorKind::Newer));
        session.other().set(7)
    })
    .await?;
    let expected = r#"[["Map",1,2,8,9],"cart",{"data":3,"expires":-1,"version":7},{"items":4,"total":6},[5],"tea",5,3,"other",{"data":10,"expires":-1},7]"#;
    assert_eq!(site.text().await, expected);
    Ok(())
}

#[tokio::test]
async fn regenerate_takes_the_value_along_and_destroy_ends_it() -> Result<(), Error> {
    let site = newer().await;
    let (exchange, session) = site.begin::<Old>().await;
    session.regenerate()?;
    let finish = exchange.finish(200).await;
    assert!(finish.error.is_none());
    let cookie = finish.set_cookie.expect("a new id");
    let exchange = site.sessions.begin([cookie.split(';').next().unwrap().as_bytes()]);
    let session = exchange.load().await?.view::<Old>();
    assert_eq!(kind(session.cart().get()), Err(ErrorKind::Newer));
    session.destroy()?;
    let finish = exchange.finish(200).await;
    assert!(finish.error.is_none());
    let exchange = site.sessions.begin([cookie.split(';').next().unwrap().as_bytes()]);
    assert_eq!(exchange.load().await?.id(), None);
    Ok(())
}

/// The newer release writes while a request of the older one is on its way.
async fn overtaken(
    change: impl FnOnce(&Session<Old>) -> Result<(), Error>,
) -> (Result<(), ErrorKind>, String) {
    let site = Site::with("cart", r#"[[1],"tea"]"#, Some(2)).await;
    let (exchange, session) = site.begin::<Old>().await;
    session.other().set(1).expect("set");
    change(&session).expect("nothing newer is stored yet");
    let (late, newer) = site.begin::<New>().await;
    newer.cart().set(vec![("tea".to_owned(), 2)]).expect("set");
    assert!(late.finish(200).await.error.is_none());
    let outcome = exchange.finish(200).await.error.map_or(Ok(()), Err);
    (kind(outcome), site.text().await)
}

#[derive(SessionData)]
struct New {
    #[session(default, version = 3, migrate(1 = "same", 2 = "counted"))]
    cart: Vec<(String, u32)>,
}

fn counted(cart: Vec<String>) -> Vec<(String, u32)> {
    cart.into_iter().map(|item| (item, 1)).collect()
}

#[tokio::test]
async fn a_newer_version_that_comes_in_between_is_found_by_the_commit() {
    let changes: [Attempt<Old>; 3] = [
        ("set", |session| session.cart().set(vec![])),
        ("update", |session| session.cart().update(|cart| cart.push("milk".to_owned()))),
        ("remove", |session| session.cart().remove()),
    ];
    for (name, change) in changes {
        let (outcome, text) = overtaken(change).await;
        assert_eq!(outcome, Err(ErrorKind::Newer), "{name}");
        assert_eq!(text, record("cart", r#"[[1],[2,3],"tea",2]"#, Some(3)), "{name}: nothing is written");
    }
    let (outcome, text) = overtaken(|_| Ok(())).await;
    assert_eq!(outcome, Ok(()));
    assert!(text.contains("\"version\"") && text.contains("\"other\""), "{text}");
}

#[tokio::test]
async fn a_renewal_that_is_refused_leaves_nothing_under_the_new_id() -> Result<(), Error> {
    let site = Site::with("cart", r#"[[1],"tea"]"#, Some(2)).await;
    let (_, session) = site.begin::<Old>().await;
    session.cart().set(vec![])?;
    session.regenerate()?;
    site.request(|session: &Session<New>| session.cart().set(vec![])).await?;
    let id = session.id().expect("a new id");
    for _ in 0..2 {
        assert_eq!(kind(session.save().await), Err(ErrorKind::Newer), "tried again, it is refused again");
        assert!(site.sessions.open::<Old>(&id).await?.is_none());
    }
    assert_eq!(site.text().await, record("cart", "[[]]", Some(3)));
    Ok(())
}

#[tokio::test]
async fn where_a_mismatch_is_absent_reads_go_on_and_writes_are_refused_all_the_same() -> Result<(), Error> {
    let site = newer().await;
    let before = site.text().await;
    assert_eq!(site.request(|session: &Session<Tolerant>| session.cart().get()).await?, Vec::<String>::new());
    assert_eq!(
        site.request(|session: &Session<Tolerant>| session.cart().take()).await?,
        Vec::<String>::new()
    );
    let (exchange, session) = site.begin::<Tolerant>().await;
    assert_eq!(session.cart().claim().await?, None);
    assert!(session.cart().exists());
    assert!(exchange.finish(200).await.error.is_none());
    assert_eq!((site.text().await, site.sessions.mismatches()), (before.clone(), 3));
    let writes: [Attempt<Tolerant>; 3] = [
        ("set", |session| session.cart().set(vec![])),
        ("update", |session| session.cart().update(Vec::clear)),
        ("remove", |session| session.cart().remove()),
    ];
    for (name, write) in writes {
        assert_eq!(kind(site.request(write).await), Err(ErrorKind::Newer), "{name}");
    }
    assert_eq!((site.text().await, site.sessions.mismatches()), (before, 6));
    Ok(())
}

#[tokio::test]
async fn a_value_that_has_run_out_is_no_value_whatever_its_version() -> Result<(), Error> {
    let site = Site::holding(r#"[["Map",1,2],"cart",{"data":3,"expires":4,"version":5},[],1,9]"#).await;
    site.request(|session: &Session<Old>| session.cart().set(vec!["tea".to_owned()])).await?;
    assert_eq!(site.text().await, record("cart", r#"[[1],"tea"]"#, Some(2)));
    Ok(())
}

#[tokio::test]
async fn a_version_beyond_all_numbers_is_newer() {
    for huge in ["4294967296", "1e300"] {
        let text = format!(r#"[["Map",1,2],"cart",{{"data":3,"expires":-1,"version":4}},[],{huge}]"#);
        let site = Site::holding(&text).await;
        let get = site.request(|session: &Session<Old>| session.cart().get()).await;
        assert_eq!(kind(get), Err(ErrorKind::Newer), "{huge}");
    }
}

#[tokio::test]
async fn the_untyped_session_declares_no_versions_and_replaces_the_value_as_astro_does() -> Result<(), Error>
{
    let site = newer().await;
    site.request(|session: &Session| session.set("cart", vec!["tea"])).await?;
    assert_eq!(site.text().await, record("cart", r#"[[1],"tea"]"#, None));
    Ok(())
}

#[tokio::test]
async fn two_views_of_one_session_with_different_versions() -> Result<(), Error> {
    let site = Site::holding(r#"[["Map"]]"#).await;
    site.request(|session: &Session<New>| {
        session.cart().set(vec![("tea".to_owned(), 2)])?;
        let old = session.view::<Old>();
        assert_eq!(kind(old.cart().get()), Err(ErrorKind::Newer));
        assert_eq!(kind(old.cart().set(vec![])), Err(ErrorKind::Newer));
        assert_eq!(session.cart().get()?, [("tea".to_owned(), 2)]);
        Ok(())
    })
    .await?;
    assert_eq!(site.text().await, record("cart", r#"[[1],[2,3],"tea",2]"#, Some(3)));
    Ok(())
}
