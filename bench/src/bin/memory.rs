//! Live heap and resident memory per session, and what is left of them after all have expired.
//!
//! `cargo run --release --bin memory`; each contender has a process of its own, `memory NAME SESSIONS SECONDS`.

use std::alloc::System;
use std::process::Command;
use std::time::{Duration, Instant};

use session_bench::contenders::{self, Contender, Kind};
use session_bench::table::{markdown, verdict};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SIZES: [u32; 2] = [100_000, 1_000_000];
/// After so many seconds sessions expire, where that is looked at: more than it takes to make the first size of them.
const SECONDS: u64 = 15;
const OURS: &str = "session-runtime";
const NAMES: [&str; 6] =
    ["floor: JSON bytes", "floor: typed struct", OURS, "tower-sessions", "axum_session", "actix-session"];
/// With expiry in memory that can be chosen. axum_session first looks for it an hour after its start.
const EXPIRING: [&str; 2] = [OURS, "tower-sessions"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &words[..] {
        [] => everyone(),
        [name, sessions, seconds] => {
            let figures = one(name, sessions.parse().expect("a number"), seconds.parse().expect("a number"));
            println!("{}", figures.map(|figure| figure.to_string()).join(" "));
        }
        _ => eprintln!("memory [NAME SESSIONS SECONDS]"),
    }
}

fn everyone() {
    let mut rows = Vec::new();
    for name in NAMES {
        let mut row = vec![name.to_owned()];
        let mut left = "–".to_owned();
        for sessions in SIZES {
            let expires = EXPIRING.contains(&name) && sessions == SIZES[0];
            let [heap, resident, text, after] = child(name, sessions, if expires { SECONDS } else { 0 });
            row.extend([format!("{heap:.0}"), format!("{resident:.0}")]);
            if name == OURS {
                let (over, reached) = (heap - text, verdict(heap - text <= 90.0));
                println!("{sessions} sessions of ours: text + {over:.0} B (mark: text + 90 B), {reached}.\n");
            }
            if expires {
                left = format!("{after:.1}");
            }
        }
        row.push(left);
        rows.push(row);
    }
    println!("Bytes per session: live heap, and growth of the process's resident memory.\n");
    let head = ["", "100k: heap", "resident", "1M: heap", "resident", "heap left after all 100k expired"];
    println!("{}", markdown(&head, rows));
    println!(
        "Only ours and tower-sessions' memory stores can be told to expire within this run; ours is swept then.\n"
    );
}

fn child(name: &str, sessions: u32, seconds: u64) -> [f64; 4] {
    let program = std::env::current_exe().expect("a path");
    let words = [name, &sessions.to_string(), &seconds.to_string()];
    let output = Command::new(program).args(words).output().expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    figures.try_into().unwrap_or_else(|_| panic!("{name}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Per session: live heap, resident memory, text where known, live heap after all have expired.
fn one(name: &str, sessions: u32, seconds: u64) -> [f64; 4] {
    actix_web::rt::System::new().block_on(async {
        let idle = (seconds > 0).then(|| Duration::from_secs(seconds));
        let mut all = contenders::keeping(idle).await;
        all.retain(|contender| contender.name == name);
        let contender = all.first_mut().expect("a contender");
        create(contender, 1).await;
        let (begun, region, resident) = (Instant::now(), Region::new(HEAP), resident());
        create(contender, sessions).await;
        let (heap, resident) = (live(&region), self::resident() - resident);
        let text = contender.store.as_ref().map_or(0.0, |store| mean(store.bytes(), store.len()));
        if let Some(idle) = idle {
            assert!(begun.elapsed() < idle, "some had expired before all were made");
            tokio::time::sleep(idle + Duration::from_secs(1)).await;
            if let Some(store) = &contender.store {
                store.purge_expired();
            }
            create(contender, 1).await;
        }
        let each = |bytes: f64| bytes / f64::from(sessions);
        [each(heap), each(resident), text, each(live(&region))]
    })
}

async fn create(contender: &mut Contender, sessions: u32) {
    let mut runners = contender.runners.iter_mut();
    let (_, runner) = runners.find(|(kind, _)| *kind == Kind::Create).expect("all create");
    runner(sessions).await;
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn live(region: &Region<'_, System>) -> f64 {
    let change = region.change();
    change.bytes_allocated as f64 - change.bytes_deallocated as f64
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn mean(sum: usize, count: usize) -> f64 {
    sum as f64 / count as f64
}

/// This process's bytes in memory, as Linux tells them.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes * 1024.0
}
