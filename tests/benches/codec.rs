//! What the codec costs beside serde_json, and beside npm's devalue in Node (`node`), on the same data: `cargo bench -p session-tests --all-features --bench codec`.
//!
//! Both sides of a row run in turn within each round, so that a change of the machine's speed hits both alike; the
//! median of the rounds' ratios is printed beside the mark that the project has set itself, with the spread of nine
//! rounds in ten. Time is the thread's on the processor, so that other programs only cost it their share of the caches.
//! A compass, not a test: nothing is asserted. An argument keeps the rows whose names contain it;
//! `linear` and `node` are the tables behind them.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]

mod node;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use session_runtime::devalue::{self, Document, Field, Map, MapWriter};

const ROUNDS: usize = 61;
const SAMPLE: Duration = Duration::from_micros(250);

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    email: String,
}

/// The session of the benchmark: some 500 bytes.
#[derive(Serialize, Deserialize)]
struct Typical {
    user: User,
    cart: Vec<String>,
    last_visit: u64,
}

/// One entry of a session's record.
#[derive(Serialize, Deserialize)]
struct Entry {
    data: Vec<String>,
    expires: Option<f64>,
}

/// Twelve characters, another twelve for each number.
fn product(number: u64) -> String {
    format!("{:012x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16)
}

fn products(first: u64, count: u64) -> Vec<String> {
    (first..first + count).map(product).collect()
}

fn typical(number: u64) -> Typical {
    let name = format!("Ada Lovelace {number}");
    let email = format!("ada{number}@example.com");
    let user = User { id: 1000 + number, name, email };
    Typical { user, cart: products(number * 20, 20), last_visit: 1_767_323_045_006 + number }
}

fn sessions(count: u64) -> Vec<Typical> {
    (0..count).map(typical).collect()
}

fn prose(number: u64) -> String {
    "It was a dark and stormy night; the rain fell in torrents, ".repeat(17) + &product(number)
}

fn lists(keys: u64, items: u64, item: impl Fn(u64) -> String) -> Vec<Vec<String>> {
    (0..keys).map(|key| (0..items).map(|at| item(key * items + at)).collect()).collect()
}

/// The record of a session whose keys hold these lists.
fn record(lists: &[Vec<String>]) -> Arc<str> {
    let write = |list: (usize, &Vec<String>)| {
        (format!("key{}", list.0), devalue::to_document(list.1).expect("a document"))
    };
    let values: Vec<(String, Document)> = lists.iter().enumerate().map(write).collect();
    let mut map = MapWriter::new();
    for (key, value) in &values {
        map.put(key, &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
    }
    Arc::clone(map.finish().expect("a record").text())
}

/// Opens a record and reads one key of it.
fn read_key(record: &Arc<str>, key: &str) -> Vec<String> {
    let document = Document::parse(Arc::clone(record)).expect("a record");
    let entry = document.root().map_value(key);
    entry.and_then(|entry| entry.field("data")).expect("the key").decode().expect("a list")
}

/// Opens a record and writes it anew with another value for one key.
fn write_key(record: &Arc<str>, key: &str, value: &Document) -> Document {
    let document = Document::parse(Arc::clone(record)).expect("a record");
    let mut map = MapWriter::new();
    for (name, entry) in document.root().map_entries().expect("a map") {
        if name.as_str().as_deref() == Some(key) {
            map.put(key, &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
        } else {
            map.keep(name, entry);
        }
    }
    map.finish().expect("a record")
}

type Run = Box<dyn FnMut()>;

struct Row {
    name: String,
    mark: Option<f64>,
    ours: Run,
    base: Run,
}

fn row(
    name: impl Into<String>,
    mark: Option<f64>,
    mut ours: impl FnMut() + 'static,
    base: impl FnMut() + 'static,
) -> Row {
    ours();
    Row { name: name.into(), mark, ours: Box::new(ours), base: Box::new(base) }
}

/// Writing and reading of one value as a whole.
fn whole<T: Serialize + DeserializeOwned + 'static>(
    rows: &mut Vec<Row>,
    name: &str,
    value: T,
    marks: [f64; 2],
) {
    let value = Arc::new(value);
    let other = Arc::clone(&value);
    let text = devalue::to_string(&*value).expect("a text");
    let json = serde_json::to_string(&*value).expect("JSON");
    let document: Arc<str> = text.as_str().into();
    let copy = text.clone();
    rows.push(row(
        format!("encode {name}"),
        Some(marks[0]),
        move || drop(black_box(devalue::to_string(black_box(&*value)))),
        move || drop(black_box(serde_json::to_string(black_box(&*other)))),
    ));
    rows.push(row(
        format!("decode {name}"),
        Some(marks[1]),
        move || drop(black_box(devalue::from_str::<T>(black_box(&text)))),
        move || drop(black_box(serde_json::from_str::<T>(black_box(&json)))),
    ));
    rows.push(row(
        format!("open {name} / its decoding"),
        Some(0.15),
        move || drop(black_box(Document::parse(Arc::clone(black_box(&document))))),
        move || drop(black_box(devalue::from_str::<T>(black_box(&copy)))),
    ));
}

/// One key of a record.
fn one_key(rows: &mut Vec<Row>, name: &str, lists: Vec<Vec<String>>, mark: f64) {
    let keys = lists.len();
    let text = record(&lists);
    let read = |key: usize, text: &Arc<str>| {
        let (key, text, whole) = (format!("key{key}"), Arc::clone(text), Arc::clone(text));
        (
            move || drop(black_box(read_key(black_box(&text), &key))),
            move || drop(black_box(devalue::from_str::<Map<Vec<(String, Entry)>>>(black_box(&whole)))),
        )
    };
    let (ours, base) = read(keys / 2, &text);
    rows.push(row(format!("one key out of {name} / its decoding"), Some(mark), ours, base));

    let json: Arc<Vec<(String, Entry)>> = Arc::new(
        lists
            .into_iter()
            .enumerate()
            .map(|(at, data)| (format!("key{at}"), Entry { data, expires: None }))
            .collect(),
    );
    let mut rewrite = |what: &str, mark, key: usize, value: Vec<String>| {
        let (text, json, key) = (Arc::clone(&text), Arc::clone(&json), format!("key{key}"));
        let value = devalue::to_document(&value).expect("a document");
        rows.push(row(
            format!("rewrite {what} of {name}"),
            Some(mark),
            move || drop(black_box(write_key(black_box(&text), &key, &value))),
            move || drop(black_box(serde_json::to_string(black_box(&*json)))),
        ));
    };
    let other = |key: usize, more: usize| {
        (0..json[key].1.data.len() + more).map(|at| product(!(at as u64))).collect()
    };
    rewrite("a key", 1.05, keys / 2, other(keys / 2, 0));
    rewrite("the first key, one item more,", 1.8, 0, other(0, 1));
}

fn now() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("a clock that runs forward")
}

/// Nanoseconds of one run.
fn time(run: &mut Run, times: u32) -> f64 {
    let start = now();
    for _ in 0..times {
        run();
    }
    (now() - start).as_secs_f64() * 1e9 / f64::from(times)
}

/// How often to run for one sample.
fn calibrate(run: &mut Run) -> u32 {
    let once = time(run, 3).max(1.0);
    let times = SAMPLE.as_secs_f64() * 1e9 / once;
    (1..=1 << 16).rev().find(|&count| f64::from(count) <= times).unwrap_or(1)
}

/// Low, median and high: one round in twenty is below, one above.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [ROUNDS / 20, ROUNDS / 2, ROUNDS - 1 - ROUNDS / 20].map(|at| values[at])
}

