//! The devalue codec: measured vectors, serde's types, damaged and random texts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod astro;
mod errors;
mod everywhere;
mod limits;
mod markers;
mod npm;
mod opening;
mod random;
mod rewriting;
mod safety;
mod serde_random;
mod serde_types;
mod tree;
mod value_serde;
mod values;
mod vectors;
mod walk;
