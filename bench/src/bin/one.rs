//! One contender, one kind of request, so many times: what a profiler or an instruction counter is put on.
//!
//! `one CONTENDER KIND REQUESTS`, for example `one session-runtime Read 1000`

use std::process::ExitCode;

use session_bench::contenders;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, kind, requests] = &words[..] else { return usage() };
    let Ok(requests) = requests.parse() else { return usage() };
    let ran = actix_web::rt::System::new().block_on(async {
        let mut all = contenders::all().await;
        let contender = all.iter_mut().find(|contender| contender.name == name)?;
        let (_, runner) = contender.runners.iter_mut().find(|(of, _)| format!("{of:?}") == *kind)?;
        runner(requests).await;
        Some(())
    });
    ran.map_or_else(usage, |()| ExitCode::SUCCESS)
}

fn usage() -> ExitCode {
    eprintln!("one CONTENDER KIND REQUESTS, for example: one session-runtime Read 1000");
    ExitCode::FAILURE
}
