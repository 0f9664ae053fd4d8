//! Damaged records: the client gets a fresh session, the log says so, and the record stays for whoever looks into it.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use session_runtime::{
    Error, Expiry, MemoryStore, Put, PutIf, Record, Session, SessionId, SessionLayer, Store, StoreKey,
};
use session_tests::browser::Browser;

use crate::Log;

fn app(layer: SessionLayer) -> Router {
    Router::new()
        .route(
            "/n",
            get(async |session: Session| Ok::<_, Error>(session.get::<u32>("n")?.unwrap_or(0).to_string())),
        )
        .route("/other", post(async |session: Session| session.set("other", 1)))
        .layer(layer)
}

const DAMAGED: &[&str] = &[
    "garbage",
    "{}",
    "[]",
    "-1",
    "true",
    "[[\"Set\"]]",
    "[[\"Map\",1",
    "[[\"Map\",1,2],\"a\",null]",
    "[[\"Map\",1,99],\"a\"]",
    "[[\"Map\",1]]",
    "\u{0}",
    "[[\"Nope\",1],1]",
    // Damaged where only a write looks: a reference to nothing, a key that no object may have, a tag without its text.
    r#"[["Map",1,2],"a",{"data":9,"expires":-1},1]"#,
    r#"[["Map",1,2],"a",{"data":3,"expires":-1},{"__proto__":4},1]"#,
    r#"[["Map",1,2],"a",{"data":3,"expires":-1,"more":[["Set",7]]},1]"#,
    "[{\"a\":1},{\"data\":2},3]",
    "\"[[\\\"Map\\\"]]\"",
];

/// A thousand texts: the ones above, and a good record cut and changed at every kind of place.
fn damaged_records() -> Vec<String> {
    let good = r#"[["Map",1,2,4,5],"greeting",{"data":3,"expires":-1},"hello","n",{"data":6,"expires":7},1,1795416736073]"#;
    let mut texts: Vec<String> = DAMAGED.iter().map(|text| (*text).to_owned()).collect();
    for (at, replacement) in (0..good.len()).cycle().zip("\"[]{},:9-\\xé".chars().cycle()) {
        if texts.len() >= 1000 {
            break;
        }
        let mut text: String = good.to_owned();
        match texts.len() % 3 {
            0 => text.truncate(at),
            1 => text.replace_range(at..=at, &replacement.to_string()),
            _ => text.insert(at, replacement),
        }
        texts.push(text);
    }
    texts
}

#[tokio::test]
async fn a_thousand_damaged_records_no_panic_no_unexplained_500_and_no_record_lost() {
    let (log, _listening) = Log::listen();
    let store = Arc::new(MemoryStore::new());
    let mut answered = [0_u32; 2];
    for text in damaged_records() {
        let id = SessionId::random();
        let key = StoreKey::hashed(&id);
        let put = store.put(&key, PutIf::Absent, &Record::new(text.as_str()), Expiry::Never).await;
        assert!(matches!(put, Ok(Put::Stored)));
        let mut browser = Browser::new(app(SessionLayer::new(store.clone())));
        browser.cookie = Some(format!("__Host-session={}", id.expose()));
        let read = browser.get("/n").await;
        match read.status.as_u16() {
            200 => answered[0] += 1,
            // The record is fine but for the value of `n`: a typed error, and the log names the key.
            500 => {
                answered[1] += 1;
                let logged = log.take();
                assert!(
                    logged.contains("request failed") && logged.contains("key `n`"),
                    "{text:?}: {logged}"
                );
            }
            other => panic!("{other} for {text:?}"),
        }
        let kept = store.load(&key).await.expect("memory").map(|record| record.text().to_owned());
        assert_eq!(kept.as_deref(), Some(text.as_str()), "reading changes nothing");
        let write = browser.post("/other").await;
        assert_eq!(write.status, 200, "{text:?}");
        let logged = log.take();
        assert!(!logged.contains(id.expose()), "{logged}");
        if write.set_cookies().is_empty() {
            continue; // readable after all, and rewritten
        }
        let none = ["", "null", "0", "nan", "NaN", "undefined"].contains(&text.trim());
        assert!(none || logged.contains("a stored record cannot be read"), "{text:?}: {logged}");
        let kept = store.load(&key).await.expect("memory").map(|record| record.text().to_owned());
        assert_eq!(kept.as_deref(), Some(text.as_str()), "an unreadable record stays");
        assert_eq!(browser.get("/n").await.status, 200, "and the client has a fresh session");
    }
    println!(
        "damaged records: {} read as a session or none, {} as a value of another type",
        answered[0], answered[1]
    );
}
