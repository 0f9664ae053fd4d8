//! What the memory store takes in memory and time: `cargo bench -p session-tests --all-features --bench memory_store`, with
//! the number of sessions and the length of their texts as arguments (`-- 100000 600`; 1,000,000 and 200 without them).
//!
//! It is compared with the least that could be done: hash tables behind 64 locks that hold nothing but the texts. All
//! contenders run in turn within each round, so that a change of the machine's speed hits all of them alike; the median
//! of the rounds is printed. A compass, not a test: the bound on memory is asserted by the test `store`.
//!
//! How long a get takes is decided by whether what it reads is in the processor's cache, and so by who comes: each pattern
//! of visits is printed by its name. When visitors come at random from all sessions alike, nothing is in the cache, and
//! no store can be faster than the memory: it has to find the session by its key, and to count one more owner of the
//! text. Chains of loads, each of which needs the one before, show what the memory takes for that.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]
#![allow(clippy::cast_precision_loss, reason = "means are printed with one digit")]

use std::cell::Cell;
use std::collections::HashMap;
use std::future::ready;
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use session_runtime::testing::ManualClock;
use session_runtime::{Clock, Expiry, MemoryStore, PutIf, Record, SessionId, Store, StoreKey};

/// Many short rounds: on a busy machine most of them are not interrupted.
const ROUNDS: usize = 201;
const GETS: usize = 250;
/// How many visits of the same kind come before those that are timed, so that the cache holds what it holds for them.
const BEFORE: usize = 4_000;
/// How many visits a pattern has, before it begins again.
const VISITS: usize = 1 << 20;
/// What a get of one million sessions is asked to take at most, in nanoseconds.
const MARK: f64 = 150.0;

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

/// SplitMix64: what is random here need only be without a pattern.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("small")
    }

    /// From 0 to 1.
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Memory in which every cache line says which one is next, in one round through all of them.
struct Chain(Vec<[usize; 8]>);

impl Chain {
    fn of_bytes(bytes: usize) -> Self {
        let mut lines: Vec<[usize; 8]> = (0..bytes / 64).map(|at| [at; 8]).collect();
        let mut random = Random(2);
        for last in (1..lines.len()).rev() {
            // Sattolo's algorithm: never to itself, so that one round it is.
            lines.swap(last, random.below(last));
        }
        Self(lines)
    }

    fn follow(&self, from: &Cell<usize>, loads: usize) {
        let end = (0..loads).fold(from.get(), |at, _| self.0[at][0]);
        from.set(black_box(end));
    }
}

/// Who visits: a name, and for each visit the number of a session.
fn patterns(sessions: usize) -> [(&'static str, Vec<usize>); 4] {
    let mut random = Random(1);
    let few = sessions.min(1_000);
    // Hot sessions are not neighbours in memory.
    let mut ranked: Vec<usize> = (0..sessions).collect();
    for last in (1..sessions).rev() {
        ranked.swap(last, random.below(last + 1));
    }
    let mut visits = |session: &mut dyn FnMut(usize, &mut Random) -> usize| -> Vec<usize> {
        (0..VISITS).map(|visit| session(visit, &mut random)).collect()
    };
    [
        ("in the order they were put", visits(&mut |visit, _| visit % sessions)),
        ("1,000 of them, at random", visits(&mut |_, random| ranked[random.below(few)])),
        (
            // A session's share of the visits is one part in its rank.
            "few often and many seldom, at random",
            visits(&mut |_, random| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "from 1 to sessions"
                )]
                let rank = (sessions as f64).powf(random.part()) as usize;
                ranked[rank.min(sessions) - 1]
            }),
        ),
        ("all alike, at random", visits(&mut |_, random| random.below(sessions))),
    ]
}

/// Says what a session takes, and gives that back.
fn memory(sessions: usize, len: usize) -> f64 {
    let clock = ManualClock::at(0);
    let keys: Vec<StoreKey> = (0..sessions).map(|_| StoreKey::hashed(&SessionId::random())).collect();
    let store = MemoryStore::with_limits(usize::MAX, sessions).clock(clock.clock());
    let heap = allocation_counter::measure(|| fill(&store, &keys, len));
    let per_session = heap.bytes_current as f64 / sessions as f64;
    println!(
        "{sessions} sessions of {len} bytes: {per_session:.1} bytes each, {:.1} more",
        per_session - len as f64
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
    per_session
}

fn fill(store: &MemoryStore, keys: &[StoreKey], len: usize) {
    for key in keys {
        let text = Record::new("x".repeat(len));
        let put = store.put(key, PutIf::Absent, &text, Expiry::After(Duration::from_secs(10)));
        now(put).expect("put");
    }
}

struct Contender<'a> {
    name: &'static str,
    get: Box<dyn Fn(usize) + 'a>,
    ns: Vec<f64>,
}

