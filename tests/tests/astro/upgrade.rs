//! A new release of the Rust service has given a value another type: an Astro page reads the old and the new form, and its
//! own writes have no version.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use session_runtime::{Error, Session, SessionData};
use session_tests::astro::{Driver, Op};

use crate::drivers::on_every_driver;

on_every_driver! {
    a_page_of_astro_reads_both_versions_and_keeps_the_mark
    what_a_page_sets_has_no_version_and_is_read_as_what_it_is
}

type Cart = BTreeMap<String, u32>;

/// The first version of the cart was a list of products.
#[derive(SessionData)]
struct Shop {
    #[session(default, version = 2, migrate(1 = "counted"))]
    cart: Cart,
}

fn counted(cart: Vec<String>) -> Cart {
    let mut counts = Cart::new();
    for item in cart {
        *counts.entry(item).or_default() += 1;
    }
    counts
}

fn routes() -> Router {
    Router::new().route("/cart", get(cart)).route("/cart/{item}", post(add))
}

async fn cart(session: Session<Shop>) -> Result<String, Error> {
    Ok(format!("{:?}", session.cart().get()?))
}

async fn add(session: Session<Shop>, Path(item): Path<String>) -> Result<(), Error> {
    session.cart().update(move |cart| *cart.entry(item.clone()).or_default() += 1)
}

fn cart_of<const N: usize>(counts: [(&str, u32); N]) -> Cart {
    counts.map(|(item, count)| (item.to_owned(), count)).into()
}

const FIRST: &str = r#"[["Map",1,2],"cart",{"data":3,"expires":-1},[4,4],"tea"]"#;
const MARK: &str = r#""expires":-1,"version""#;

async fn a_page_of_astro_reads_both_versions_and_keeps_the_mark(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.with_record(FIRST).await;
    let id = visitor.id().unwrap().to_owned();
    assert_eq!(visitor.get("/cart").await.body, r#"{"tea": 2}"#);
    assert_eq!(visitor.astro([Op::get("cart")]).await.get::<Vec<String>>(0), ["tea", "tea"]);

    visitor.post("/cart/milk").await;
    let answer = visitor.astro([Op::get("cart"), Op::set("page", "1")]).await;
    assert_eq!(answer.get::<Cart>(0), cart_of([("milk", 1), ("tea", 2)]));
    let stored = pair.stored(&id).await.unwrap();
    assert!(stored.contains(MARK) && stored.contains(r#""page""#), "{stored}");
    assert_eq!(visitor.get("/cart").await.body, r#"{"milk": 1, "tea": 2}"#);
}

async fn what_a_page_sets_has_no_version_and_is_read_as_what_it_is(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.with_record(FIRST).await;
    let id = visitor.id().unwrap().to_owned();
    visitor.post("/cart/milk").await;
    for (js, read) in [("['jam']", r#"{"jam": 1}"#), ("{ jam: 2 }", r#"{"jam": 2}"#)] {
        visitor.astro([Op::set("cart", js)]).await;
        assert!(!pair.stored(&id).await.unwrap().contains(MARK), "Astro sets the whole entry");
        assert_eq!(visitor.get("/cart").await.body, read);
        visitor.post("/cart/milk").await;
        assert!(pair.stored(&id).await.unwrap().contains(MARK));
    }
    assert_eq!(visitor.get("/cart").await.body, r#"{"jam": 2, "milk": 1}"#);
}
