//! Nanoseconds of processor time per request in one process, everyone in one run, and the marks beside.
//!
//! `cargo run --release --bin requests [ROUNDS]`

use session_bench::contenders::{self, Kind};
use session_bench::harness::{self, Cell};
use session_bench::table::{markdown, verdict};

fn main() {
    // A server has several threads, and memory is quicker in a process that never had a second one.
    std::thread::spawn(|| ()).join().expect("nothing panics");
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(21);
    // A current-thread runtime with a local set: what actix-web needs and axum does not mind.
    let (names, cells) = actix_web::rt::System::new().block_on(async {
        let mut contenders = contenders::all().await;
        let cells = harness::run(&mut contenders, &Kind::ALL, rounds).await;
        (contenders.iter().map(|contender| contender.name).collect::<Vec<_>>(), cells)
    });
    println!(
        "Nanoseconds of processor time per request, median of {rounds} rounds (first to third quartile):\n"
    );
    println!("{}", times(&names, &cells));
    println!("{}", marks(&cells));
}

fn times(names: &[&str], cells: &[Cell]) -> String {
    let head: Vec<&str> = [""].into_iter().chain(Kind::ALL.map(Kind::name)).collect();
    let rows = names.iter().map(|name| {
        let cell = |kind| {
            find(cells, name, kind).map_or("–".to_owned(), |cell| {
                let (low, high) = cell.spread();
                format!("{:.0} ({low:.0}–{high:.0})", cell.median())
            })
        };
        [(*name).to_owned()].into_iter().chain(Kind::ALL.map(cell)).collect()
    });
    markdown(&head, rows)
}

fn find<'c>(cells: &'c [Cell], name: &str, kind: Kind) -> Option<&'c Cell> {
    cells.iter().find(|cell| cell.contender == name && cell.kind == kind)
}

const OURS: &str = "session-runtime";
const OURS_AROUND: &str = "session-runtime, around the router";
const LAYER: &str = "layer that does nothing";
const LAYER_AROUND: &str = "layer that does nothing, around the router";
const JSON: &str = "floor: JSON bytes";
const PEERS: [&str; 3] = ["tower-sessions", "axum_session", "actix-session"];

struct Mark {
    kind: Kind,
    ours: &'static str,
    base: &'static str,
    at_most: f64,
    /// Times faster than the fastest peer.
    at_least: Option<f64>,
}

const fn mark(kind: Kind, of: (&'static str, &'static str), at_most: f64, at_least: Option<f64>) -> Mark {
    Mark { kind, ours: of.0, base: of.1, at_most, at_least }
}

const MARKS: [Mark; 9] = [
    mark(Kind::Anonymous, (OURS, LAYER), 1.08, None),
    mark(Kind::Anonymous, (OURS_AROUND, LAYER_AROUND), 1.08, None),
    mark(Kind::Untouched, (OURS, LAYER), 1.12, None),
    mark(Kind::Untouched, (OURS_AROUND, LAYER_AROUND), 1.12, None),
    mark(Kind::Read, (OURS, JSON), 0.70, Some(2.0)),
    mark(Kind::Update, (OURS, JSON), 1.0, Some(1.7)),
    mark(Kind::Create, (OURS, JSON), 1.0, Some(1.4)),
    mark(Kind::LargeTexts, (OURS, JSON), 0.15, None),
    mark(Kind::ShortStrings, (OURS, JSON), 0.07, None),
];

fn marks(cells: &[Cell]) -> String {
    let head = ["", "against", "ratio", "mark", "", "fastest peer", "times faster", "mark", ""];
    markdown(&head, MARKS.iter().filter_map(|mark| row(cells, mark)))
}

fn row(cells: &[Cell], mark: &Mark) -> Option<Vec<String>> {
    let median = |name| find(cells, name, mark.kind).map(Cell::median);
    let (ours, base) = (median(mark.ours)?, median(mark.base)?);
    let peers = PEERS.iter().filter_map(|name| Some((*name, median(name)?)));
    let (peer, peer_ns) = peers.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let (ratio, faster) = (ours / base, peer_ns / ours);
    Some(vec![
        mark.kind.name().to_owned(),
        mark.base.to_owned(),
        format!("{ratio:.2}"),
        format!("≤ {}", mark.at_most),
        verdict(ratio <= mark.at_most).to_owned(),
        peer.to_owned(),
        format!("{faster:.2}"),
        mark.at_least.map_or("–".to_owned(), |times| format!("≥ {times}")),
        mark.at_least.map_or("", |times| verdict(faster >= times)).to_owned(),
    ])
}
