//! What follows from a struct that asks for a schema.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod absent;
mod changes;
mod everything;
mod files;
mod json_schema;
mod lock;
mod node;
mod round_trip;
mod typescript;
