//! Lints that are forbidden cannot be allowed again, not even by generated code.
#![forbid(unsafe_code, missing_docs, unreachable_pub, deprecated, private_interfaces)]

use session_runtime::SessionData;

/// The session.
#[derive(SessionData)]
#[deprecated]
pub struct Shop {
    /// The cart.
    pub cart: Vec<String>,
    #[deprecated]
    old: u8,
}

fn main() {}
