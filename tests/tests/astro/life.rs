//! A session begins, changes its id and ends on one side, and the other sees it.

use axum::Router;
use axum::routing::{get, post};
use session_runtime::{Error, Session, SessionData};
use session_tests::astro::{Driver, Op};

use crate::drivers::on_every_driver;

on_every_driver! {
    one_cookie_walks_through_both
}

#[derive(SessionData)]
struct Shop {
    user: String,
    #[session(default)]
    cart: Vec<String>,
}

async fn show(session: Session<Shop>) -> Result<String, Error> {
    let user = session.user().get()?.unwrap_or_default();
    Ok(format!("{user}: {}", session.cart().get()?.join(", ")))
}

async fn add(session: Session<Shop>) -> Result<(), Error> {
    session.cart().update(|cart| cart.push("milk".to_owned()))
}

fn shop() -> Router {
    Router::new().route("/", get(show)).route("/add", post(add))
}

async fn one_cookie_walks_through_both(driver: &Driver) {
    let pair = driver.serve(shop()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("user", "'Ada'"), Op::push("cart", "'tea'")]).await;
    assert_eq!(visitor.get("/").await.body, "Ada: tea");
    visitor.post("/add").await;
    let answer = visitor.astro([Op::get("cart"), Op::push("cart", "'bread'")]).await;
    assert_eq!(answer.get::<Vec<String>>(0), ["tea", "milk"]);
    assert_eq!(visitor.get("/").await.body, "Ada: tea, milk, bread");
}