const STORE: &str = "memory store";

/// Everybody who takes part, the bare table first. `keys` are those of the visits, in their order, so that reading them
/// costs next to nothing.
fn contenders<'a>(
    stores: &'a Stores,
    keys: &'a [StoreKey],
    shorts: &'a [[u8; 16]],
    from: &'a Cell<usize>,
) -> Vec<Contender<'a>> {
    let load = |store: &MemoryStore, at: usize| {
        black_box(now(store.load(&keys[at])).expect("load").expect("kept"));
    };
    let clock = Clock::system();
    let contender = |name, get| Contender { name, get, ns: Vec::new() };
    vec![
        contender("bare hash table", Box::new(|at| drop(black_box(stores.bare.get(shorts[at]))))),
        contender(STORE, Box::new(move |at| load(&stores.system, at))),
        contender("the same, its clock standing still", Box::new(move |at| load(&stores.frozen, at))),
        contender(
            "only the clock",
            Box::new(move |_| {
                black_box(clock.now_ms());
            }),
        ),
        contender(
            "only reading the key, and a future",
            Box::new(|at| {
                black_box(now(Box::pin(ready(black_box(keys[at])))));
            }),
        ),
        contender("1 load anywhere in as much memory", Box::new(|_| stores.chain.follow(from, 1))),
        contender("2 loads, one after the other", Box::new(|_| stores.chain.follow(from, 2))),
        contender("3 loads, one after the other", Box::new(|_| stores.chain.follow(from, 3))),
    ]
}

struct Stores {
    bare: Bare,
    frozen: MemoryStore,
    /// Reads the system's clock, as it does for real, though nothing ever expires.
    system: MemoryStore,
    chain: Chain,
}

fn speed(sessions: usize, len: usize, per_session: f64) {
    let keys: Vec<StoreKey> = (0..sessions).map(|_| StoreKey::hashed(&SessionId::random())).collect();
    let frozen = MemoryStore::with_limits(usize::MAX, sessions).clock(Clock::from_fn(|| 0));
    let bare = Bare((0..64).map(|_| Mutex::default()).collect());
    fill(&frozen, &keys, len);
    for key in &keys {
        bare.put(short(key), "x".repeat(len).into());
    }
    let system = frozen.clone().clock(Clock::from_fn({
        let clock = Clock::system();
        move || clock.now_ms().min(1)
    }));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
    let chain = Chain::of_bytes((sessions as f64 * per_session) as usize);
    let stores = Stores { bare, frozen, system, chain };
    for (name, visits) in patterns(sessions) {
        let keys: Vec<StoreKey> = visits.iter().map(|session| keys[*session]).collect();
        let shorts: Vec<[u8; 16]> = keys.iter().map(short).collect();
        let from = Cell::new(0);
        let mut contenders = contenders(&stores, &keys, &shorts, &from);
        let number = contenders.len();
        for round in 0..ROUNDS {
            for (nth, contender) in contenders.iter_mut().enumerate() {
                // Each has others, so that none finds in the cache what the one before it has read.
                let first = BEFORE + (round * number + nth) * GETS % (VISITS - BEFORE - GETS);
                for at in first - BEFORE..first {
                    (contender.get)(at);
                }
                let start = Instant::now();
                for at in first..first + GETS {
                    (contender.get)(at);
                }
                contender.ns.push(start.elapsed().as_nanos() as f64 / GETS as f64);
            }
        }
        println!("\none get of {sessions} sessions of {len} bytes, {name}:");
        print(&mut contenders);
    }
}

fn print(contenders: &mut [Contender<'_>]) {
    let base = median(&mut contenders[0].ns);
    for contender in contenders {
        let (median, low) = (median(&mut contender.ns), contender.ns[0]);
        let verdict = match contender.name {
            STORE if median <= MARK => "; 150 ns: reached",
            STORE => "; 150 ns: MISSED",
            _ => "",
        };
        println!(
            "  {:<36} {median:>7.0} ns, at best {low:.0}; {:.2} of the bare table{verdict}",
            contender.name,
            median / base
        );
    }
}

fn median(ns: &mut [f64]) -> f64 {
    ns.sort_by(f64::total_cmp);
    ns[ns.len() / 2]
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let (sessions, len) = (numbers.next().unwrap_or(1_000_000), numbers.next().unwrap_or(200));
    let per_session = memory(sessions, len);
    speed(sessions, len, per_session);
}
