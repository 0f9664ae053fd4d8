//! A session begins, changes its id and ends on one side, and the other sees it.

use std::time::Duration;

use session_tests::astro::{Driver, Op, Pair};
use session_tests::browser::Reply;

use crate::drivers::on_every_driver;
use crate::service::{Gate, routes};

on_every_driver! {
    one_cookie_walks_through_both
    the_cookies_are_the_same
    astro_renews_the_id
    rust_renews_the_id
    astro_ends_the_session
    rust_ends_the_session
    either_side_loads_a_session_by_its_id
    unknown_ids_are_adopted_by_neither
    a_request_that_outlives_the_session_on_the_other_side_is_told
}

async fn one_cookie_walks_through_both(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("user", "'Ada'"), Op::push("cart", "'tea'")]).await;
    let begun = visitor.cookie.clone();
    assert_eq!(visitor.get("/key/user").await.body, "Ada");
    visitor.post("/cart/milk").await;
    let answer = visitor.astro([Op::get("cart"), Op::push("cart", "'bread'"), Op::plain("keys")]).await;
    assert_eq!(answer.get::<Vec<String>>(0), ["tea", "milk"]);
    assert_eq!(answer.get::<Vec<String>>(2), ["user", "cart"]);
    assert_eq!(visitor.get("/cart").await.body, "tea milk bread");
    visitor.delete("/key/user").await;
    let answer = visitor.astro([Op::has("user"), Op::delete("cart"), Op::set("last", "true")]).await;
    assert!(!answer.get::<bool>(0));
    assert_eq!(visitor.get("/keys").await.body, "last");
    assert_eq!(visitor.cookie, begun, "it was one session all the time");

    let mut other = pair.visitor();
    other.post("/key/user/Eve").await;
    let answer = other.astro([Op::get("user"), Op::plain("values"), Op::plain("entries")]).await;
    assert_eq!(answer.get::<String>(0), "Eve");
    assert_eq!(answer.get::<Vec<String>>(1), ["Eve"]);
    assert_eq!(answer.get::<Vec<(String, String)>>(2), [("user".to_owned(), "Eve".to_owned())]);
}

/// The `Set-Cookie` headers, without the id.
fn cookies(reply: &Reply, id: Option<&str>) -> Vec<String> {
    reply.set_cookies().iter().map(|cookie| cookie.replace(id.unwrap_or("no id"), "<id>")).collect()
}

async fn the_cookies_are_the_same(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let (mut astro, mut rust) = (pair.visitor(), pair.visitor());
    let steps: [(&str, Op); 6] = [
        ("/key/a/x", Op::set("a", "1")),
        ("/key/a/y", Op::set("a", "2")),
        ("/regenerate", Op::plain("regenerate")),
        ("/keys", Op::plain("keys")),
        ("/destroy", Op::plain("destroy")),
        ("/destroy", Op::plain("destroy")),
    ];
    for (nth, (path, op)) in steps.into_iter().enumerate() {
        let theirs = astro.astro([op]).await.reply;
        let ours = if path == "/keys" { rust.get(path).await } else { rust.post(path).await };
        assert_eq!(cookies(&ours, rust.id()), cookies(&theirs, astro.id()), "step {nth}");
    }
}

/// Astro removes what it renews or destroys without waiting for it.
async fn gone(pair: &Pair, id: &str) {
    for _ in 0..100 {
        if pair.stored(id).await.is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the old record is still there");
}

async fn astro_renews_the_id(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.post("/key/user/Ada").await;
    let mut late = visitor.clone();
    visitor.astro([Op::plain("regenerate"), Op::set("admin", "'yes'")]).await;
    assert_ne!(visitor.id(), late.id());
    assert_eq!(visitor.get("/keys").await.body, "user admin");
    gone(&pair, late.id().unwrap()).await;
    assert_eq!(late.get("/keys").await.body, "", "the old id leads nowhere");
}

async fn rust_renews_the_id(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("user", "'Ada'")]).await;
    let mut late = visitor.clone();
    visitor.post("/regenerate").await;
    assert_ne!(visitor.id(), late.id());
    assert_eq!(visitor.astro([Op::get("user")]).await.get::<String>(0), "Ada");
    assert_eq!(pair.stored(late.id().unwrap()).await, None);
    assert_eq!(late.astro([Op::plain("keys")]).await.get::<Vec<String>>(0), [""; 0]);
}

