//! Structs that change while sessions are stored: versions, migrations, values of another type, several releases at once.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fixtures;
mod mismatch;
mod newer;
mod serves;
mod support;
mod upgrade;
mod versions;
