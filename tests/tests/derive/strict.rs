//! No warning in a strict crate: what stands here is compiled under these lints, by rustc and by clippy.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused,
    dead_code,
    deprecated,
    let_underscore_drop,
    single_use_lifetimes,
    trivial_casts,
    unused_qualifications,
    unused_results,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]
#![forbid(unsafe_code)]

use std::time::SystemTime;

use session_runtime::{Error, Session, SessionData};

/// Nobody builds it, nobody reads its fields, and most of its accessors are never called.
#[derive(SessionData)]
#[session(rename_all = "camelCase")]
struct Shop {
    user: Private,
    /// What the visitor buys.
    #[session(default)]
    cart: Vec<String>,
    #[session(ttl = "10m", sensitive)]
    otp: u32,
    #[session(as = "session_runtime::devalue::Date")]
    last_visit: SystemTime,
    #[session(default = "Vec::new", on_conflict = "interrupt")]
    steps: Vec<(u8, Option<u8>)>,
    #[deprecated]
    old: u8,
    #[deprecated(since = "0.1.0", note = "use `cart`")]
    #[session(default)]
    older: Vec<u8>,
    r#type: u8,
    _underscore: u8,
    #[session(version = 3, migrate(1 = "number", 2 = "private"), on_mismatch = "absent")]
    migrated: Private,
}

fn number(text: String) -> Result<u8, std::num::TryFromIntError> {
    text.into_bytes().len().try_into()
}

fn private(number: u8) -> Private {
    Private { name: number.to_string() }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Private {
    name: String,
}

/// A struct that is only mentioned, never used.
#[derive(SessionData)]
struct Unused {
    key: u8,
}

/// All of it is public.
pub(crate) mod public {
    use session_runtime::SessionData;

    /// The session.
    #[derive(SessionData)]
    pub(crate) struct Public {
        /// A key.
        pub(crate) documented: u8,
        pub(crate) bare: u8,
    }
}

fn name(session: &Session<Shop>) -> Result<Option<String>, Error> {
    session.user().set(Private { name: "Ada".to_owned() })?;
    Ok(session.user().get()?.map(|user| user.name))
}

#[test]
fn a_strict_crate_compiles() -> Result<(), Error> {
    let session = session_runtime::testing::session();
    assert_eq!(name(&session)?.as_deref(), Some("Ada"));
    assert_eq!(session.view::<public::Public>().documented().get()?, None);
    Ok(())
}

/// Forbidden lints cannot be allowed again, in the generated test either.
mod forbidding {
    #![forbid(dead_code, non_snake_case, non_camel_case_types, unused_variables)]

    #[derive(session_runtime::SessionData)]
    #[session(schema)]
    pub(super) struct Forbidding {
        pub(super) key: u8,
        never_called: u8,
    }
}

#[test]
fn a_crate_that_forbids_compiles() -> Result<(), Error> {
    session_runtime::testing::session::<forbidding::Forbidding>().key().set(1)
}
