//! Two processes on one server: no update is lost, nothing that was destroyed comes back.

use std::sync::Arc;

use session_runtime::Store;
use session_tests::postgres_server::{PostgresServer, store_at};
use session_tests::processes::{self, no_logout_is_undone, no_update_is_lost};

fn open(url: &str) -> Arc<dyn Store> {
    Arc::new(store_at(url))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process() {
    processes::another_process(open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_updates_in_two_processes_none_is_lost() {
    let server = PostgresServer::start();
    server.store().create_table().await.unwrap();
    no_update_is_lost(open, &server.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_is_not_undone_by_another_process() {
    let server = PostgresServer::start();
    server.store().create_table().await.unwrap();
    no_logout_is_undone(open, &server.url()).await;
}
