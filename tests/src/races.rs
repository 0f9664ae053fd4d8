//! The races that every store must come out of unharmed, over a real axum router. Later drivers reuse this as it is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use session_runtime::{Error, Session, SessionConfig, SessionData, SessionLayer, Store};
use tokio::task::JoinSet;

use crate::browser::{Browser, Reply};

/// How many requests race.
pub const RACERS: usize = 64;

/// The session of the races.
#[derive(Debug, SessionData)]
pub struct Race {
    /// What the racers append to.
    #[session(default)]
    pub cart: Vec<usize>,
    /// What one of them claims.
    pub voucher: String,
}

async fn work() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

async fn fill(session: Session<Race>) -> Result<(), Error> {
    session.cart().set(Vec::new())?;
    session.voucher().set("ten percent off".to_owned())
}

async fn append(session: Session<Race>, Path(item): Path<usize>) -> Result<(), Error> {
    session.cart().get()?;
    work().await;
    session.cart().update(move |cart| cart.push(item))
}

async fn set_own(session: Session, Path(item): Path<usize>) -> Result<(), Error> {
    work().await;
    session.set(&format!("key{item}"), item)
}

async fn claim(session: Session<Race>) -> Result<String, Error> {
    work().await;
    Ok(session.voucher().claim().await?.unwrap_or_default())
}

async fn cart(session: Session<Race>) -> Result<String, Error> {
    let mut cart = session.cart().get()?;
    cart.sort_unstable();
    cart.dedup();
    Ok(cart.len().to_string())
}

async fn own_keys(session: Session) -> String {
    session.keys().iter().filter(|key| key.starts_with("key")).count().to_string()
}

/// Where the late writers are, by the number of their race: 1 once the session is read, 2 once they may go on.
static LATE: Mutex<BTreeMap<usize, u8>> = Mutex::new(BTreeMap::new());

fn late(race: usize, step: u8) {
    LATE.lock().unwrap_or_else(PoisonError::into_inner).insert(race, step);
}

async fn until_late(race: usize, step: u8) {
    while LATE.lock().unwrap_or_else(PoisonError::into_inner).get(&race) != Some(&step) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn late_write(session: Session<Race>, Path(race): Path<usize>) -> Result<(), Error> {
    let _ = session.cart().get()?;
    late(race, 1);
    until_late(race, 2).await;
    session.cart().update(|cart| cart.push(1))
}

async fn logout(session: Session<Race>) -> Result<(), Error> {
    session.destroy()
}

async fn exists(session: Session<Race>) -> String {
    session.id().is_some().to_string()
}

async fn rotate(session: Session<Race>) -> Result<(), Error> {
    work().await;
    session.regenerate()
}

/// The router of the races over a store. They are about what is lost and not about time, of which a busy machine may need
/// more than the usual two seconds.
pub fn app(store: Arc<dyn Store>, config: SessionConfig) -> Router {
    let config = config.store_timeout(Duration::from_secs(60));
    Router::new()
        .route("/fill", post(fill))
        .route("/append/{item}", post(append))
        .route("/own/{item}", post(set_own))
        .route("/claim", post(claim))
        .route("/cart", get(cart))
        .route("/own", get(own_keys))
        .route("/late/{race}", post(late_write))
        .route("/logout", post(logout))
        .route("/rotate", post(rotate))
        .route("/exists", get(exists))
        .layer(SessionLayer::with_config(store, config))
}

async fn prepared(app: &Router) -> Browser {
    let mut browser = Browser::new(app.clone());
    let reply = browser.post("/fill").await;
    assert!(reply.status.is_success(), "{reply:?}");
    browser
}

async fn race(browser: &Browser, path: impl Fn(usize) -> String) -> Vec<Reply> {
    let mut tasks = JoinSet::new();
    for racer in 0..RACERS {
        let (mut browser, path) = (browser.clone(), path(racer));
        tasks.spawn(async move { browser.post(&path).await });
    }
    tasks.join_all().await
}

/// 64 requests append to one key: how many items survive.
///
/// # Panics
/// A request fails.
pub async fn surviving_updates(app: &Router) -> usize {
    let mut browser = prepared(app).await;
    let replies = race(&browser, |racer| format!("/append/{racer}")).await;
    assert!(replies.iter().all(|reply| reply.status.is_success()), "{replies:?}");
    browser.get("/cart").await.body.parse().expect("a number")
}

/// 64 requests set a key each: how many keys survive.
///
/// # Panics
/// A request fails.
pub async fn surviving_sets(app: &Router) -> usize {
    let mut browser = prepared(app).await;
    let replies = race(&browser, |racer| format!("/own/{racer}")).await;
    assert!(replies.iter().all(|reply| reply.status.is_success()), "{replies:?}");
    browser.get("/own").await.body.parse().expect("a number")
}

/// 64 requests claim one value: how many get it.
///
/// # Panics
/// A request fails.
pub async fn winning_claims(app: &Router) -> usize {
    let browser = prepared(app).await;
    let replies = race(&browser, |_| "/claim".to_owned()).await;
    assert!(replies.iter().all(|reply| reply.status.is_success()), "{replies:?}");
    replies.iter().filter(|reply| reply.body == "ten percent off").count()
}

/// A request reads, works on and writes, while another logs out in between: whether the session is back afterwards,
/// under the old id or under one that the late writer was given. The late writer must be told: 409.
///
/// # Panics
/// The logout fails, or the late writer is answered otherwise.
pub async fn logout_revived(app: &Router) -> bool {
    static RACES: AtomicUsize = AtomicUsize::new(0);
    let race = RACES.fetch_add(1, Ordering::Relaxed);
    let browser = prepared(app).await;
    let (mut writer, mut leaver, mut witness) = (browser.clone(), browser.clone(), browser.clone());
    let writing = tokio::spawn(async move {
        let reply = writer.post(&format!("/late/{race}")).await;
        (writer, reply)
    });
    until_late(race, 1).await;
    let reply = leaver.post("/logout").await;
    assert!(reply.status.is_success() && leaver.cookie.is_none(), "{reply:?}");
    late(race, 2);
    let (mut writer, reply) = writing.await.expect("no panic");
    assert_eq!(reply.status, 409, "{reply:?}");
    assert!(reply.set_cookies().is_empty(), "{reply:?}");
    witness.get("/exists").await.body == "true" || writer.get("/exists").await.body == "true"
}

/// 64 requests renew the id of one session: how many live sessions their answers lead to.
///
/// # Panics
/// A request is answered with something else than 200 or 409.
pub async fn sessions_after_rotations(app: &Router) -> usize {
    let browser = prepared(app).await;
    let replies = race(&browser, |_| "/rotate".to_owned()).await;
    assert!(replies.iter().all(|reply| matches!(reply.status.as_u16(), 200 | 409)), "{replies:?}");
    let mut ids: Vec<String> = replies.iter().flat_map(Reply::set_cookies).collect();
    ids.extend(browser.cookie.clone());
    let mut live = 0;
    for cookie in ids {
        let mut browser = Browser::new(app.clone());
        browser.cookie = cookie.split(';').next().map(str::to_owned);
        live += usize::from(browser.get("/exists").await.body == "true");
    }
    live
}
