//! The table: how it is made, what is in it, and how it is swept.

use std::time::Duration;

use session_runtime::{Error, ErrorKind, Expiry, PutIf, Record, Store};
use session_tests::operations::{create, key, said, seconds, text, until};
use session_tests::postgres_server::PostgresServer;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_row_is_what_the_documentation_says() {
    let server = PostgresServer::shared();
    let store = server.store().table("layout");
    store.create_table().await.unwrap();
    let (id, _) = create(&store, "one\0", seconds(100)).await;
    let row = "SELECT concat_ws(' ', key, encode(content, 'hex'), round(extract(epoch FROM expires_at - now()) / 10)) FROM layout";
    assert_eq!(server.run(row).await, [format!("{} 6f6e6500 10", id.as_str())]);
    store.touch(&id, Expiry::Never).await.unwrap();
    assert_eq!(server.run("SELECT expires_at FROM layout").await, ["null"]);
    // What somebody else wrote is read, and seen by conditions.
    server.run("UPDATE layout SET content = 'other'").await;
    assert_eq!(text(&store, &id).await.as_deref(), Some("other"));
    server.run("UPDATE layout SET content = '\\xff'").await;
    let error = store.load(&id).await.expect_err("no text");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(said(&error, &id).contains("not UTF-8"), "{}", said(&error, &id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_is_made_once_whoever_makes_it() {
    let server = PostgresServer::shared();
    server.run("CREATE SCHEMA \"Shop 1\"").await;
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = server.store().table("Shop 1.Sess\"ions");
        tasks.spawn(async move { store.create_table().await });
    }
    for made in tasks.join_all().await {
        made.unwrap();
    }
    let store = server.store().table("Shop 1.Sess\"ions");
    let (id, _) = create(&store, "one", Expiry::Never).await;
    store.create_table().await.unwrap();
    assert_eq!(text(&store, &id).await.as_deref(), Some("one"));
    assert_eq!(server.run("SELECT count(*) FROM \"Shop 1\".\"Sess\"\"ions\"").await, ["1"]);
    let elsewhere = server.store().table("made_elsewhere");
    server.run(elsewhere.schema()).await;
    create(&elsewhere, "one", Expiry::Never).await;
}

#[tokio::test]
async fn a_sweep_removes_what_has_expired_and_nothing_else() -> Result<(), Error> {
    let server = PostgresServer::shared();
    let store = server.store().table("swept");
    store.create_table().await?;
    // The first new session begins a sweep of its own.
    server.run("INSERT INTO swept VALUES ('a', 'x', now())").await;
    let (kept, _) = create(&store, "kept", seconds(100)).await;
    until("it is over", async || server.run("SELECT count(*) FROM swept").await == ["1"]).await;
    let (eternal, _) = create(&store, "eternal", Expiry::Never).await;
    for _ in 0..10 {
        create(&store, "expired", Expiry::After(Duration::ZERO)).await;
    }
    let revived = key();
    let old = Record::new("old");
    store.put(&revived, PutIf::Absent, &old, Expiry::After(Duration::ZERO)).await?;
    store.put(&revived, PutIf::Absent, &Record::new("new"), seconds(100)).await?;
    // A row that somebody is at work on is left for the next time, and nobody waits for it.
    let other = server.client().await;
    other
        .batch_execute("BEGIN; SELECT FROM swept WHERE content = 'expired' LIMIT 1 FOR UPDATE")
        .await
        .unwrap();
    assert_eq!(store.sweep().await?, 9);
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(store.sweep().await?, 1);
    assert_eq!(store.sweep().await?, 0);
    for (key, is) in [(kept, "kept"), (eternal, "eternal"), (revived, "new")] {
        assert_eq!(text(&store, &key).await.as_deref(), Some(is));
    }
    Ok(())
}

#[tokio::test]
async fn new_sessions_begin_a_sweep() {
    let server = PostgresServer::shared();
    let store = server.store().table("swept_by_itself");
    store.create_table().await.unwrap();
    server
        .run("INSERT INTO swept_by_itself VALUES ('a', 'x', now() - interval '1 second'), ('b', 'x', now())")
        .await;
    create(&store, "new", seconds(100)).await;
    let rest = async || server.run("SELECT count(*) FROM swept_by_itself").await == ["1"];
    until("the expired rows are gone", rest).await;
    server.run("INSERT INTO swept_by_itself VALUES ('a', 'x', now())").await;
    create(&store, "new", seconds(100)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.run("SELECT count(*) FROM swept_by_itself").await, ["3"], "once an hour");
    let another = store.clone().table("swept_by_itself_too");
    another.create_table().await.unwrap();
    server.run("INSERT INTO swept_by_itself_too VALUES ('a', 'x', now())").await;
    create(&another, "new", seconds(100)).await;
    let rest = async || server.run("SELECT count(*) FROM swept_by_itself_too").await == ["1"];
    until("the other table's expired rows are gone", rest).await;
    let sweeper = tokio::spawn(store.sweep_every(Duration::from_secs(3600)));
    until("swept by a task", async || server.run("SELECT count(*) FROM swept_by_itself").await == ["2"])
        .await;
    sweeper.abort();
}

/// Half of a page is left free, so that a changed row finds room on its page and the index stays as it is.
#[tokio::test]
async fn changes_touch_no_index() {
    let server = PostgresServer::shared();
    let store = server.store().table("in_place");
    store.create_table().await.unwrap();
    let sessions: Vec<_> = futures_util::future::join_all(
        (0..100).map(async |_| create(&store, &"x".repeat(600), seconds(100)).await),
    )
    .await;
    for round in 0..5 {
        for (id, _) in &sessions {
            let old = store.load(id).await.unwrap().unwrap();
            let new = Record::new(format!("{round}{}", "y".repeat(600)));
            store.put(id, PutIf::Unchanged(&old), &new, seconds(100)).await.unwrap();
        }
    }
    // A connection that ends says what it counted.
    drop(store);
    let counts = async || {
        server.run("SELECT n_tup_upd || ' ' || n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'in_place'").await
    };
    until("the server has counted", async || counts().await[0].starts_with("500 ")).await;
    let counts = counts().await;
    println!("updates, and those that touched no index: {}", counts[0]);
    let hot: u32 = counts[0].split(' ').next_back().unwrap().parse().unwrap();
    assert!(hot > 400, "{hot}");
}
