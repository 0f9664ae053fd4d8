//! The store contract, sentence by sentence, over every driver; and what each driver promises beyond it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounded_waits;
mod drivers;
mod flawed;
mod flaws;
mod heap;
mod memory;
mod model;
mod sentences;
mod support;
