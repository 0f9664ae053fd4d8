//! The conformance suite over every driver, and over the pointers that are stores too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use session_runtime::store::conformance::{Subject, Threads, Time};
use session_runtime::testing::ManualClock;
use session_runtime::{FileStore, MemoryStore, RedisStore, Store, conformance};
use session_tests::postgres_server::PostgresServer;
use session_tests::redis_server::RedisServer;
use tempfile::TempDir;

conformance!(memory_store, memory);
conformance!(memory_store_without_a_runtime, memory, Threads);
conformance!(memory_store_in_real_time, || {
    let store = MemoryStore::new();
    Subject::new(move || store.clone(), Time::real(Duration::from_millis(5)))
});
conformance!(memory_store_in_a_box, || {
    let (store, clock) = memory_store();
    Subject::new(move || Box::new(store.clone()) as Box<dyn Store>, clock)
});
conformance!(memory_store_in_an_arc, || {
    let (store, clock) = memory_store();
    let store: Arc<dyn Store> = Arc::new(store);
    Subject::new(move || Arc::clone(&store), clock)
});

conformance!(file_store, file);
conformance!(file_store_without_a_runtime, file, Threads);

conformance!(redis_store, redis);
conformance!(postgres_store, postgres);

fn memory_store() -> (MemoryStore, ManualClock) {
    let clock = ManualClock::at(1_795_416_736_073);
    (MemoryStore::with_limits(1 << 20, 1000).clock(clock.clock()), clock)
}

fn memory() -> Subject {
    let (store, clock) = memory_store();
    Subject::new(move || store.clone(), clock).max_bytes(1 << 20)
}

fn file() -> Subject {
    let clock = ManualClock::at(1_795_416_736_073);
    let (folder, time) = (TempDir::with_prefix("session-contract-").expect("a folder"), clock.clock());
    Subject::new(move || FileStore::new(folder.path().join("sessions")).clock(time.clone()), clock)
}

/// On a server of its own, which lets records expire by its own clock.
fn redis() -> Subject {
    let server = RedisServer::start();
    let open = move || {
        let client = redis::Client::open(server.url()).expect("a URL");
        RedisStore::from_client(&client).expect("a store").base("conformance")
    };
    Subject::new(open, Time::real(Duration::from_millis(10)))
}

/// In a table of its own.
async fn postgres() -> Subject {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let (server, number) = (PostgresServer::shared(), TABLES.fetch_add(1, Ordering::Relaxed));
    let table = format!("conformance_{}_{number}", std::process::id());
    server.store().table(&table).create_table().await.expect("a table");
    let open = move || server.store().table(&table);
    Subject::new(open, Time::real(Duration::from_millis(10)))
}
