//! What the client logs, at whatever level: nothing of a session.

use std::sync::{Mutex, PoisonError};

use log::{LevelFilter, Log, Metadata, Record as Line};
use session_runtime::{DeleteIf, PutIf, Record, Store};
use session_tests::operations::{create, seconds, text};
use session_tests::postgres_server::PostgresServer;

/// What all threads log.
struct Lines(Mutex<String>);

static LINES: Lines = Lines(Mutex::new(String::new()));

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, line: &Line<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *lines += &format!("{} {}\n", line.target(), line.args());
    }

    fn flush(&self) {}
}

#[tokio::test]
async fn keys_and_contents_are_in_no_log() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let server = PostgresServer::shared();
    let store = server.store().table("logged");
    store.create_table().await.unwrap();
    let (id, one) = create(&store, "the-first-secret", seconds(100)).await;
    let two = Record::new("the-second-secret");
    store.put(&id, PutIf::Absent, &two, seconds(100)).await.unwrap();
    store.put(&id, PutIf::Unchanged(&one), &two, seconds(100)).await.unwrap();
    store.touch(&id, seconds(200)).await.unwrap();
    assert_eq!(text(&store, &id).await.as_deref(), Some("the-second-secret"));
    store.delete(&id, DeleteIf::Unchanged(&one)).await.unwrap();
    store.delete(&id, DeleteIf::Any).await.unwrap();
    log::set_max_level(LevelFilter::Off);
    let lines = LINES.0.lock().unwrap();
    assert!(lines.contains("UPDATE \"logged\"") && lines.contains("with parameters"), "it logs: {lines}");
    let numbers = |text: &str| format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).to_owned();
    for secret in [id.as_str(), "the-first-secret", "the-second-secret"] {
        assert!(!lines.contains(secret) && !lines.contains(&numbers(secret)), "{secret} in {lines}");
    }
}
