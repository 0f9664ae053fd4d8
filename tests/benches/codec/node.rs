//! The codec beside the npm package devalue, on the same texts: `cargo bench -p session-tests --all-features --bench codec node`.
//!
//! The package runs in a Node of its own (`tests/node/bench.mjs`), which is warmed up until its compiler has done what it can, and
//! has ended when ours is measured: its threads that compile and collect garbage go on for a while. Of Node's sample
//! the shorter of elapsed and processor time is taken. V8 gives JavaScript values, we read into the Rust struct.

use std::hint::black_box;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use session_runtime::devalue;
use session_tests::node::{Script, installed};

use super::data::{sessions, typical};
use super::sample::{Figures, ROUNDS, Run, calibrate, median, time};

/// What Node is given to warm up, and for one sample, in nanoseconds.
const WARM_UP: f64 = 4e8;
const SAMPLE: f64 = 4e6;

struct Node(Script);

impl Node {
    fn start() -> Self {
        Self(Script::start(&installed("node"), "bench.mjs"))
    }

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

/// The version of Node that is measured.
pub(crate) fn version() -> String {
    let answer = Node::start().ask(&json!({ "text": "[1]" }));
    answer["node"].as_str().unwrap_or("Node").to_owned()
}

/// How many times as fast as Node this is.
fn compare(mut node: Node, what: &str, mut ours: Run) -> Figures {
    let long = node.times(what, WARM_UP);
    node.time(what, long);
    let seldom = node.times(what, SAMPLE);
    let base = median((0..ROUNDS).map(|_| node.time(what, seldom)).collect());
    drop(node);
    let often = calibrate(&mut ours, SAMPLE);
    let ours = median((0..ROUNDS).map(|_| time(&mut ours, often)).collect());
    Figures { ours, base, ratio: base / ours }
}

/// Our text, and a Node that has the same.
fn prepared<T: Serialize>(value: &T) -> (Node, String) {
    let (mut node, text) = (Node::start(), devalue::to_string(value).expect("a text"));
    let answer = node.ask(&json!({ "text": text }));
    assert_eq!(answer["same"], true, "the package writes the very text that we write");
    (node, text)
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    /// What the ratio is to reach.
    pub(crate) mark: f64,
    pub(crate) measure: Box<dyn FnOnce() -> Figures>,
}

fn both<T: Serialize + DeserializeOwned + 'static>(
    rows: &mut Vec<Row>,
    name: &str,
    value: fn() -> T,
    [stringify, parse]: [f64; 2],
) {
    rows.push(Row {
        name: format!("stringify {name}"),
        mark: stringify,
        measure: Box::new(move || {
            let value = value();
            let (node, _) = prepared(&value);
            let write = move || drop(black_box(devalue::to_string(black_box(&value))));
            compare(node, "stringify", Box::new(write))
        }),
    });
    rows.push(Row {
        name: format!("parse {name}"),
        mark: parse,
        measure: Box::new(move || {
            let (node, text) = prepared(&value());
            let read = move || drop(black_box(devalue::from_str::<T>(black_box(&text))));
            compare(node, "parse", Box::new(read))
        }),
    });
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    both(&mut rows, "typical", || typical(1), [10.0, 3.0]);
    both(&mut rows, "100 kB", || sessions(190), [10.0, 1.9]);
    both(&mut rows, "1 MB", || sessions(1_850), [10.0, 1.9]);
    rows
}
