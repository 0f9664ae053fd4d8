//! Allocations and bytes per request, everyone and every kind: a program of its own, so that counting costs `requests` no time.
//!
//! `cargo run --release --bin allocations`

use std::alloc::System;

use session_bench::contenders::{self, Contender, Kind, Runner};
use session_bench::table::markdown;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let rows = actix_web::rt::System::new().block_on(async {
        let mut rows = Vec::new();
        for contender in &mut contenders::all().await {
            rows.push(row(contender).await);
        }
        rows
    });
    let head: Vec<&str> = [""].into_iter().chain(Kind::ALL.map(Kind::name)).collect();
    println!("Allocations per request, those that grow included, and the bytes asked for:\n");
    println!("{}", markdown(&head, rows));
}

async fn row(contender: &mut Contender) -> Vec<String> {
    let mut row = vec![contender.name.to_owned()];
    for kind in Kind::ALL {
        let mut runners = contender.runners.iter_mut();
        row.push(match runners.find(|(of, _)| *of == kind) {
            Some((_, runner)) => cell(runner, kind.requests()).await,
            None => "–".to_owned(),
        });
    }
    row
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
async fn cell(runner: &mut Runner, requests: u32) -> String {
    runner(requests / 10).await;
    let region = Region::new(HEAP);
    runner(requests).await;
    let change = region.change();
    let each = |count: usize| count as f64 / f64::from(requests);
    let allocations = each(change.allocations + change.reallocations);
    format!("{allocations:.0} ({:.0} B)", each(change.bytes_allocated))
}
