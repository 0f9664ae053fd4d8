//! Apps on axum: the floor without any library, ours, and tower-sessions.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request as HttpRequest, StatusCode};
use axum::routing::{get, post};
use session_runtime::{RedisStore, Session, SessionConfig, SessionData, SessionLayer};
use tower::ServiceExt;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool};

use crate::data::{self, User, Whole, modify};
use crate::measure::{Prepare, Request, prepare};
use crate::raw::{self, SESSIONS};

pub fn contenders(url: &str, cart: usize, writing: bool) -> [(&'static str, Prepare); 3] {
    let [first, second, third] = [(); 3].map(|()| url.to_owned());
    [
        prepare("floor", move || {
            let url = first.clone();
            async move { requests(floor(&url).await, cart, writing).await }
        }),
        prepare("ours", move || {
            let url = second.clone();
            async move { requests(ours(&url).await, cart, writing).await }
        }),
        prepare("tower-sessions", move || {
            let url = third.clone();
            async move { requests(tower_sessions(&url).await, cart, writing).await }
        }),
    ]
}

/// Fills a session for each task, and gives the request that reads or changes it.
async fn requests(app: Router, cart: usize, writing: bool) -> Request {
    let mut cookies = Vec::new();
    for _ in 0..SESSIONS {
        let fill = HttpRequest::post(format!("/fill/{cart}")).body(Body::empty()).expect("a request");
        let reply = app.clone().oneshot(fill).await.expect("an answer");
        let cookie = reply.headers()[SET_COOKIE].to_str().expect("a text").split(';').next();
        cookies.push(cookie.expect("a cookie").to_owned());
    }
    let path = if writing { "/modify" } else { "/read" };
    Arc::new(move |task| {
        let app = app.clone();
        let request =
            HttpRequest::get(path).header(COOKIE, &cookies[task]).body(Body::empty()).expect("a request");
        Box::pin(async move {
            let reply = app.oneshot(request).await.expect("an answer");
            assert_eq!(reply.status(), StatusCode::OK);
        })
    })
}

// The floor: a cookie, a GET, serde_json, a SET.

type Floor = State<redis::aio::MultiplexedConnection>;

async fn floor(url: &str) -> Router {
    Router::new()
        .route("/fill/{cart}", post(floor_fill))
        .route("/read", get(floor_read))
        .route("/modify", get(floor_modify))
        .with_state(raw::connection(url).await)
}

async fn floor_fill(
    State(mut connection): Floor,
    axum::extract::Path(cart): axum::extract::Path<usize>,
) -> [(&'static str, String); 1] {
    let id = session_runtime::SessionId::random().expose().to_owned();
    raw::set(&mut connection, &id, &data::json(cart)).await;
    [("set-cookie", format!("id={id}"))]
}

fn floor_id(headers: &HeaderMap) -> &str {
    let cookie = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    cookie.strip_prefix("id=").unwrap_or_default()
}

async fn floor_load(connection: &mut redis::aio::MultiplexedConnection, id: &str) -> Whole {
    let text: Vec<u8> = redis::cmd("GET").arg(id).query_async(connection).await.expect("get");
    serde_json::from_slice(&text).expect("JSON")
}

async fn floor_read(State(mut connection): Floor, headers: HeaderMap) -> String {
    floor_load(&mut connection, floor_id(&headers)).await.cart.len().to_string()
}

async fn floor_modify(State(mut connection): Floor, headers: HeaderMap) {
    let id = floor_id(&headers);
    let mut session = floor_load(&mut connection, id).await;
    modify(&mut session.cart);
    raw::set(&mut connection, id, &serde_json::to_vec(&session).expect("JSON")).await;
}

// Ours.

#[derive(SessionData)]
pub struct Shop {
    pub user: User,
    #[session(default)]
    pub cart: Vec<String>,
    pub seen: u64,
}

async fn ours(url: &str) -> Router {
    let store = RedisStore::connect(url).await.expect("a store");
    Router::new()
        .route("/fill/{cart}", post(our_fill))
        .route("/read", get(our_read))
        .route("/modify", get(our_modify))
        .layer(SessionLayer::with_config(store, SessionConfig::default()))
        .with_state(())
}

async fn our_fill(
    session: Session<Shop>,
    axum::extract::Path(cart): axum::extract::Path<usize>,
) -> Result<(), session_runtime::Error> {
    let whole = data::whole(cart);
    session.user().set(whole.user)?;
    session.cart().set(whole.cart)?;
    session.seen().set(whole.seen)
}

async fn our_read(session: Session<Shop>) -> Result<String, session_runtime::Error> {
    Ok(session.cart().get()?.len().to_string())
}

async fn our_modify(session: Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().update(|cart| modify(cart))
}

// tower-sessions, in the newest version that its Redis store works with.

async fn tower_sessions(url: &str) -> Router {
    let config = Config::from_url(url).expect("a URL");
    let pool = Pool::new(config, None, None, None, 1).expect("a pool");
    pool.init().await.expect("a connection");
    let store = tower_sessions_redis_store::RedisStore::new(pool);
    let layer = tower_sessions_014::SessionManagerLayer::new(store).with_secure(false);
    Router::new()
        .route("/fill/{cart}", post(tower_fill))
        .route("/read", get(tower_read))
        .route("/modify", get(tower_modify))
        .layer(layer)
        .with_state(())
}

async fn tower_fill(
    session: tower_sessions_014::Session,
    axum::extract::Path(cart): axum::extract::Path<usize>,
) {
    let whole = data::whole(cart);
    session.insert("user", whole.user).await.expect("insert");
    session.insert("cart", whole.cart).await.expect("insert");
    session.insert("seen", whole.seen).await.expect("insert");
}

async fn tower_read(session: tower_sessions_014::Session) -> String {
    let cart: Option<Vec<String>> = session.get("cart").await.expect("get");
    cart.expect("kept").len().to_string()
}

async fn tower_modify(session: tower_sessions_014::Session) {
    let mut cart: Vec<String> = session.get("cart").await.expect("get").expect("kept");
    modify(&mut cart);
    session.insert("cart", cart).await.expect("insert");
}
