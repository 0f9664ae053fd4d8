//! What the codec costs beside serde_json, and beside npm's devalue in Node (`node`), on the same data: `cargo bench -p session-tests --all-features --bench codec`.
//!
//! Each row is measured in processes of its own (`forks`), both of its sides in turn (`sample`). The median of the processes'
//! ratios is printed beside the mark that the project has set itself, with the lowest and the highest of them. Time is the
//! thread's on the processor, so that other programs only cost it their share of the caches. It is built as for
//! production, with optimization across crates: else it is left to chance what is inlined on either side. What is
//! allocated is counted by a program of its own, `codec_allocations`, as counting takes time.
//! A compass, not a test: nothing is asserted. An argument keeps the rows whose names contain it;
//! `linear` and `node` are the tables behind them.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]

mod data;
mod forks;
mod node;
mod rows;
mod sample;

use std::hint::black_box;
use std::sync::Arc;

use session_runtime::devalue::{self, Document};

use self::data::{Typical, lists, product, products, record, sessions, write_key};
use self::sample::{Figures, ROUNDS, Run, SAMPLE, calibrate, median, side_by_side, time};

/// How many processes measure a row, and one beside Node, which takes a second to warm up.
const PROCESSES: usize = 5;
const WITH_NODE: usize = 3;

/// The rows beside serde_json, whose ratio is to stay below the mark.
fn beside_serde_json(wanted: &str) {
    println!("{:<52} {:>11} {:>11}  {:>17} {:>5}", "", "ours ns", "base ns", "ratio", "mark");
    for row in rows::rows().iter().filter(|row| row.name.contains(wanted)) {
        let measured = forks::measure(&row.name, PROCESSES);
        let verdict = if row.mark.is_some_and(|mark| measured.0.ratio > mark) { "over" } else { "" };
        print(&row.name, measured, row.mark, verdict);
    }
}

fn print(name: &str, (figures, [low, high]): (Figures, [f64; 2]), mark: Option<f64>, verdict: &str) {
    let Figures { ours, base, ratio } = figures;
    let mark = mark.map_or(String::new(), |mark| format!("{mark:.2}"));
    println!("{name:<52} {ours:>11.0} {base:>11.0}  {ratio:>5.2} ({low:.2}-{high:.2}) {mark:>5} {verdict}");
}

/// The rows beside Node, whose ratio, how many times as fast we are, is to reach the mark.
fn beside_node() {
    println!(
        "\n{:<52} {:>11} {:>11}  {:>17} {:>5}",
        format!("beside npm's devalue 6.0.3 in Node {}", node::version()),
        "ours ns",
        "Node ns",
        "times as fast",
        "mark"
    );
    for row in node::rows() {
        let measured = forks::measure(&row.name, WITH_NODE);
        let verdict = if measured.0.ratio < row.mark { "under" } else { "" };
        print(&row.name, measured, Some(row.mark), verdict);
    }
}

/// Nanoseconds per byte from 1 kB to 10 MB.
fn linearity() {
    println!(
        "\n{:<12} {:>8} {:>8} {:>8} {:>8}   ns per byte",
        "bytes", "encode", "decode", "open", "rewrite"
    );
    for count in [2, 20, 200, 2_000, 20_000] {
        let value = sessions(count);
        let text = devalue::to_string(&value).expect("a text");
        let lists = lists(count, 20, product);
        let (document, map): (Arc<str>, Arc<str>) = (text.as_str().into(), record(&lists));
        let changed = devalue::to_document(&products(!99, 21)).expect("a document");
        let (bytes, map_bytes) = (text.len(), map.len());
        let mut runs: [(usize, Run); 4] = [
            (bytes, Box::new(move || drop(black_box(devalue::to_string(&value))))),
            (bytes, Box::new(move || drop(black_box(devalue::from_str::<Vec<Typical>>(&text))))),
            (bytes, Box::new(move || drop(black_box(Document::parse(Arc::clone(&document)))))),
            (map_bytes, Box::new(move || drop(black_box(write_key(&map, "key0", &changed))))),
        ];
        let mut line = format!("{bytes:<12}");
        for (bytes, run) in &mut runs {
            let times = calibrate(run, SAMPLE);
            let median = median((0..ROUNDS).map(|_| time(run, times)).collect());
            line += &format!(" {:>8.3}", median / f64::from(u32::try_from(*bytes).expect("a small text")));
        }
        println!("{line}");
    }
}

fn main() {
    forks::have_threads();
    if let Some(name) = forks::asked_for() {
        let beside_serde_json = rows::rows().into_iter().find(|row| row.name == name);
        let figures = beside_serde_json.map(|row| side_by_side(row.sides())).unwrap_or_else(|| {
            let row = node::rows().into_iter().find(|row| row.name == name);
            (row.expect("a row of this benchmark").measure)()
        });
        return forks::answer(&figures);
    }
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    beside_serde_json(&wanted);
    if wanted.is_empty() || wanted == "linear" {
        linearity();
    }
    if wanted.is_empty() || wanted == "node" {
        beside_node();
    }
}