async fn astro_ends_the_session(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.post("/key/user/Ada").await;
    let mut thief = visitor.clone();
    visitor.astro([Op::plain("destroy")]).await;
    assert_eq!(visitor.cookie, None);
    gone(&pair, thief.id().unwrap()).await;
    assert_eq!(thief.get("/keys").await.body, "");
    let old = thief.cookie.clone();
    thief.post("/key/user/Eve").await;
    assert_ne!(thief.cookie, old, "a dead id is not taken up again");
    assert_eq!(pair.stored(old.unwrap().split_once('=').unwrap().1).await, None);
}

async fn rust_ends_the_session(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("user", "'Ada'")]).await;
    let mut thief = visitor.clone();
    visitor.post("/destroy").await;
    assert_eq!((visitor.cookie.as_ref(), pair.stored(thief.id().unwrap()).await), (None, None));
    assert!(!thief.astro([Op::has("user")]).await.get::<bool>(0));
    let old = thief.cookie.clone();
    thief.astro([Op::set("user", "'Eve'")]).await;
    assert_ne!(thief.cookie, old);
}

async fn either_side_loads_a_session_by_its_id(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let (mut kept, mut visitor) = (pair.visitor(), pair.visitor());
    kept.post("/key/user/Ada").await;
    visitor.post("/key/user/Eve").await;
    let (ada, eve) = (kept.id().unwrap().to_owned(), visitor.id().unwrap().to_owned());
    visitor.astro([Op::load(&ada)]).await;
    assert_eq!(visitor.id(), Some(&*ada));
    assert_eq!(visitor.get("/key/user").await.body, "Ada");
    assert_eq!(visitor.post(&format!("/load/{eve}")).await.body, "true");
    assert_eq!(visitor.id(), Some(&*eve));
    assert_eq!(visitor.astro([Op::get("user")]).await.get::<String>(0), "Eve");
}

async fn unknown_ids_are_adopted_by_neither(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut known = pair.visitor();
    known.post("/key/user/Ada").await;
    let ids = [
        "11111111-1111-4111-8111-111111111111".to_owned(),
        "11111111-1111-1111-8111-111111111111".to_owned(),
        known.id().unwrap().to_uppercase(),
        format!("\"{}\"", known.id().unwrap()),
        "..%2f..%2fetc%2fpasswd".to_owned(),
        "deleted".to_owned(),
        String::new(),
    ];
    for id in ids {
        let mut visitors = [pair.visitor(), pair.visitor()];
        for visitor in &mut visitors {
            visitor.cookie = Some(format!("astro-session={id}"));
        }
        let [mut astro, mut rust] = visitors;
        assert_eq!(rust.get("/keys").await.set_cookies(), [""; 0], "{id}");
        assert_eq!(astro.astro([Op::plain("keys")]).await.reply.set_cookies(), [""; 0], "{id}");
        rust.post("/key/a/x").await;
        astro.astro([Op::set("a", "'x'")]).await;
        assert!(rust.id() != Some(&id) && astro.id() != Some(&id), "{id}");
        assert_eq!(rust.astro([Op::get("a")]).await.get::<String>(0), "x", "{id}");
        assert_eq!(astro.get("/key/a").await.body, "x", "{id}");
    }
}

/// A Rust request has read the session; meanwhile Astro ends or renews it. The request is answered 409 and writes nothing.
async fn a_request_that_outlives_the_session_on_the_other_side_is_told(driver: &Driver) {
    for end in ["destroy", "regenerate"] {
        let (routes, gate) = Gate::routes();
        let pair = driver.serve(routes).await;
        let mut visitor = pair.visitor();
        visitor.post("/cart/tea").await;
        let mut late = visitor.clone();
        let old = visitor.id().unwrap().to_owned();
        let slow = {
            let mut late = late.clone();
            tokio::spawn(async move { late.post("/slow/milk").await })
        };
        gate.arrived(1).await;
        visitor.astro([Op::plain(end)]).await;
        gone(&pair, &old).await;
        gate.open();
        let reply = slow.await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.set_cookies().len()), (409, 0), "{end}");
        assert_eq!(pair.stored(&old).await, None, "{end}");
        assert_eq!(late.get("/cart").await.body, "", "{end}");
        let left = if end == "destroy" { "" } else { "tea" };
        assert_eq!(visitor.get("/cart").await.body, left, "{end}");
    }
}
