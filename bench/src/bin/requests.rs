//! One table: nanoseconds of processor time per request in one process, everyone in one run.
//!
//! `cargo run --release --bin requests [ROUNDS]`

use session_bench::contenders::{self, Kind};
use session_bench::harness::{self, Cell};

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(21);
    // A current-thread runtime with a local set: what actix-web needs and axum does not mind.
    let cells = actix_web::rt::System::new().block_on(async {
        let mut contenders = contenders::all().await;
        harness::run(&mut contenders, &Kind::ALL, rounds).await
    });
    print_table(&cells, rounds);
    print_marks(&cells);
}

fn print_table(cells: &[Cell], rounds: usize) {
    println!("ns of processor time per request: median of {rounds} rounds (first to third quartile)\n");
    let mut names: Vec<&str> = cells.iter().map(|cell| cell.contender).collect();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    let order = |name: &&str| cells.iter().position(|cell| cell.contender == *name);
    names.sort_by_key(order);
    print!("| |");
    Kind::ALL.iter().for_each(|kind| print!(" {} |", kind.name()));
    println!("\n|---|{}", "---|".repeat(Kind::ALL.len()));
    for name in names {
        print!("| {name} |");
        for kind in Kind::ALL {
            match find(cells, name, kind) {
                Some(cell) => {
                    let (low, high) = cell.spread();
                    print!(" {:.0} ({low:.0}–{high:.0}) |", cell.median());
                }
                None => print!(" – |"),
            }
        }
        println!();
    }
}

fn find<'c>(cells: &'c [Cell], name: &str, kind: Kind) -> Option<&'c Cell> {
    cells.iter().find(|cell| cell.contender == name && cell.kind == kind)
}

const OURS: &str = "session-runtime";
const LAYER: &str = "layer that does nothing";
const JSON: &str = "floor: JSON bytes";
const PEERS: [&str; 3] = ["tower-sessions", "axum_session", "actix-session"];

/// The ratio to a floor, and how much faster than the fastest peer.
const MARKS: [(Kind, &str, f64, Option<f64>); 7] = [
    (Kind::Anonymous, LAYER, 1.08, None),
    (Kind::Untouched, LAYER, 1.12, None),
    (Kind::Read, JSON, 0.70, Some(2.0)),
    (Kind::Update, JSON, 1.0, Some(1.7)),
    (Kind::Create, JSON, 1.0, Some(1.4)),
    (Kind::LargeTexts, JSON, 0.15, None),
    (Kind::ShortStrings, JSON, 0.07, None),
];

fn print_marks(cells: &[Cell]) {
    println!("\n| | against | ratio | mark | fastest peer | times faster | mark |\n|---|---|---|---|---|---|---|");
    for (kind, base, mark, times) in MARKS {
        let median = |name| find(cells, name, kind).map(Cell::median);
        let (Some(ours), Some(base_ns)) = (median(OURS), median(base)) else { continue };
        let peers = PEERS.iter().filter_map(|name| Some((*name, median(name)?)));
        let Some((peer, peer_ns)) = peers.min_by(|a, b| a.1.total_cmp(&b.1)) else { continue };
        let times = times.map_or("–".to_owned(), |times| format!("≥ {times}"));
        let (ratio, faster) = (ours / base_ns, peer_ns / ours);
        println!("| {} | {base} | {ratio:.2} | ≤ {mark} | {peer} | {faster:.2} | {times} |", kind.name());
    }
}
