//! One request against a directory as Astro keeps it, with `SessionConfig::astro()`, and what came of it as data.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Value, json};
use session_runtime::devalue::{Undefined, Url};
use session_runtime::testing::ManualClock;
use session_runtime::{Error, FileStore, Session, SessionConfig, SessionId, SessionLayer};
use tempfile::TempDir;
use tower::ServiceExt;

/// What Astro's handlers did, as far as Rust can say it.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(crate) enum Op {
    Get { key: String },
    Has { key: String },
    Keys,
    Entries,
    Set { key: String, value: Option<Value>, expr: Option<String>, ttl: Option<u64> },
    Delete { key: String },
    Id,
    Cookie,
    Load { id: String },
    Regenerate,
    Destroy,
    Throw,
    Mutate { key: String, expr: String },
}

/// A value of any type that the records hold.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Read {
    Url(Url<String>),
    Plain(Value),
}

impl Read {
    fn shown(self) -> Value {
        match self {
            Self::Url(Url(text)) => text.into(),
            Self::Plain(value) => value,
        }
    }
}

/// The stored texts by id.
pub(crate) type Store = BTreeMap<String, String>;

/// What a request finds.
#[derive(Debug)]
pub(crate) struct Given<'g> {
    pub(crate) store: Store,
    /// The `Cookie` header.
    pub(crate) cookie: Option<&'g str>,
    pub(crate) operations: &'g Value,
    pub(crate) now_ms: u64,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) set_cookie: Vec<String>,
    /// One for each operation; null where the handler came to no end.
    pub(crate) results: Value,
    pub(crate) store: Store,
}

impl Outcome {
    /// As data, the ids that were made up in the request named by the order in which they appear.
    pub(crate) fn to_json(&self, known: &[&str]) -> Value {
        let text = json!([self.set_cookie, self.results, self.store]).to_string();
        let mut names: Vec<(&str, String)> = Vec::new();
        for at in 0..text.len() {
            let Some(id) = text.get(at..at + 36).filter(|id| id.parse::<SessionId>().is_ok()) else {
                continue;
            };
            if !known.iter().any(|known| known.contains(id)) && !names.iter().any(|(known, _)| *known == id) {
                names.push((id, format!("<new {}>", names.len() + 1)));
            }
        }
        let named = names.iter().fold(text.clone(), |text, (id, name)| text.replace(id, name));
        let parts: Value = serde_json::from_str(&named).unwrap();
        json!({ "status": self.status, "set_cookie": parts[0], "results": parts[1], "store": parts[2] })
    }
}

/// Sends the request; `None` where its operations cannot be said in Rust.
pub(crate) async fn replay(given: &Given<'_>) -> Option<Outcome> {
    serde_json::from_value::<Vec<Op>>(given.operations.clone()).ok()?;
    let folder = Folder::with(&given.store);
    let config = SessionConfig::astro().clock(ManualClock::at(given.now_ms).clock());
    let app = Router::new()
        .route("/", post(handler))
        .layer(SessionLayer::with_config(FileStore::astro(folder.sessions()), config));
    let mut request = Request::post("/").header(CONTENT_TYPE, "application/json");
    if let Some(cookie) = given.cookie {
        request = request.header(COOKIE, cookie);
    }
    let request = request.body(Body::from(given.operations.to_string())).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let set_cookie = response.headers().get_all(SET_COOKIE).iter();
    let set_cookie = set_cookie.map(|value| value.to_str().unwrap().to_owned()).collect();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let results = if status == 200 { serde_json::from_slice(&body).unwrap() } else { Value::Null };
    Some(Outcome { status, set_cookie, results, store: folder.store() })
}

async fn handler(session: Session, Json(operations): Json<Vec<Op>>) -> Result<Json<Vec<Value>>, StatusCode> {
    let mut results = Vec::new();
    for op in operations {
        if matches!(op, Op::Throw) {
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let result = perform(&session, op).await;
        results.push(result.unwrap_or_else(|error| format!("ERR {:?}", error.kind()).into()));
    }
    Ok(Json(results))
}

/// Does one thing, and says what came out as Astro's records say it.
async fn perform(session: &Session, op: Op) -> Result<Value, Error> {
    let id = || session.id().map_or(Value::Null, |id| id.expose().into());
    let nothing = |()| Value::from("-");
    match op {
        Op::Get { key } => Ok(session.get::<Read>(&key)?.map_or("undefined".into(), Read::shown)),
        Op::Has { key } => Ok(session.exists(&key).into()),
        Op::Keys => Ok(session.keys().into()),
        Op::Entries => Ok(json!(session.entries::<Value>()?)),
        Op::Set { key, value, expr, ttl } => {
            set(session, &key, value.or_else(|| evaluate(&expr?)), ttl).map(nothing)
        }
        Op::Delete { key } => session.remove(&key).map(nothing),
        Op::Id | Op::Cookie => Ok(id()),
        Op::Load { id } => {
            session.load(&id.parse().unwrap()).await?;
            Ok(nothing(()))
        }
        Op::Regenerate => session.regenerate().map(nothing),
        Op::Destroy => session.destroy().map(nothing),
        Op::Throw => unreachable!("ends the handler"),
        Op::Mutate { key, expr } => {
            assert_eq!(expr, "v.push(9)");
            let mut value = session.get::<Vec<Value>>(&key)?.unwrap_or_default();
            value.push(9.into());
            Ok(value.into())
        }
    }
}

/// The value of a JavaScript expression that is a JSON text as well, or none: `undefined`.
fn evaluate(expr: &str) -> Option<Value> {
    (expr != "undefined").then(|| serde_json::from_str(expr).unwrap())
}

fn set(session: &Session, key: &str, value: Option<Value>, ttl: Option<u64>) -> Result<(), Error> {
    match (value, ttl) {
        (None, _) => session.set(key, Undefined(None::<u8>)),
        (Some(value), None) => session.set(key, value),
        (Some(value), Some(ttl)) => session.set_for(key, value, Duration::from_secs(ttl)),
    }
}

/// A directory of its own, removed in the end.
struct Folder(TempDir);

impl Folder {
    fn with(store: &Store) -> Self {
        let folder = Self(TempDir::with_prefix("astro-replay-").unwrap());
        fs::create_dir_all(folder.sessions()).unwrap();
        // Long ago, so that what is broken does not look like something that is being written.
        let long_ago = SystemTime::now() - Duration::from_secs(60);
        for (id, text) in store {
            let path = folder.sessions().join(id);
            fs::write(&path, text).unwrap();
            File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
        }
        folder
    }

    fn sessions(&self) -> PathBuf {
        self.0.path().join("sessions")
    }

    fn store(&self) -> Store {
        let read = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        };
        fs::read_dir(self.sessions()).unwrap().map(|entry| read(entry.unwrap())).collect()
    }
}
