//! Lints that are forbidden cannot be allowed again, not even by generated code.
#![forbid(unsafe_code, missing_docs, unreachable_pub, deprecated, private_interfaces)]
#![forbid(dead_code, unused_variables, non_snake_case, non_camel_case_types)]

use session_runtime::SessionData;

/// The session.
#[derive(SessionData)]
#[session(schema)]
#[deprecated]
pub struct Shop {
    /// The cart.
    pub cart: Vec<String>,
    #[deprecated]
    old: u8,
    #[session(as = "session_runtime::devalue::Date", default = "start")]
    _seen: std::time::SystemTime,
}

fn start() -> std::time::SystemTime {
    std::time::SystemTime::UNIX_EPOCH
}

#[derive(SessionData)]
struct Unused {
    #[session(version = 2, migrate(1 = "Some"))]
    key: Option<u8>,
}

fn main() {}
