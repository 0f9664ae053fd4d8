//! The PostgreSQL store against real servers: what it sends, what it does when they fail, and that nothing is lost.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod encrypted;
mod isolation;
mod logs;
mod outage;
mod processes;
mod refusals;
mod silence;
mod statements;
mod table;
