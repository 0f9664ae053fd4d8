//! What stands in the server, for whoever else reads and writes there.

use std::time::Duration;

use redis::Value;
use session_runtime::{
    DeleteIf, ErrorKind, Expiry, Put, PutIf, Record, RedisStore, SessionConfig, Store, StoreKey,
};
use session_tests::browser::Browser;
use session_tests::redis_server::RedisServer;

use crate::support::{create, key, said, seconds, shop, store_on, text};

#[tokio::test]
async fn a_session_is_a_string_under_base_and_key_and_expires_by_itself() {
    let server = RedisServer::start();
    let store = store_on(&server).base("/shop/sessions/");
    let (key, _) = create(&store, "[[\"Map\"]]", Expiry::After(Duration::from_millis(300))).await;
    let name = format!("shop:sessions:{}", key.as_str());
    assert_eq!(server.command(&format!("GET {name}")), Value::BulkString(b"[[\"Map\"]]".to_vec()));
    assert!(matches!(server.command(&format!("PTTL {name}")), Value::Int(1..=300)));
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert!(store.load(&key).await.expect("load").is_none());
    assert_eq!(server.command("DBSIZE"), Value::Int(0));
}

#[tokio::test]
async fn stores_with_other_bases_and_databases_do_not_meet() {
    let server = RedisServer::start();
    let (key, _) = create(&store_on(&server).base("a"), "a", Expiry::Never).await;
    assert!(text(&store_on(&server).base("b"), &key).await.is_none());
    let third = RedisStore::connect(&format!("{}/3", server.url())).await.expect("a store").base("a");
    assert!(text(&third, &key).await.is_none());
    create(&third, "c", Expiry::Never).await;
    let Value::BulkString(keyspace) = server.command("INFO keyspace") else { panic!("a text") };
    let keyspace = String::from_utf8(keyspace).expect("UTF-8");
    assert!(keyspace.contains("db0:keys=1") && keyspace.contains("db3:keys=1"), "{keyspace}");
}

#[tokio::test]
async fn what_another_program_writes_is_seen_and_kept() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let (key, loaded) = create(&store, "ours", seconds(100)).await;
    server.command(&format!("SET {} theirs", key.as_str()));
    let ours = Record::new("ours again");
    let put = store.put(&key, PutIf::Unchanged(&loaded), &ours, seconds(100)).await.expect("put");
    assert!(matches!(put, Put::Conflict(Some(current)) if current.text() == "theirs"));
    let deleted = store.delete(&key, DeleteIf::Unchanged(&loaded)).await.expect("delete");
    assert!(matches!(deleted, session_runtime::Delete::Conflict(_)));
    let theirs = store.load(&key).await.expect("load").expect("kept");
    assert_eq!(
        server.command(&format!("PTTL {}", key.as_str())),
        Value::Int(-1),
        "a plain SET drops the time"
    );
    let put = store.put(&key, PutIf::Unchanged(&theirs), &ours, seconds(100)).await.expect("put");
    assert!(matches!(put, Put::Stored));
    assert!(
        matches!(server.command(&format!("TTL {}", key.as_str())), Value::Int(1..=100)),
        "and a put sets it"
    );
}

#[tokio::test]
async fn what_is_no_text_is_no_record_and_stays() {
    let server = RedisServer::start();
    let store = store_on(&server);
    let (list, bytes) = (key(), key());
    server.command(&format!("RPUSH {} a", list.as_str()));
    let mut connection = server.connection();
    let () = redis::cmd("SET").arg(bytes.as_str()).arg(b"\xff\xfe").query(&mut connection).expect("set");
    let record = Record::new("x");
    let what = "another program uses the same key";
    for (key, says) in [(&list, what), (&bytes, "invalid utf-8")] {
        let failures = [
            store.load(key).await.map(drop),
            store.put(key, PutIf::Absent, &record, seconds(9)).await.map(drop),
        ];
        for failure in failures {
            let error = failure.expect_err("no record");
            assert_eq!((error.kind(), error.status()), (ErrorKind::Corrupt, 500));
            assert!(said(&error, key).contains(says), "{}", said(&error, key));
        }
    }
    let error =
        store.put(&list, PutIf::Unchanged(&record), &record, seconds(9)).await.expect_err("no record");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(server.command("DBSIZE"), Value::Int(2), "nothing is overwritten");
    assert_eq!(server.command(&format!("LLEN {}", list.as_str())), Value::Int(1));
}

#[tokio::test]
async fn a_visitor_whose_record_is_no_text_gets_a_new_session_and_the_old_one_stays() {
    let server = RedisServer::start();
    let mut browser = Browser::new(shop(store_on(&server), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    let old = browser.id().expect("an id").to_owned();
    let name = StoreKey::hashed(&old.parse().expect("an id"));
    server.command(&format!("DEL {}", name.as_str()));
    server.command(&format!("RPUSH {} a", name.as_str()));
    assert_eq!(browser.get("/").await.body, "");
    assert!(browser.post("/add/milk").await.status.is_success());
    assert_ne!(browser.id(), Some(old.as_str()));
    assert_eq!(browser.get("/").await.body, "milk");
    assert_eq!(server.command(&format!("LLEN {}", name.as_str())), Value::Int(1));
}
