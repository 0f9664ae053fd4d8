//! What the codec allocates beside serde_json, for the rows of `codec`: `cargo bench -p session-tests --all-features --bench codec_allocations`.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(dead_code, reason = "what only the measuring of time needs")]

#[path = "codec/data.rs"]
mod data;
#[path = "codec/rows.rs"]
mod rows;
#[path = "codec/sample.rs"]
mod sample;

use self::sample::Run;

/// Allocations and bytes of one run, the memory for it being there as after runs before.
fn allocations(mut run: Run) -> String {
    run();
    let info = allocation_counter::measure(run);
    format!("{} / {}", info.count_total, info.bytes_total)
}

fn main() {
    println!("{:<52} {:>16} {:>16}", "allocations / bytes of one run", "ours", "base");
    for row in rows::rows() {
        let name = row.name.clone();
        let (ours, base) = row.sides();
        println!("{name:<52} {:>16} {:>16}", allocations(ours), allocations(base));
    }
}
