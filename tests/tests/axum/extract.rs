//! Where a session can be extracted: beside bodies and state, nested, in fallbacks, in `from_fn`.

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use session_runtime::testing::FaultyStore;
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionData, SessionLayer};
use session_tests::browser::Browser;

#[derive(SessionData)]
struct Shop {
    #[session(default)]
    cart: Vec<String>,
}

#[derive(SessionData)]
#[session(prefix = "seen:")]
struct Seen {
    #[session(default)]
    pages: u32,
}

async fn add(
    session: Session<Shop>,
    State(suffix): State<String>,
    Json(item): Json<String>,
) -> Result<(), Error> {
    session.cart().update(move |cart| cart.push(format!("{item}{suffix}")))
}

async fn cart(session: Session<Shop>) -> Result<String, Error> {
    Ok(session.cart().get()?.join(","))
}

async fn count(session: Session<Seen>, request: Request, next: Next) -> Result<Response, Error> {
    session.pages().update(|pages| *pages += 1)?;
    Ok(next.run(request).await)
}

fn app() -> Router {
    Router::new()
        .route("/add", post(add))
        .nest("/deep", Router::new().nest("/er", Router::new().route("/cart", get(cart))))
        .fallback(cart)
        .with_state("!".to_owned())
        .layer(from_fn(count))
        .layer(SessionLayer::new(MemoryStore::new()))
}

#[tokio::test]
async fn beside_body_and_state_under_nest_in_fallback_and_in_from_fn() {
    let mut browser = Browser::new(app());
    let json = |text: &str| axum::body::Body::from(text.to_owned());
    let request = browser.send(http::Method::POST, "/add", json("\"tea\"")).await;
    assert_eq!(request.status, 415, "the Json extractor wants its content type: {request:?}");
    let app = Router::new().route("/add", post(add_text)).fallback(cart).layer(from_fn(count));
    let app = app.layer(SessionLayer::new(MemoryStore::new()));
    let mut browser = Browser::new(app);
    assert_eq!(browser.send(http::Method::POST, "/add", json("tea")).await.status, 200);
    assert_eq!(browser.get("/nowhere").await.body, "tea");
}

async fn add_text(session: Session<Shop>, body: String) -> Result<(), Error> {
    session.cart().update(move |cart| cart.push(body.clone()))
}

#[tokio::test]
async fn json_bodies_and_state_reach_the_same_handler() {
    use tower::ServiceExt;
    let app = app();
    let request = http::Request::post("/add")
        .header("content-type", "application/json")
        .body(axum::body::Body::from("\"tea\""))
        .expect("a request");
    let response = app.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), 200);
    let cookie =
        response.headers()["set-cookie"].to_str().expect("text").split(';').next().map(str::to_owned);
    let mut browser = Browser::new(app);
    browser.cookie = cookie;
    assert_eq!(browser.get("/deep/er/cart").await.body, "tea!");
    assert_eq!(browser.get("/fallback").await.body, "tea!");
}

#[tokio::test]
async fn middleware_and_handler_share_one_session_and_one_load() {
    let store = FaultyStore::new(MemoryStore::new());
    let faults = store.faults();
    let config = SessionConfig::default();
    let app = Router::new()
        .route("/cart", get(cart))
        .route("/pages", get(async |session: Session<Seen>| session.pages().get().map(|n| n.to_string())))
        .layer(from_fn(count))
        .layer(SessionLayer::with_config(store, config));
    let mut browser = Browser::new(app);
    browser.get("/cart").await;
    assert_eq!(faults.take_calls(), [0, 1, 0, 0], "created: no load without a cookie, one put");
    browser.get("/cart").await;
    assert_eq!(faults.take_calls(), [1, 1, 0, 0], "one round trip to read, one to write");
    assert_eq!(browser.get("/pages").await.body, "3");
}

#[tokio::test]
async fn without_a_layer_the_error_says_so_and_the_option_is_none() {
    let app = Router::new()
        .route("/must", get(cart))
        .route("/may", get(async |session: Option<Session<Shop>>| session.is_none().to_string()));
    let mut browser = Browser::new(app);
    let reply = browser.get("/must").await;
    assert_eq!(reply.status, 500);
    assert!(!reply.body.contains("layer"), "no internals in the body: {}", reply.body);
    assert_eq!(browser.get("/may").await.body, "true");

    let request = http::Request::get("/").body(()).expect("a request");
    let (mut parts, ()) = request.into_parts();
    let extracted =
        <Session<Shop> as axum::extract::FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
    let text = extracted.expect_err("no layer").to_string();
    assert!(text.contains("no session layer") && text.contains("SessionLayer::new"), "{text}");
}
