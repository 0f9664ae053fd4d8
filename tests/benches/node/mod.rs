//! The codec beside the npm package devalue, on the same texts: `cargo bench -p session-tests --all-features --bench codec node`.
//!
//! The package runs in a Node of its own (`tests/node/bench.mjs`), which is warmed up until its compiler has done what it can. Each
//! round asks it for a sample and takes one of ours; the median of the rounds' ratios counts. Of Node's sample the
//! shorter of elapsed and processor time is taken. V8 gives JavaScript values, we read into the Rust struct.

use std::hint::black_box;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use session_runtime::devalue;
use session_tests::node::{Script, installed};

use super::{ROUNDS, Run, calibrate, sessions, spread, time, typical};

/// What Node is given to warm up, and for one sample, in nanoseconds.
const WARM_UP: f64 = 4e8;
const SAMPLE: f64 = 4e6;

struct Node(Script);

impl Node {
    fn ask(&mut self, request: &serde_json::Value) -> serde_json::Value {
        self.0.ask(std::slice::from_ref(request)).remove(0)
    }

    /// Nanoseconds of one run.
    fn time(&mut self, what: &str, times: u64) -> f64 {
        let answer = self.ask(&json!({ "run": what, "times": times }));
        answer["ns"].as_f64().expect("bench.mjs answers with a time")
    }

    /// How often to run for a time, at least once.
    fn times(&mut self, what: &str, nanoseconds: f64) -> u64 {
        let once = self.time(what, 3).max(1.0);
        let runs = (0..20).map(|doublings| 1_u32 << doublings);
        runs.take_while(|&times| f64::from(times) * once < nanoseconds).last().unwrap_or(1).into()
    }
}

/// How many times as fast as Node this is.
fn row(node: &mut Node, name: &str, what: &str, mark: f64, ours: &mut Run) {
    let long = node.times(what, WARM_UP);
    node.time(what, long);
    let (often, seldom) = (calibrate(ours), node.times(what, SAMPLE));
    let (mut own, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let base = node.time(what, seldom);
        // Node's sample is long enough that its beginning does not count. Ours is short, and comes after a rest.
        time(ours, often);
        let fast = time(ours, often);
        own.push(fast);
        theirs.push(base);
        ratios.push(base / fast);
    }
    let [low, ratio, high] = spread(ratios);
    let verdict = if ratio < mark { "under" } else { "" };
    let (own, theirs) = (spread(own)[1], spread(theirs)[1]);
    println!(
        "{name:<52} {own:>11.0} {theirs:>11.0}  {ratio:>5.2} ({low:.2}-{high:.2}) {mark:>5.2} {verdict}"
    );
}

fn value<T: Serialize + DeserializeOwned + 'static>(node: &mut Node, name: &str, value: T, marks: [f64; 2]) {
    let text = devalue::to_string(&value).expect("a text");
    let answer = node.ask(&json!({ "text": text }));
    assert_eq!(answer["same"], true, "the package writes the very text that we write");
    let mut write: Run = Box::new(move || drop(black_box(devalue::to_string(black_box(&value)))));
    row(node, &format!("stringify {name}"), "stringify", marks[0], &mut write);
    let mut read: Run = Box::new(move || drop(black_box(devalue::from_str::<T>(black_box(&text)))));
    row(node, &format!("parse {name}"), "parse", marks[1], &mut read);
}

/// Prints the comparison.
pub(super) fn compare() {
    let mut node = Node(Script::start(&installed("node"), "bench.mjs"));
    let answer = node.ask(&json!({ "text": "[1]" }));
    let version = answer["node"].as_str().unwrap_or("Node");
    println!(
        "\n{:<52} {:>11} {:>11}  {:>17} {:>5}",
        format!("beside npm's devalue 6.0.3 in Node {version}"),
        "ours ns",
        "Node ns",
        "times as fast",
        "mark"
    );
    value(&mut node, "typical", typical(1), [10.0, 3.0]);
    value(&mut node, "100 kB", sessions(190), [10.0, 1.9]);
    value(&mut node, "1 MB", sessions(1_850), [10.0, 1.9]);
}
