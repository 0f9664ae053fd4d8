//! Structs that change while sessions are stored: versions, migrations, values of another type, several releases at once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixtures;
mod mismatch;
mod newer;
mod serves;
mod support;
mod versions;
