//! Values of older versions are migrated when they are read, and stored anew with the next write of their key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use session_runtime::{Error, ErrorKind, Session, SessionData};

use crate::support::{Site, kind, record};

type Cart = BTreeMap<String, u32>;

/// Version 1: the cart is a list of products.
#[derive(SessionData)]
struct First {
    #[session(default)]
    cart: Vec<String>,
}

/// Version 2: how many of each.
#[derive(SessionData)]
struct Second {
    #[session(default, version = 2, migrate(1 = "counted"))]
    cart: Cart,
}

/// Version 3: with a note.
#[derive(SessionData)]
struct Third {
    #[session(default, version = 3, migrate(2 = "noted", 1 = "counted"))]
    cart: Noted,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Noted {
    items: Cart,
    note: String,
}

fn counted(cart: Vec<String>) -> Cart {
    let mut counts = Cart::new();
    for item in cart {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

fn noted(items: Cart) -> Result<Noted, &'static str> {
    match items.contains_key("poison") {
        true => Err("poison is no longer sold"),
        false => Ok(Noted { items, note: "migrated".to_owned() }),
    }
}

const LIST: &str = r#"[[1,2,1],"tea","milk"]"#;
const COUNTS: &str = r#"[{"milk":1,"tea":2},1,2]"#;

fn counts() -> Cart {
    Cart::from([("milk".to_owned(), 1), ("tea".to_owned(), 2)])
}

fn migrated() -> Noted {
    Noted { items: counts(), note: "migrated".to_owned() }
}

#[tokio::test]
async fn version_1_is_stored_as_astro_stores_it_and_a_later_one_adds_a_field() -> Result<(), Error> {
    let site = Site::holding(r#"[["Map"]]"#).await;
    site.request(|session: &Session<First>| session.cart().set(vec!["tea".to_owned()])).await?;
    assert_eq!(site.text().await, r#"[["Map",1,2],"cart",{"data":3,"expires":-1},[4],"tea"]"#);
    let site = Site::holding(r#"[["Map"]]"#).await;
    site.request(|session: &Session<Second>| session.cart().set(counts())).await?;
    let expected = r#"[["Map",1,2],"cart",{"data":3,"expires":-1,"version":5},{"milk":4,"tea":5},1,2]"#;
    assert_eq!(site.text().await, expected);
    Ok(())
}

#[tokio::test]
async fn every_version_is_read_with_and_without_its_mark() -> Result<(), Error> {
    let newest = r#"[{"items":1,"note":4},{"milk":2,"tea":3},1,2,"migrated"]"#;
    for (value, version) in [(LIST, 1), (COUNTS, 2), (newest, 3)] {
        for mark in [None, Some(version)] {
            let site = Site::with("cart", value, mark).await;
            let cart = site.request(|session: &Session<Third>| session.cart().get()).await?;
            assert_eq!(cart, migrated(), "version {version}, marked {mark:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_mark_is_believed() {
    for (value, mark) in [(LIST, 2), (COUNTS, 1), (COUNTS, 3)] {
        let site = Site::with("cart", value, Some(mark)).await;
        let cart = site.request(|session: &Session<Third>| session.cart().get()).await;
        assert_eq!(kind(cart), Err(ErrorKind::Mismatch), "marked {mark}");
    }
}

#[tokio::test]
async fn a_field_of_that_name_that_is_no_version_is_not_one() -> Result<(), Error> {
    for foreign in ["\"two\"", "0", "1.5", "-1", "null", "[]"] {
        let text =
            format!(r#"[["Map",1,2],"cart",{{"data":3,"expires":-1,"version":5}},[4],"tea",{foreign}]"#);
        let site = Site::holding(&text).await;
        let cart = site.request(|session: &Session<First>| session.cart().get()).await?;
        assert_eq!(cart, ["tea"], "{foreign}");
    }
    Ok(())
}

#[tokio::test]
async fn a_read_writes_nothing_and_the_next_write_of_the_key_stores_the_migrated_value() -> Result<(), Error>
{
    let old =
        r#"[["Map",1,2,5,6],"cart",{"data":3,"expires":-1},[4,4],"tea","other",{"data":7,"expires":-1},1]"#;
    let site = Site::holding(old).await;
    site.request(|session: &Session<Second>| session.cart().get()).await?;
    assert_eq!((site.puts(), site.text().await), (0, old.to_owned()));
    site.request(|session: &Session| session.set("other", 2)).await?;
    assert!(
        site.text().await.contains(r#""cart",{"data":3,"expires":-1},[4,4],"tea""#),
        "{}",
        site.text().await
    );
    let change = |session: &Session<Second>| {
        session.cart().update(|cart| *cart.entry("milk".to_owned()).or_default() += 1)
    };
    site.request(change).await?;
    let expected = r#"[["Map",1,2,6,7],"cart",{"data":3,"expires":-1,"version":5},{"milk":4,"tea":5},1,2,"other",{"data":5,"expires":-1}]"#;
    assert_eq!(site.text().await, expected);
    Ok(())
}

#[tokio::test]
async fn an_update_that_changes_nothing_still_stores_the_migrated_value() -> Result<(), Error> {
    let site = Site::with("cart", LIST, None).await;
    site.request(|session: &Session<Second>| session.cart().update(|_| {})).await?;
    assert_eq!(site.text().await, record("cart", COUNTS, Some(2)));
    // What an Astro page wrote in today's form lacks only the mark.
    let site = Site::with("cart", COUNTS, None).await;
    site.request(|session: &Session<Second>| session.cart().set(counts())).await?;
    assert_eq!(site.text().await, record("cart", COUNTS, Some(2)));
    Ok(())
}

#[tokio::test]
async fn take_and_claim_migrate_as_well() -> Result<(), Error> {
    let site = Site::with("cart", LIST, None).await;
    assert_eq!(site.request(|session: &Session<Third>| session.cart().take()).await?, migrated());
    assert_eq!(site.text().await, r#"[["Map"]]"#);
    for version in [None, Some(1), Some(2)] {
        let value = if version == Some(2) { COUNTS } else { LIST };
        let site = Site::with("cart", value, version).await;
        let (_, session) = site.begin::<Third>().await;
        assert_eq!(session.cart().claim().await?, Some(migrated()));
        assert_eq!(site.text().await, r#"[["Map"]]"#);
    }
    Ok(())
}

#[tokio::test]
async fn a_value_keeps_its_time_when_it_is_migrated() -> Result<(), Error> {
    let site = Site::holding(r#"[["Map",1,2],"cart",{"data":3,"expires":4},[],4102444800000]"#).await;
    site.request(|session: &Session<Second>| {
        session.cart().update(|cart| cart.extend([("tea".to_owned(), 1)]))
    })
    .await?;
    let expected = r#"[["Map",1,2],"cart",{"data":3,"expires":5,"version":6},{"tea":4},1,4102444800000,2]"#;
    assert_eq!(site.text().await, expected);
    Ok(())
}

#[tokio::test]
async fn an_update_runs_again_on_what_another_version_stored_meanwhile() -> Result<(), Error> {
    // Read as version 2, and version 1 while the commit was on its way: the older release is still running.
    let site = Site::with("cart", COUNTS, Some(2)).await;
    let (exchange, session) = site.begin::<Third>().await;
    session.cart().update(|cart| cart.items.extend([("bread".to_owned(), 1)]))?;
    session.cart().update(|cart| cart.note.push('!'))?;
    site.request(|session: &Session| session.set("cart", vec!["jam"])).await?;
    assert!(exchange.finish(200).await.error.is_none());
    let cart = site.request(|session: &Session<Third>| session.cart().get()).await?;
    let items = Cart::from([("bread".to_owned(), 1), ("jam".to_owned(), 1)]);
    assert_eq!(cart, Noted { items, note: "migrated!".to_owned() });
    Ok(())
}

#[tokio::test]
async fn a_migration_may_refuse_and_its_words_are_not_shown() {
    for version in [None, Some(1), Some(2)] {
        let value = if version == Some(2) { r#"[{"poison":1},1]"# } else { r#"[[1],"poison"]"# };
        let site = Site::with("cart", value, version).await;
        let cart = site.request(|session: &Session<Third>| session.cart().get()).await;
        let error = cart.unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Mismatch, Some("cart")));
        let expected = "the stored value is not of the declared type (key `cart`): the migration from version 2 to 3 gave \
                        an error";
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains("poison"), "{error:?}");
        let text = site.text().await;
        let update = site.request(|session: &Session<Third>| session.cart().update(|_| {})).await;
        assert_eq!(kind(update), Err(ErrorKind::Mismatch));
        assert_eq!(site.text().await, text);
    }
}

#[tokio::test]
async fn a_value_that_fits_no_version_is_reported_against_the_newest() {
    let site = Site::with("cart", "[5]", None).await;
    let error = site.request(|session: &Session<Third>| session.cart().get()).await.unwrap_err();
    assert_eq!(error.codec().unwrap().expected(), Some("struct Noted"));
    let site = Site::with("cart", "[5]", Some(1)).await;
    let error = site.request(|session: &Session<Third>| session.cart().get()).await.unwrap_err();
    assert_eq!(error.codec().unwrap().expected(), Some("a sequence"));
}

/// Types that differ in optional fields: serde reads each as the other, and skips what it does not know.
mod lenient {
    use super::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct Old {
        pub(super) name: String,
        pub(super) mail: Option<String>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    pub(super) struct New {
        pub(super) name: String,
        pub(super) email: Option<String>,
        #[serde(default)]
        pub(super) migrated: bool,
    }

    pub(super) fn renamed(old: Old) -> New {
        New { name: old.name, email: old.mail, migrated: true }
    }
}

#[derive(SessionData)]
struct Renamed {
    #[session(version = 2, migrate(1 = "lenient::renamed"))]
    user: lenient::New,
}

#[tokio::test]
async fn without_a_mark_the_version_counts_that_leaves_nothing_out() -> Result<(), Error> {
    let read = async |value: &str| {
        let site = Site::with("user", value, None).await;
        site.request(|session: &Session<Renamed>| session.user().get()).await
    };
    let user = |email: Option<&str>, migrated| {
        Some(lenient::New { name: "Ada".to_owned(), email: email.map(str::to_owned), migrated })
    };
    let ada = "a@b.c";
    assert_eq!(read(r#"[{"name":1,"mail":2},"Ada","a@b.c"]"#).await?, user(Some(ada), true));
    assert_eq!(read(r#"[{"name":1,"email":2},"Ada","a@b.c"]"#).await?, user(Some(ada), false));
    assert_eq!(
        read(r#"[{"email":2,"name":1,"migrated":3},"Ada","a@b.c",false]"#).await?,
        user(Some(ada), false)
    );
    // Both leave nothing out: the newest counts.
    assert_eq!(read(r#"[{"name":1},"Ada"]"#).await?, user(None, false));
    // Both leave something out: the newest counts.
    assert_eq!(read(r#"[{"name":1,"mail":2,"tel":2},"Ada","a@b.c"]"#).await?, user(None, false));
    Ok(())
}
