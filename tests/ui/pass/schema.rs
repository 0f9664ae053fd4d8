//! A struct with a schema, in a binary crate that denies every warning.
#![deny(warnings, dead_code, unused, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(deprecated, private_interfaces, non_snake_case, non_camel_case_types, unused_qualifications)]
#![deny(clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use session_runtime::SessionData;
use session_runtime::schema::SessionSchema;

#[derive(SessionData)]
#[session(typescript = "env.d.ts", lock = "session.lock.json")]
struct Shop {
    user: String,
    #[session(default)]
    cart: Vec<String>,
    #[session(as = "session_runtime::devalue::Date", default = "start")]
    last_visit: std::time::SystemTime,
}

fn start() -> std::time::SystemTime {
    std::time::SystemTime::UNIX_EPOCH
}

/// Only its existence is asked for.
#[derive(SessionData)]
#[session(schema)]
#[deprecated]
struct Unused {}

mod inner {
    use session_runtime::SessionData;

    #[derive(SessionData)]
    #[session(schema)]
    #[allow(non_camel_case_types)]
    pub(crate) struct r#type {
        r#fn: u8,
    }
}

fn main() {
    assert_eq!(Shop::json_schema().as_value()["properties"].as_object().map(serde_json::Map::len), Some(3));
    assert_eq!(inner::r#type::NAME, "type");
}
