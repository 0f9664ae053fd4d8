//! A real Astro app and a Rust service that share sessions: the app is built once, started on a free port, and ends with
//! the process that started it.

mod app;
mod ops;
mod pair;
#[allow(dead_code, clippy::unwrap_used, reason = "a tree is test data: where it is wrong, the test fails")]
#[path = "../../tests/devalue/tree.rs"]
mod tree;
mod visitor;

pub use self::app::{App, check, packages};
pub use self::ops::Op;
pub use self::pair::{Driver, Pair};
pub use self::visitor::{Answer, Visitor};

/// The value that a tagged tree describes (see `tests/data/devalue/README.md`), URLs as they are read.
///
/// # Panics
/// It is no such tree.
#[must_use]
pub fn value(tree: &serde_json::Value) -> session_runtime::devalue::Value {
    tree::value(tree, tree::Setting { set: "astro", writing: false })
}
