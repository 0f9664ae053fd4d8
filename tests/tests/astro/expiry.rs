//! A value's time runs out on both sides.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use session_runtime::SessionConfig;
use session_runtime::devalue::Document;
use session_tests::astro::{Driver, Op, Pair, Visitor};
use tokio::time::sleep;

use crate::drivers::{self, on_every_driver};
use crate::service::routes;

on_every_driver! {
    astro_sets_a_time_and_both_keep_it
    rust_sets_a_time_and_both_keep_it
    an_update_keeps_the_time
    a_time_in_the_past_is_expired_at_once
}

/// Long enough to be read on both sides, short enough to be waited for.
const SHORT: Duration = Duration::from_millis(700);

/// When the value expires according to the store, in milliseconds since the epoch.
async fn expires(pair: &Pair, visitor: &Visitor, key: &str) -> Option<f64> {
    let document = Document::parse(pair.stored(visitor.id().unwrap()).await.unwrap()).unwrap();
    let mut entries = document.root().map_entries().unwrap();
    entries
        .find(|(name, _)| name.as_str().as_deref() == Some(key))
        .unwrap()
        .1
        .field("expires")
        .unwrap()
        .as_f64()
}

fn is_in(expires: Option<f64>, seconds: f64) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    expires.is_some_and(|expires| (expires / 1000.0 - now - seconds).abs() < 5.0)
}

async fn both_have(visitor: &mut Visitor, key: &str, value: &str) {
    assert_eq!(visitor.get(&format!("/key/{key}")).await.body, value);
    assert_eq!(visitor.astro([Op::get(key)]).await.get::<String>(0), value);
}

async fn neither_has(visitor: &mut Visitor, key: &str) {
    assert_eq!(visitor.get(&format!("/key/{key}")).await.body, "");
    let answer = visitor.astro([Op::has(key), Op::plain("keys")]).await;
    assert!(!answer.get::<bool>(0));
    assert_eq!(visitor.get("/keys").await.body, answer.get::<Vec<String>>(1).join(" "));
}

async fn astro_sets_a_time_and_both_keep_it(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor
        .astro([Op::set_for("code", "'1234'", SHORT.as_secs_f64()), Op::set_for("user", "'Ada'", 60.0)])
        .await;
    both_have(&mut visitor, "code", "1234").await;
    assert!(is_in(expires(&pair, &visitor, "user").await, 60.0));
    sleep(SHORT).await;
    neither_has(&mut visitor, "code").await;
    visitor.post("/key/other/x").await;
    assert!(
        !pair.stored(visitor.id().unwrap()).await.unwrap().contains("1234"),
        "it leaves with the next write"
    );
    both_have(&mut visitor, "user", "Ada").await;
    assert!(is_in(expires(&pair, &visitor, "user").await, 60.0));
}

async fn rust_sets_a_time_and_both_keep_it(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.post(&format!("/ttl/{}/code/1234", SHORT.as_millis())).await;
    visitor.post("/ttl/60000/user/Ada").await;
    both_have(&mut visitor, "code", "1234").await;
    assert!(is_in(expires(&pair, &visitor, "user").await, 60.0));
    sleep(SHORT).await;
    neither_has(&mut visitor, "code").await;
    visitor.astro([Op::set("other", "1")]).await;
    assert!(
        !pair.stored(visitor.id().unwrap()).await.unwrap().contains("1234"),
        "it leaves with the next write"
    );
    both_have(&mut visitor, "user", "Ada").await;
    assert!(is_in(expires(&pair, &visitor, "user").await, 60.0));
}

async fn an_update_keeps_the_time(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set_for("cart", "['tea']", 60.0)]).await;
    let before = expires(&pair, &visitor, "cart").await;
    visitor.post("/cart/milk").await;
    assert_eq!(visitor.astro([Op::get("cart")]).await.get::<Vec<String>>(0), ["tea", "milk"]);
    assert_eq!(expires(&pair, &visitor, "cart").await, before);
    // Astro's own way of changing a value sets it anew, without the time.
    visitor.astro([Op::push("cart", "'bread'")]).await;
    assert_eq!(expires(&pair, &visitor, "cart").await, None);
    visitor.post("/cart/salt").await;
    assert_eq!(expires(&pair, &visitor, "cart").await, None);
}

async fn a_time_in_the_past_is_expired_at_once(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set_for("code", "'1234'", -1.0), Op::set("user", "'Ada'")]).await;
    assert_eq!(visitor.get("/keys").await.body, "user");
    visitor.post("/ttl/0/code/1234").await;
    sleep(Duration::from_millis(5)).await;
    neither_has(&mut visitor, "code").await;
}

/// Astro's plain `SET` takes the time away that the server keeps a session for; the next commit gives it back.
#[tokio::test(flavor = "multi_thread")]
async fn on_redis_the_sessions_own_time_is_restored() {
    let driver = drivers::redis();
    let config = SessionConfig::astro().idle(Duration::from_secs(60));
    let pair = driver.serve_with(routes(), config).await;
    let mut visitor = pair.visitor();
    visitor.post("/key/user/Ada").await;
    let id = visitor.id().unwrap().to_owned();
    assert!((50_000..=60_000).contains(&driver.kept_for(&id)));
    visitor.astro([Op::set("theme", "'dark'")]).await;
    assert_eq!(driver.kept_for(&id), -1);
    visitor.post("/cart/tea").await;
    assert!((50_000..=60_000).contains(&driver.kept_for(&id)));
}
