//! The untyped session, and the stored form as Astro has it.

use std::time::Duration;

use session_runtime::{
    Error, ErrorKind, Expiry, MemoryStore, PutIf, Record, Session, SessionConfig, SessionId, Sessions, Store,
    StoreKey, testing,
};

/// What a session filled by `fill` leaves in the store, in Astro's layout.
async fn stored(fill: impl FnOnce(&Session) -> Result<(), Error>) -> Result<Option<String>, Error> {
    let store = std::sync::Arc::new(MemoryStore::new());
    let clock = testing::ManualClock::at(1_795_416_676_073);
    let config = SessionConfig::astro().clock(clock.clock());
    let sessions = Sessions::new(store.clone(), config);
    let cookie = testing::cookie(&sessions, fill).await?;
    let Some((_, id)) = cookie.split_once('=') else { return Ok(None) };
    let key = StoreKey::plain(&id.parse().expect("an id"));
    Ok(store.load(&key).await?.map(|record| record.text().to_owned()))
}

#[tokio::test]
async fn the_stored_form_is_astros_byte_for_byte() -> Result<(), Error> {
    let text = stored(|session| {
        session.set("greeting", "hello")?;
        session.set_for("n", 1, Duration::from_secs(60))
    });
    let expected = r#"[["Map",1,2,4,5],"greeting",{"data":3,"expires":-1},"hello","n",{"data":6,"expires":7},1,1795416736073]"#;
    assert_eq!(text.await?.as_deref(), Some(expected));
    let twice = stored(|session| session.set("a", "x").and_then(|()| session.set("b", "x")));
    let expected = r#"[["Map",1,2,4,5],"a",{"data":3,"expires":-1},"x","b",{"data":3,"expires":-1}]"#;
    assert_eq!(twice.await?.as_deref(), Some(expected));
    let own_name = stored(|session| session.set("a", "a"));
    assert_eq!(own_name.await?.as_deref(), Some(r#"[["Map",1,2],"a",{"data":1,"expires":-1}]"#));
    let nothing = stored(|session| session.set("a", 1).and_then(|()| session.remove("a")));
    assert_eq!(nothing.await?, None);
    Ok(())
}

#[tokio::test]
async fn stored_order_is_kept_and_new_keys_come_last() -> Result<(), Error> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let cookie = testing::cookie(&sessions, |session: &Session| {
        session.set("b", 1)?;
        session.set("a", 2)?;
        session.set("z", 3)
    });
    let cookie = cookie.await?;
    let exchange = sessions.begin([cookie.as_bytes()]);
    let session = exchange.load().await?.untyped();
    session.set("y", 4)?;
    session.set("b", 5)?;
    session.remove("z")?;
    assert_eq!(session.keys(), ["b", "a", "y"]);
    exchange.finish(200).await;
    let session = sessions.begin([cookie.as_bytes()]).load().await?.untyped();
    assert_eq!(session.entries::<u32>()?, [("b".to_owned(), 5), ("a".to_owned(), 2), ("y".to_owned(), 4)]);
    assert_eq!(session.values::<u32>()?, [5, 2, 4]);
    assert_eq!(session.values::<String>().map_err(|error| error.kind()), Err(ErrorKind::Mismatch));
    Ok(())
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_refused() {
    let session: Session = testing::session();
    for key in ["", "__proto__", "$session"] {
        assert_eq!(session.set(key, 1).map_err(|error| error.kind()), Err(ErrorKind::InvalidKey), "{key}");
        assert!(!session.exists(key));
    }
}

#[tokio::test]
async fn what_astro_reads_leniently_is_read_here_too() -> Result<(), Error> {
    let rows = [
        (r#"[["Map",1,2],"a",{"data":3,"expires":-1},1]"#, vec!["a"]),
        (r#" [ ["Map" , 1, 2 ], "a" , {"expires":-1,"data" : 3}, 1 ] "#, vec!["a"]),
        (r#"[["Map",1,2],"a",{"data":3},1]"#, vec!["a"]),
        (r#"[["Map",1.0,2],"a",{"data":3e0,"expires":-1},1]"#, vec!["a"]),
        (r#"[["Map",1,2],"a",{"data":3,"expires":4},1,0]"#, vec![]),
        (r#"[["Map",1,2],"a",{"data":3,"expires":-3},1]"#, vec!["a"]),
        (r#"[["Map",1,2],"a",{"data":3,"expires":4},1,null]"#, vec!["a"]),
        (r#"[["Map",1,2,3,4],"a","odd","b",{"data":5,"expires":-1},1]"#, vec!["b"]),
        (r#"[["Map",1,2,3,4],7,{"data":5,"expires":-1},"b",{"data":5,"expires":-1},1]"#, vec!["b"]),
        (r#"[["Map",1,2],"a",{"expires":-1}]"#, vec![]),
        ("null", vec![]),
        ("", vec![]),
        ("undefined", vec![]),
    ];
    for (text, keys) in rows {
        let id = SessionId::random();
        let store = std::sync::Arc::new(MemoryStore::new());
        store.put(&StoreKey::plain(&id), PutIf::Absent, &Record::new(text), Expiry::Never).await?;
        let sessions = Sessions::new(store, SessionConfig::astro());
        let cookie = format!("astro-session={}", id.expose());
        let session = sessions.begin([cookie.as_bytes()]).load().await?.untyped();
        assert_eq!(session.keys(), keys, "{text}");
    }
    Ok(())
}

/// A program may take its keys from what a client sends: many must not cost their square.
#[tokio::test]
async fn many_keys_are_found_set_and_removed() -> Result<(), Error> {
    const KEYS: u32 = 5_000;
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let name = |nth: u32| format!("key {nth}");
    let exchange = sessions.begin([]);
    let session = exchange.load().await?.untyped();
    for nth in 0..KEYS {
        session.set(&name(nth), nth)?;
        session.set(&name(nth / 2), nth / 2)?;
    }
    assert_eq!(session.keys().len(), KEYS as usize);
    let set = exchange.finish(200).await.set_cookie.expect("a new session");
    let cookie = set.split(';').next().expect("a pair");
    let exchange = sessions.begin([cookie.as_bytes()]);
    let session = exchange.load().await?.untyped();
    let entries: Vec<(String, u32)> = session.entries()?;
    assert_eq!(entries, (0..KEYS).map(|nth| (name(nth), nth)).collect::<Vec<_>>());
    for nth in 0..KEYS {
        assert_eq!(session.get::<u32>(&name(nth))?, Some(nth));
        match nth % 3 {
            0 => session.remove(&name(nth))?,
            1 => session.set(&name(nth), nth + 1)?,
            _ => session.set(&format!("another {nth}"), nth)?,
        }
    }
    exchange.finish(200).await;
    let exchange = sessions.begin([cookie.as_bytes()]);
    let session = exchange.load().await?.untyped();
    let kept = (0..KEYS).filter(|nth| nth % 3 > 0).map(|nth| (name(nth), nth + u32::from(nth % 3 == 1)));
    let new = (0..KEYS).filter(|nth| nth % 3 == 2).map(|nth| (format!("another {nth}"), nth));
    assert_eq!(session.entries::<u32>()?, kept.chain(new).collect::<Vec<_>>());
    Ok(())
}
