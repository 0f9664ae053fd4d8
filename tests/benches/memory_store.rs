//! What the memory store takes in memory and time: `cargo bench -p session-tests --bench memory_store`, with the number
//! of sessions as an argument (`-- 100000`; 1,000,000 without one).
//!
//! It is compared with the least that could be done: hash tables behind 64 locks that hold nothing but the texts. All
//! contenders run in turn within each round, so that a change of the machine's speed hits all of them alike; the median
//! of the rounds is printed. A compass, not a test: the bound on memory is asserted by the test `store`.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(clippy::cast_precision_loss, reason = "means are printed with one digit")]

use std::collections::HashMap;
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use session_runtime::testing::ManualClock;
use session_runtime::{Clock, Expiry, MemoryStore, PutIf, Record, SessionId, Store, StoreKey};

/// Many short rounds: on a busy machine most of them are not interrupted.
const ROUNDS: usize = 801;
const GETS: usize = 250;
const TEXT: usize = 200;

/// The futures of the memory store are ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it does not wait"),
    }
}

/// Texts behind 64 locks, under keys of 16 bytes that need no conversion: no expiry, no order of use, no bounds.
struct Bare(Vec<Mutex<HashMap<[u8; 16], Arc<str>>>>);

impl Bare {
    fn shard(&self, key: [u8; 16]) -> &Mutex<HashMap<[u8; 16], Arc<str>>> {
        &self.0[usize::from(key[0]) % self.0.len()]
    }

    fn put(&self, key: [u8; 16], text: Arc<str>) {
        self.shard(key).lock().expect("no panic").insert(key, text);
    }

    fn get(&self, key: [u8; 16]) -> Option<Arc<str>> {
        self.shard(key).lock().expect("no panic").get(&key).cloned()
    }
}

fn short(key: &StoreKey) -> [u8; 16] {
    let mut short = [0; 16];
    for (byte, pair) in short.iter_mut().zip(key.as_str().as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex");
    }
    short
}

/// SplitMix64: the order of the gets need only be without a pattern.
fn shuffle<T>(items: &mut [T]) {
    let mut state = 1_u64;
    for last in (1..items.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let at = (mixed ^ mixed >> 27) % (last as u64 + 1);
        items.swap(last, usize::try_from(at).expect("small"));
    }
}

fn memory(sessions: usize) {
    let clock = ManualClock::at(0);
    let keys: Vec<StoreKey> = (0..sessions).map(|_| StoreKey::hashed(&SessionId::random())).collect();
    let store = MemoryStore::with_limits(usize::MAX, sessions).clock(clock.clock());
    let heap = allocation_counter::measure(|| fill(&store, &keys));
    let per_session = heap.bytes_current as f64 / sessions as f64;
    println!(
        "{sessions} sessions of {TEXT} bytes: {per_session:.1} bytes each, {:.1} more",
        per_session - TEXT as f64
    );
    clock.advance(Duration::from_secs(11));
    let start = Instant::now();
    let freed = allocation_counter::measure(|| {
        store.purge_expired();
    });
    println!(
        "expired and purged: {} bytes left; {:.0} ns a record",
        heap.bytes_current + freed.bytes_current,
        start.elapsed().as_nanos() as f64 / sessions as f64
    );
}

fn fill(store: &MemoryStore, keys: &[StoreKey]) {
    for key in keys {
        let text = Record::new("x".repeat(TEXT));
        let put = store.put(key, PutIf::Absent, &text, Expiry::After(Duration::from_secs(10)));
        now(put).expect("put");
    }
}

struct Contender<'a> {
    name: &'static str,
    get: Box<dyn Fn(usize) + 'a>,
    ns: Vec<f64>,
}

fn speed(sessions: usize) {
    let mut keys: Vec<StoreKey> = (0..sessions).map(|_| StoreKey::hashed(&SessionId::random())).collect();
    let frozen = Clock::from_fn(|| 0);
    let store = MemoryStore::with_limits(usize::MAX, sessions).clock(frozen);
    let bare = Bare((0..64).map(|_| Mutex::default()).collect());
    fill(&store, &keys);
    for key in &keys {
        bare.put(short(key), "x".repeat(TEXT).into());
    }
    // What the process does for real: each handle of the store reads the system's clock.
    let system = store.clone().clock(Clock::from_fn({
        let clock = Clock::system();
        move || clock.now_ms().min(1)
    }));
    for order in ["in the order they were put", "in random order"] {
        if order == "in random order" {
            shuffle(&mut keys);
        }
        let shorts: Vec<[u8; 16]> = keys.iter().map(short).collect();
        let clock = Clock::system();
        let load = |store: &MemoryStore, at: usize| {
            black_box(now(store.load(&keys[at])).expect("load").expect("kept"));
        };
        let mut contenders = [
            (
                "bare hash table",
                Box::new(|at: usize| {
                    black_box(bare.get(shorts[at]));
                }) as Box<dyn Fn(usize)>,
            ),
            ("memory store, clock stands still", Box::new(|at| load(&store, at))),
            ("memory store", Box::new(|at| load(&system, at))),
            (
                "the clock alone",
                Box::new(|_| {
                    black_box(clock.now_ms());
                }),
            ),
        ]
        .map(|(name, get)| Contender { name, get, ns: Vec::new() });
        for round in 0..ROUNDS {
            for (number, contender) in contenders.iter_mut().enumerate() {
                // Each reads others, so that none finds in the cache what the one before it has read.
                let first = (round * 4 + number) * GETS % sessions.saturating_sub(GETS).max(1);
                let start = Instant::now();
                for at in first..(first + GETS).min(sessions) {
                    (contender.get)(at);
                }
                contender.ns.push(start.elapsed().as_nanos() as f64 / GETS.min(sessions) as f64);
            }
        }
        println!("one get of {sessions} sessions, {order}:");
        let base = median(&mut contenders[0].ns);
        for contender in &mut contenders {
            let (median, low) = (median(&mut contender.ns), contender.ns[0]);
            println!(
                "  {:<34} {median:>7.0} ns, at best {low:.0}; {:.2} of the bare table",
                contender.name,
                median / base
            );
        }
    }
}

fn median(ns: &mut [f64]) -> f64 {
    ns.sort_by(f64::total_cmp);
    ns[ns.len() / 2]
}

fn main() {
    let sessions = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    memory(sessions);
    speed(sessions);
}
