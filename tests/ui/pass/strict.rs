//! A binary crate that denies every warning, with a struct nobody builds and accessors nobody calls.
#![deny(warnings, dead_code, unused, missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(deprecated, private_interfaces, non_snake_case, non_camel_case_types, unused_qualifications)]
#![deny(clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use session_runtime::{Session, SessionData};

#[derive(SessionData)]
#[session(rename_all = "camelCase")]
struct Shop {
    user: String,
    #[session(default)]
    cart: Vec<String>,
    #[session(ttl = "10m", sensitive)]
    otp: u32,
    #[deprecated]
    old: u8,
    #[session(as = "session_runtime::devalue::Date")]
    last_visit: std::time::SystemTime,
}

/// Of its accessors none is called.
#[derive(SessionData)]
struct Uncalled {
    key: u8,
}

/// Only its existence is asked for.
#[derive(SessionData)]
struct Unused {
    key: u8,
}

fn user(session: &Session<Shop>) -> Option<String> {
    session.user().get().ok().flatten()
}

fn main() {
    assert_eq!(user(&session_runtime::testing::session()), None);
    let _: Session<Uncalled> = session_runtime::testing::session();
}
