//! Servers that are there but refuse: clear errors, at once, and nothing is changed.

use session_runtime::{DeleteIf, Expiry, PostgresStore, PutIf, Record, SessionConfig, Store};
use session_tests::browser::Browser;
use session_tests::operations::{create, key, refused, said, seconds, text, until};
use session_tests::postgres_server::PostgresServer;
use session_tests::shop::shop;

#[tokio::test]
async fn a_missing_table_is_said_with_what_makes_it() {
    let server = PostgresServer::shared();
    let store = server.store().table("missing");
    let says = "call `PostgresStore::create_table`";
    refused(&store.load(&key()).await.expect_err("no table"), says);
    refused(&store.touch(&key(), seconds(9)).await.expect_err("no table"), says);
    refused(&store.delete(&key(), DeleteIf::Any).await.expect_err("no table"), says);
    refused(
        &store.put(&key(), PutIf::Absent, &Record::new("one"), seconds(9)).await.expect_err("no table"),
        says,
    );
    refused(&store.sweep().await.expect_err("no table"), says);
    let mut browser = Browser::new(shop(store.clone(), SessionConfig::default()));
    assert_eq!(browser.post("/add/tea").await.status, 503);
    store.create_table().await.unwrap();
    assert!(browser.post("/add/tea").await.status.is_success());
    let elsewhere = server.store().table("nowhere.sessions");
    refused(&elsewhere.create_table().await.expect_err("no schema"), "the schema does not exist");
}

#[tokio::test]
async fn a_table_of_somebody_else_is_left_alone() {
    let server = PostgresServer::shared();
    server.run("CREATE TABLE theirs (id int PRIMARY KEY)").await;
    let store = server.store().table("theirs");
    store.create_table().await.unwrap();
    refused(&store.load(&key()).await.expect_err("other columns"), "the table has other columns");
}

#[tokio::test]
async fn wrong_users_and_databases_are_said() {
    let server = PostgresServer::shared();
    for (right, wrong, says) in [
        ("secret", "guess", "the server refuses the user (28P01); check user and password"),
        ("//sessions", "//nobody", "the server refuses the user (28P01)"),
        ("/postgres", "/nothing", "the database does not exist (3D000)"),
    ] {
        let mut url = server.url();
        let at = url.rfind(right).unwrap();
        url.replace_range(at..at + right.len(), wrong);
        let error = PostgresStore::connect(&url).await.expect_err("refused");
        refused(&error, says);
        assert!(!format!("{error:?}").contains("guess"), "{error:?}");
    }
    let error = PostgresStore::connect("postgres://user:secret@host:port/").await.expect_err("no URL");
    let said = format!("{} {error:?}", said(&error, &key()));
    assert!(said.contains("invalid") && !said.contains("secret"), "{said}");
}

#[tokio::test]
async fn a_user_without_rights_is_refused() {
    let server = PostgresServer::shared();
    let store = server.store().table("guarded");
    store.create_table().await.unwrap();
    let (id, _) = create(&store, "one", Expiry::Never).await;
    server.run("CREATE ROLE reader LOGIN PASSWORD 'secret'; GRANT SELECT ON guarded TO reader").await;
    let url = server.url().replace("//sessions", "//reader");
    let reader = PostgresStore::connect(&url).await.unwrap().table("guarded");
    assert_eq!(text(&reader, &id).await.as_deref(), Some("one"));
    let says = "it needs SELECT, INSERT, UPDATE and DELETE on the table";
    refused(&reader.touch(&id, seconds(9)).await.expect_err("no right"), says);
    refused(&reader.delete(&id, DeleteIf::Any).await.expect_err("no right"), says);
}

#[tokio::test]
async fn a_read_only_server_reads_and_refuses_to_write() {
    let server = PostgresServer::start();
    let store = server.store();
    store.create_table().await.unwrap();
    let mut browser = Browser::new(shop(store.clone(), SessionConfig::default()));
    assert!(browser.post("/add/tea").await.status.is_success());
    // New processes of the server know before the others are told, and these look before they do anything.
    let is_known = async |is: &str| {
        until("known", async || server.run("SHOW default_transaction_read_only").await == [is]).await;
    };
    server.run("ALTER SYSTEM SET default_transaction_read_only = on").await;
    server.run("SELECT pg_reload_conf()").await;
    is_known("on").await;
    let error = store.put(&key(), PutIf::Absent, &Record::new("two"), seconds(9)).await.expect_err("refused");
    refused(&error, "the server is read-only (25006)");
    assert_eq!(browser.get("/").await.body, "tea", "reading needs no touch to succeed");
    assert_eq!(browser.post("/add/milk").await.status, 503);
    let client = server.client().await;
    for statement in [
        "SET default_transaction_read_only = off",
        "ALTER SYSTEM RESET default_transaction_read_only",
        "SELECT pg_reload_conf()",
    ] {
        client.simple_query(statement).await.unwrap();
    }
    is_known("off").await;
    assert!(browser.post("/add/milk").await.status.is_success());
    assert_eq!(browser.get("/").await.body, "tea,milk");
}

#[tokio::test]
async fn a_server_without_a_free_connection_refuses() {
    let server = PostgresServer::start_with(&["max_connections=5", "superuser_reserved_connections=0"]);
    let store = server.store();
    store.create_table().await.unwrap();
    let (id, _) = create(&store, "one", Expiry::Never).await;
    let mut others = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await {
        tokio::spawn(connection);
        others.push(client);
    }
    refused(&PostgresStore::connect(&server.url()).await.expect_err("full"), "raise its `max_connections`");
    assert_eq!(text(&store, &id).await.as_deref(), Some("one"), "on the connection that there is");
    drop(others);
}
