//! Databases whose transactions are isolated more strictly than by default: the server gives up a statement that meets
//! another one, and that is a conflict and no failure.

use session_runtime::{Expiry, PostgresStore, Put, PutIf, Record, Store, StoreKey};
use session_tests::operations::{create, key, text};
use session_tests::postgres_server::PostgresServer;
use tokio::task::JoinSet;

async fn count_up(store: PostgresStore, id: StoreKey) {
    loop {
        let old = store.load(&id).await.unwrap().unwrap();
        let new = Record::new((old.text().parse::<u32>().unwrap() + 1).to_string());
        let put = store.put(&id, PutIf::Unchanged(&old), &new, Expiry::Never).await.unwrap();
        if matches!(put, Put::Stored) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_updates_none_is_lost() {
    for level in ["repeatable read", "serializable"] {
        let server = PostgresServer::start_with(&[&format!("default_transaction_isolation={level}")]);
        let store = server.store();
        store.create_table().await.unwrap();
        let (id, _) = create(&store, "0", Expiry::Never).await;
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            tasks.spawn(count_up(store.clone(), id));
        }
        tasks.join_all().await;
        assert_eq!(text(&store, &id).await.as_deref(), Some("64"), "{level}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_puts_absent_one_wins() {
    let server = PostgresServer::start_with(&["default_transaction_isolation=serializable"]);
    let store = server.store();
    store.create_table().await.unwrap();
    let id = key();
    let mut tasks = JoinSet::new();
    for nth in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            store.put(&id, PutIf::Absent, &Record::new(nth.to_string()), Expiry::Never).await.unwrap()
        });
    }
    let won = tasks.join_all().await.into_iter().filter(|put| matches!(put, Put::Stored)).count();
    assert_eq!(won, 1);
}
