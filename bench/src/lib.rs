//! session-runtime beside its peers: the same session, the same handlers, one run.
//!
//! Each file of [`contenders`] builds the applications of one library; [`harness`] drives them in turn. The programs in
//! `src/bin` choose what is measured, and print it as Markdown; `run.sh` puts it all into `RESULTS.md`. Nothing here asserts a figure: the marks stand beside the results.

pub mod contenders;
pub mod harness;
pub mod table;

pub use session_guard::data;
