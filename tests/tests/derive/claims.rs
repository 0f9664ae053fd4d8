//! Two structs that declare one key must agree on how it is stored, and on what a conflict means.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use session_runtime::devalue::Date;
use session_runtime::{MemoryStore, SessionConfig, SessionData, Sessions};

use crate::key;

#[derive(SessionData)]
struct Dated {
    #[session(as = "session_runtime::devalue::Date")]
    at: SystemTime,
}

#[derive(SessionData)]
struct Imported {
    #[session(as = "Date")]
    at: SystemTime,
}

#[derive(SessionData)]
struct Plain {
    at: SystemTime,
}

#[derive(SessionData)]
struct Interrupting {
    #[session(as = "Date", on_conflict = "interrupt")]
    at: SystemTime,
}

#[test]
fn the_table_has_the_path() {
    assert_eq!(key::<Dated>("at").as_path(), Some("session_runtime::devalue::Date"));
    assert_eq!(key::<Imported>("at").as_path(), Some("Date"));
    assert_eq!(key::<Plain>("at").as_path(), None);
    let _: fn(SystemTime) -> Date<SystemTime> = Date;
}

#[test]
fn one_path_from_two_places_is_one() {
    let _sessions = sessions().serves::<Dated>().serves::<Imported>();
}

#[test]
fn two_ways_to_store_a_key_are_a_panic() {
    let text = fault(|| sessions().serves::<Dated>().serves::<Plain>());
    let words = "the key `at` is a `SystemTime` stored by `session_runtime::devalue::Date` in `derive::claims::Dated` and a \
                 `SystemTime` stored by its own serde in `derive::claims::Plain`";
    assert!(text.contains(words), "{text}");
}

#[test]
fn two_ways_to_solve_a_conflict_are_a_panic() {
    let text = fault(|| sessions().serves::<Interrupting>().serves::<Dated>());
    let words = "the key `at` is one with `on_conflict = \"interrupt\"` in `derive::claims::Interrupting` and one with \
                 `on_conflict = \"merge\"` in `derive::claims::Dated`";
    assert!(text.contains(words), "{text}");
}

fn sessions() -> Sessions {
    Sessions::new(MemoryStore::new(), SessionConfig::default())
}

/// What the panic says.
fn fault<T>(start: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(start()))).expect_err("a panic");
    *panic.downcast::<String>().expect("a text")
}
