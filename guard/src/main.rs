//! Counts the instructions of requests and of the codec under valgrind, and fails where they grew.
//!
//! `cargo run --release -p session-guard` compares with the stored counts, `… -- --save` stores today's as the new
//! baseline, and `… -- --run CASE` runs one case alone, for valgrind or a profiler.
//!
//! Instructions are the measure because noise can't reach them: the same program on the same input counts nearly the
//! same on a busy machine as well. What is left is chance: ids and hash seeds are random, so the least of some runs
//! counts. They are those of a processor with AVX2, which is the most that valgrind lets a program see: the codec takes other
//! steps without it. And they are not time: a change that only waits longer for memory is seen by the benchmark in `bench/`, not here.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the figures are to be read off a run")]

mod baseline;
mod cases;
mod valgrind;

use std::process::ExitCode;

use self::baseline::Baseline;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => report(Baseline::load().and_then(|stored| {
            let counts = count(|name, least| stored.allows(name, least))?;
            stored.compare(&counts)
        })),
        ["--save"] => report(count(|_, _| false).and_then(|counts| baseline::save(&counts))),
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

/// How often a case is counted at most.
const RUNS: usize = 8;

/// Each case's name and its instructions per request or call: the least of some runs, up to the first that is enough.
/// Hash seeds are random, and where strings happen to collide a small case counts up to a sixth more.
fn count(is_enough: impl Fn(&str, u64) -> bool) -> Result<Vec<(String, u64)>, String> {
    let least = |name: &str| {
        let mut least = u64::MAX;
        for _ in 0..RUNS {
            least = least.min(valgrind::count(name)? / cases::TIMES);
            if is_enough(name, least) {
                break;
            }
        }
        Ok((name.to_owned(), least))
    };
    cases::names().map(least).collect()
}
