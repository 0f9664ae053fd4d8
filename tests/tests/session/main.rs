//! The runtime without a web framework: several requests on one session, the commit, expiry.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod commit;
mod detached;
mod expiry;
mod model;
mod own_records;
mod races;
mod remembered;
mod site;
mod ttl;
mod untyped;
mod updates;
