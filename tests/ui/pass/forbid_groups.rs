//! Groups of lints that are forbidden as a whole.
#![deny(forbidden_lint_groups)]
#![forbid(unused, nonstandard_style, warnings)]

use session_runtime::SessionData;

#[derive(SessionData)]
#[session(schema)]
struct Shop {
    cart: Vec<String>,
    #[session(as = "session_runtime::devalue::Date", default = "start")]
    seen: std::time::SystemTime,
}

fn start() -> std::time::SystemTime {
    std::time::SystemTime::UNIX_EPOCH
}

fn main() {}