fn allocations(run: &mut Run) -> String {
    let info = allocation_counter::measure(run);
    format!("{} / {}", info.count_total, info.bytes_total)
}

fn measure(row: &mut Row) {
    let (often, seldom) = (calibrate(&mut row.ours), calibrate(&mut row.base));
    let (mut ours, mut base, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(&mut row.ours, often));
        base.push(time(&mut row.base, seldom));
        ratios.push(ours[ours.len() - 1] / base[base.len() - 1]);
    }
    let [low, ratio, high] = spread(ratios);
    let mark = row.mark.map_or(String::new(), |mark| format!("{mark:.2}"));
    let verdict = if row.mark.is_some_and(|mark| ratio > mark) { "over" } else { "" };
    println!(
        "{:<52} {:>11.0} {:>11.0}  {ratio:>5.2} ({low:.2}-{high:.2}) {mark:>5} {verdict:<4}  {:>15}  {:>15}",
        row.name,
        spread(ours)[1],
        spread(base)[1],
        allocations(&mut row.ours),
        allocations(&mut row.base),
    );
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
            let times = calibrate(run);
            let [_, median, _] = spread((0..ROUNDS).map(|_| time(run, times)).collect());
            line += &format!(" {:>8.3}", median / f64::from(u32::try_from(*bytes).expect("a small text")));
        }
        println!("{line}");
    }
}

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let mut rows = Vec::new();
    whole(&mut rows, "typical", typical(1), [1.4, 0.85]);
    whole(&mut rows, "100 kB", sessions(190), [1.7, 1.1]);
    whole(&mut rows, "1 MB", sessions(1_850), [1.9, 1.15]);
    whole(&mut rows, "short strings", lists(100, 50, product), [1.9, 1.4]);
    whole(&mut rows, "1 kB texts", lists(100, 1, prose), [1.7, 1.1]);
    one_key(&mut rows, "100 kB", lists(100, 50, product), 0.12);
    one_key(&mut rows, "1 kB texts", lists(100, 1, prose), 0.2);
    println!(
        "{:<52} {:>11} {:>11}  {:>17} {:>5} {:<4}  {:>15}  {:>15}",
        "", "ours ns", "base ns", "ratio", "mark", "", "allocs / bytes", "of the base"
    );
    rows.iter_mut().filter(|row| row.name.contains(&wanted)).for_each(measure);
    if wanted.is_empty() || wanted == "linear" {
        linearity();
    }
    if wanted.is_empty() || wanted == "node" {
        node::compare();
    }
}
