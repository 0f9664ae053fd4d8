//! What a key costs at compile time, beside serde's two derives on the same struct.
//!
//! `cargo run --release --bin compile [ROUNDS] [KEYS]`: builds crates of up to so many keys, which it generates in the target
//! folder, in turn, without incremental compilation. Time is that of all processors, so that other programs count little.

mod builds;
mod generate;

use std::collections::BTreeMap;

use session_bench::table::{markdown, verdict};

use self::builds::{Builds, Profile};
use self::generate::{Derive, Package, Use};

const KEYS: [u32; 3] = [10, 100, LARGEST];
const LARGEST: u32 = 1_000;

type Times = BTreeMap<(Package, Profile), Vec<f64>>;

fn main() {
    let number =
        |nth, otherwise| std::env::args().nth(nth).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rounds, most) = (number(1, 5), number(2, LARGEST));
    let sizes: Vec<u32> = KEYS.into_iter().filter(|keys| *keys <= most).collect();
    let packages = packages(&sizes);
    let builds = Builds::prepare(&packages);
    let mut times = Times::new();
    for round in 0..rounds {
        // A build of the largest takes so long that little of it is noise: one is enough.
        for &package in packages.iter().filter(|package| round == 0 || package.keys < LARGEST) {
            for profile in Profile::ALL {
                times.entry((package, profile)).or_default().push(builds.seconds(package, profile));
            }
        }
    }
    println!(
        "Milliseconds of processor time that each key adds to a build, over the same struct without a derive, median of \
         {rounds} builds (1,000 keys: one); what is there once counts with the first ten. \"Used\" gets and sets each key, or writes and reads the struct as JSON. Bytes \
         are those of the stripped release program, lines those of the LLVM code before it is optimised.\n"
    );
    let head = [
        "keys",
        "",
        "debug",
        "debug, used",
        "release",
        "release, used",
        "bytes per key",
        "LLVM lines per key",
    ];
    println!("{}", markdown(&head, rows(&builds, &times, &sizes)));
}

fn packages(sizes: &[u32]) -> Vec<Package> {
    let all = sizes.iter().flat_map(|&keys| {
        Derive::ALL.into_iter().flat_map(move |derive| Use::ALL.map(|used| Package { derive, used, keys }))
    });
    all.collect()
}

const COLUMNS: [(Profile, Use); 4] = [
    (Profile::Debug, Use::Declared),
    (Profile::Debug, Use::Used),
    (Profile::Release, Use::Declared),
    (Profile::Release, Use::Used),
];

/// What the derive adds to the same struct without one: four times in milliseconds, then bytes and lines.
fn added(builds: &Builds, times: &Times, derive: Derive, keys: u32) -> Vec<f64> {
    let over_none = |figure: &dyn Fn(Derive) -> f64| figure(derive) - figure(Derive::None);
    let package = |derive, used| Package { derive, used, keys };
    let mut added: Vec<f64> = COLUMNS
        .iter()
        .map(|&(profile, used)| over_none(&|derive| median(&times[&(package(derive, used), profile)]) * 1e3))
        .collect();
    added.push(over_none(&|derive| builds.bytes(package(derive, Use::Used))));
    added.push(over_none(&|derive| builds.lines(package(derive, Use::Used))));
    added
}

/// The costs of each key between one size and the next; those of the first keys include what is there once.
fn rows(builds: &Builds, times: &Times, sizes: &[u32]) -> Vec<Vec<String>> {
    let (mut rows, mut before) = (Vec::new(), (0, [vec![0.0; 6], vec![0.0; 6]]));
    for &keys in sizes {
        let totals = [Derive::SessionData, Derive::Serde].map(|derive| added(builds, times, derive, keys));
        let each = |nth: usize| -> Vec<f64> {
            let grown = totals[nth].iter().zip(&before.1[nth]).map(|(now, then)| now - then);
            grown.map(|grown| grown / f64::from(keys - before.0)).collect()
        };
        let (ours, serde) = (each(0), each(1));
        let band = format!("{} to {keys}", before.0 + 1);
        let marks = (0..COLUMNS.len()).map(|nth| verdict(ours[nth] <= serde[nth]).to_owned());
        rows.push(row(&band, "`SessionData`", figures(&ours)));
        rows.push(row("", "`Serialize`, `Deserialize`", figures(&serde)));
        rows.push(row("", "mark: at most serde's", marks.chain([String::new(), String::new()])));
        before = (keys, totals);
    }
    rows
}

fn row(band: &str, name: &str, cells: impl IntoIterator<Item = String>) -> Vec<String> {
    [band.to_owned(), name.to_owned()].into_iter().chain(cells).collect()
}

fn figures(each: &[f64]) -> Vec<String> {
    each.iter()
        .enumerate()
        .map(|(nth, figure)| format!("{figure:.*}", if nth < COLUMNS.len() { 2 } else { 0 }))
        .collect()
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
