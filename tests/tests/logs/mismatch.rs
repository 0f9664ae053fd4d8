//! Stored values of another type than declared: one event each, with types and path and without the value.

use session_runtime::{
    Error, ErrorKind, Expiry, MemoryStore, PutIf, Record, Session, SessionConfig, SessionData, SessionId,
    Sessions, Store, StoreKey,
};

use crate::Log;

#[derive(SessionData)]
struct Strict {
    #[session(default)]
    cart: Vec<u32>,
}

#[derive(SessionData)]
struct Tolerant {
    #[session(default, on_mismatch = "absent")]
    cart: Vec<u32>,
    #[session(on_mismatch = "absent", sensitive)]
    otp: u32,
}

/// A request's session, whose record has this one key.
async fn session<S: SessionData>(key: &str) -> Session<S> {
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
    let strict = session::<Strict>("cart").await.cart().get();
    assert_eq!(strict.map_err(|error| error.kind()), Err(ErrorKind::Mismatch));
    assert_eq!(session::<Tolerant>("cart").await.cart().get()?, Vec::<u32>::new());
    assert_eq!(session::<Tolerant>("otp").await.otp().get()?, None);

    let text = log.take();
    let events: Vec<&str> = text.lines().collect();
    assert_eq!(events.len(), 3, "{text}");
    for (event, absent) in events.iter().zip([false, true]) {
        for part in [
            "WARN",
            "key=\"cart\"",
            "path=\"[1]\"",
            "expected=\"u32\"",
            "found=\"string\"",
            "declared=\"Vec<u32>\"",
            &format!("absent={absent}"),
        ] {
            assert!(event.contains(part), "{part}: {event}");
        }
    }
    assert!(events[2].contains("key=\"otp\"") && events[2].contains("found=\"array\""), "{text}");
    assert!(!text.contains("secret"), "{text}");
    Ok(())
}
