//! Responses that go on after the handler: streams, server-sent events, websockets.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{SinkExt, StreamExt, stream};
use session_runtime::{Error, MemoryStore, Session, SessionData, SessionLayer};
use session_tests::browser::Browser;

#[derive(SessionData)]
struct Data {
    #[session(default)]
    n: u32,
}

async fn start(session: Session<Data>) -> Result<(), Error> {
    session.n().set(1)
}

async fn n(session: Session<Data>) -> Result<String, Error> {
    Ok(session.n().get()?.to_string())
}

/// The first part changes the session in the handler, the second tries to in the body.
async fn stream_body(session: Session<Data>) -> Result<Response, Error> {
    session.n().set(2)?;
    let parts = stream::iter(0..2).then(move |nth| {
        let session = session.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let seen = session.n().get().map_or(0, |n| n);
            let late = session.n().set(99).map_err(|error| error.kind());
            Ok::<_, Infallible>(format!("{nth}:{seen}:{late:?};"))
        }
    });
    Ok(Body::from_stream(parts).into_response())
}

async fn events(session: Session<Data>) -> Sse<impl futures_util::Stream<Item = Result<Event, Error>>> {
    let session = session.detach();
    Sse::new(stream::iter(0..3).then(move |_| {
        let session = session.clone();
        async move {
            session.n().update(|n| *n += 1)?;
            session.save().await?;
            Ok(Event::default().data(session.n().get()?.to_string()))
        }
    }))
}

async fn socket(session: Session<Data>, upgrade: WebSocketUpgrade) -> Response {
    let session = session.detach();
    upgrade.on_upgrade(async move |mut socket| {
        while let Some(Ok(Message::Text(text))) = socket.recv().await {
            let added: u32 = text.parse().unwrap_or(0);
            let saved = session.n().update(move |n| *n += added);
            let saved = match saved {
                Ok(()) => session.save().await,
                Err(error) => Err(error),
            };
            let answer = match saved.and_then(|()| session.n().get()) {
                Ok(n) => n.to_string(),
                Err(error) => format!("{:?}", error.kind()),
            };
            if socket.send(Message::Text(answer.into())).await.is_err() {
                break;
            }
        }
    })
}

fn app() -> Router {
    Router::new()
        .route("/start", post(start))
        .route("/n", get(n))
        .route("/stream", get(stream_body))
        .route("/events", get(events))
        .route("/socket", get(socket))
        .route("/logout", post(async |session: Session<Data>| session.destroy()))
        .layer(SessionLayer::new(MemoryStore::new()))
}

#[tokio::test]
async fn a_streaming_body_reads_the_session_and_can_no_longer_change_it() {
    let mut browser = Browser::new(app());
    browser.post("/start").await;
    let reply = browser.get("/stream").await;
    assert_eq!(reply.body, "0:2:Err(Closed);1:2:Err(Closed);");
    assert_eq!(browser.get("/n").await.body, "2");
}

#[tokio::test]
async fn server_sent_events_write_through_a_detached_session() {
    let mut browser = Browser::new(app());
    browser.post("/start").await;
    let reply = browser.get("/events").await;
    assert_eq!(reply.body.matches("data: ").count(), 3, "{}", reply.body);
    assert_eq!(browser.get("/n").await.body, "4");
}

#[tokio::test]
async fn a_websocket_writes_through_a_detached_session_until_it_is_destroyed() {
    let app = app();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = tokio::spawn(axum::serve(listener, app.clone()).into_future());
    let mut browser = Browser::new(app);
    browser.post("/start").await;

    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let mut request = format!("ws://{address}/socket").into_client_request().expect("a request");
    let cookie = browser.cookie.clone().expect("a session");
    request.headers_mut().insert("cookie", cookie.parse().expect("a header"));
    let (mut client, _) = tokio_tungstenite::connect_async(request).await.expect("an upgrade");
    let mut ask = async |text: &str| {
        client.send(text.into()).await.expect("sent");
        client.next().await.expect("open").expect("an answer").into_text().expect("text").to_string()
    };
    assert_eq!(ask("4").await, "5");
    assert_eq!(browser.get("/n").await.body, "5");
    assert_eq!(ask("2").await, "7");
    browser.post("/logout").await;
    assert_eq!(ask("1").await, "Interrupted", "a socket cannot bring a destroyed session back");
    server.abort();
}
