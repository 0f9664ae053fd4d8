//! Counts the instructions of requests and of the codec under valgrind, and fails where they grew.
//!
//! `cargo run --release -p session-guard` compares with the stored counts, `… -- --save` stores today's as the new
//! baseline, and `… -- --run CASE` runs one case alone, for valgrind or a profiler.
//!
//! Instructions are the measure because noise can't reach them: the same program on the same input counts the same
//! within half a percent (ids and hash seeds are random), on a busy machine as well. They are not time: a change that only waits longer for
//! memory is seen by the benchmark in `bench/`, not here.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are to be read off a run")]

mod baseline;
mod cases;
mod valgrind;

use std::process::ExitCode;

use self::baseline::Baseline;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => report(Baseline::load().and_then(|baseline| baseline.compare(&count()?))),
        ["--save"] => report(count().and_then(|counts| baseline::save(&counts))),
        ["--run", name] => report(cases::run(name)),
        _ => report(Err("usage: session-guard [--save | --run CASE]".to_owned())),
    }
}

fn report(result: Result<(), String>) -> ExitCode {
    result.map_or_else(
        |problem| {
            eprintln!("{problem}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// Each case's name and its instructions per request or call.
fn count() -> Result<Vec<(String, u64)>, String> {
    cases::names().map(|name| Ok((name.to_owned(), valgrind::count(name)? / cases::TIMES))).collect()
}
