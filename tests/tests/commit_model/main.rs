//! A model checker of the commit: the real session, state and commit code runs against a store that answers only when
//! a scheduler says so, and the scheduler tries every order.
//!
//! One *execution* is a sequence of choices. At each step the scheduler picks a client whose store call is open and
//! what becomes of the call: answered; applied with the answer lost; lost before it was applied; lost for its caller but
//! applied later; or the client crashes there, before or after the call is applied. Executions are enumerated depth
//! first by replaying a vector of choices, so every order within the bound on faults is tried, none twice. No thread
//! runs and nothing sleeps.
//!
//! What is checked at the end of each execution stands in [`check`]; a violation is reported with the whole schedule.
//! Crashes being choices like any other, "the end" includes every prefix that a crash can leave behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the counts are the result")]

mod check;
mod client;
mod expiry;
mod explore;
mod flaws;
mod foreign;
mod mistakes;
mod pairs;
mod sim;
mod states;
mod trace;
