//! What Astro 7.3.5 did, done again here: the same requests on the same stored sessions must lead to the same status,
//! the same `Set-Cookie`, the same results and the same store, byte for byte.
//!
//! The records were taken from running Astro apps and lie in `data/astro`. Where this library does better on purpose, or
//! where Rust cannot say what JavaScript did, the difference stands in `data/astro/exceptions.json` with its reason and
//! with what happens here instead. A difference that is not listed fails, and so does one that is listed and gone.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the counts are the result")]

mod app;
mod cases;
mod exceptions;
mod multi;
mod scenarios;
