//! How many statements an operation and a request take, by the server's own count.

use session_runtime::{DeleteIf, PutIf, Record, SessionConfig, Store};
use session_tests::browser::Browser;
use session_tests::operations::{create, key, seconds};
use session_tests::postgres_server::PostgresServer;
use session_tests::shop::shop;

/// A server that counts.
async fn counting() -> PostgresServer {
    let server = PostgresServer::start_with(&["shared_preload_libraries=pg_stat_statements"]);
    server.run("CREATE EXTENSION pg_stat_statements").await;
    server.store().create_table().await.unwrap();
    server
}

/// How often each kind of statement on the table was run since the last look, as in `SELECT=1 UPDATE=1`.
async fn calls(server: &PostgresServer) -> String {
    let counts = "SELECT string_agg(kind || '=' || calls, ' ' ORDER BY kind) FROM (SELECT split_part(query, ' ', 1) AS kind, \
                  sum(calls) AS calls FROM pg_stat_statements WHERE query LIKE '%\"sessions\"%' \
                  AND query NOT LIKE '%SKIP LOCKED%' GROUP BY 1) AS counts";
    let calls = server.run(counts).await.concat();
    server.run("SELECT pg_stat_statements_reset()").await;
    calls.replace("null", "")
}

#[tokio::test]
async fn each_operation_is_one_statement() {
    let server = counting().await;
    let store = server.store();
    calls(&server).await;
    let (id, one) = create(&store, "one", seconds(100)).await;
    assert_eq!(calls(&server).await, "INSERT=1");
    store.load(&id).await.unwrap();
    assert_eq!(calls(&server).await, "SELECT=1");
    store.touch(&id, seconds(200)).await.unwrap();
    assert_eq!(calls(&server).await, "UPDATE=1");
    let two = Record::new("two");
    store.put(&id, PutIf::Unchanged(&one), &two, seconds(100)).await.unwrap();
    assert_eq!(calls(&server).await, "UPDATE=1");
    store.delete(&id, DeleteIf::Unchanged(&two)).await.unwrap();
    assert_eq!(calls(&server).await, "DELETE=1");
    // What was found instead takes a second one.
    store.delete(&id, DeleteIf::Any).await.unwrap();
    assert_eq!(calls(&server).await, "DELETE=1 SELECT=1");
    store.touch(&key(), seconds(9)).await.unwrap();
    assert_eq!(calls(&server).await, "SELECT=1 UPDATE=1");
}

#[tokio::test]
async fn a_request_takes_one_statement_to_read_and_one_to_write() {
    let server = counting().await;
    let mut browser = Browser::new(shop(server.store(), SessionConfig::default()));
    browser.post("/add/tea").await;
    calls(&server).await;
    for _ in 0..3 {
        browser.get("/").await;
        assert_eq!(calls(&server).await, "SELECT=1");
        browser.post("/add/milk").await;
        assert_eq!(calls(&server).await, "SELECT=1 UPDATE=1");
        browser.get("/about").await;
        assert_eq!(calls(&server).await, "");
    }
    browser.post("/leave").await;
    // It looks first whether the session has another id meanwhile.
    assert_eq!(calls(&server).await, "DELETE=1 SELECT=1");
}
