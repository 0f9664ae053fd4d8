//! Stored values of another type than declared: one event each, with types and path and without the value.

use session_runtime::{
    Error, ErrorKind, Expiry, MemoryStore, PutIf, Record, Session, SessionConfig, SessionData, SessionId,
    Sessions, Store, StoreKey,
};

use crate::Log;

#[derive(SessionData)]
struct Values {
    strict: Vec<u32>,
    #[session(on_mismatch = "absent")]
    tolerant: Vec<u32>,
    #[session(on_mismatch = "absent", sensitive)]
    secret: u32,
}

/// A request's session, whose record has this one key.
async fn session(key: &str) -> Session<Values> {
    let (store, id) = (MemoryStore::new(), SessionId::random());
    let record =
        Record::new(format!(r#"[["Map",1,2],"{key}",{{"data":3,"expires":-1}},[4,5],7,"secret words"]"#));
    store.put(&StoreKey::plain(&id), PutIf::Absent, &record, Expiry::Never).await.expect("memory");
    let cookie = format!("astro-session={}", id.expose());
    let exchange = Sessions::new(store, SessionConfig::astro()).begin([cookie.as_bytes()]);
    exchange.load().await.expect("memory").view()
}

#[tokio::test]
async fn each_is_one_event_with_types_and_path_and_without_the_value() -> Result<(), Error> {
    let (log, _listening) = Log::listen();
    let strict = session("strict").await.strict().get();
    assert_eq!(strict.map_err(|error| error.kind()), Err(ErrorKind::Mismatch));
    assert_eq!(session("tolerant").await.tolerant().get()?, None);
    assert_eq!(session("secret").await.secret().get()?, None);

    let text = log.take();
    let events: Vec<&str> = text.lines().collect();
    assert_eq!(events.len(), 3, "{text}");
    for (event, (key, absent)) in events.iter().zip([("strict", false), ("tolerant", true)]) {
        for part in [
            "WARN",
            &format!("key=\"{key}\""),
            "path=\"[1]\"",
            "expected=\"u32\"",
            "found=\"string\"",
            "declared=\"Vec<u32>\"",
            &format!("absent={absent}"),
        ] {
            assert!(event.contains(part), "{part}: {event}");
        }
    }
    assert!(events[2].contains("key=\"secret\"") && events[2].contains("found=\"array\""), "{text}");
    assert!(!text.contains("secret words"), "{text}");
    Ok(())
}
