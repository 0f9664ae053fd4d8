//! One contender at growing sizes.

use cpu_time::ThreadTime;
use session_bench::contenders::{Client, Contender, Kind, Runner};

/// Sizes, and the nanoseconds of a request at each.
pub type Curve = Vec<(f64, f64)>;

pub struct Grown {
    pub name: &'static str,
    /// By sessions, keys and bytes: reading one key, and changing it.
    curves: [[Curve; 2]; 3],
}

impl Grown {
    pub fn read(&self, axis: usize) -> &Curve {
        &self.curves[axis][0]
    }

    pub fn change(&self, axis: usize) -> &Curve {
        &self.curves[axis][1]
    }
}

const KEYS: [u32; 7] = [1, 3, 10, 31, 100, 316, 1_000];
const BYTES: [u32; 7] = [1_000, 3_160, 10_000, 31_600, 100_000, 316_000, 1_000_000];

pub async fn all(mut contender: Contender, sessions: u32) -> Grown {
    let keys = by_content(&contender.client, KEYS.map(|keys| (keys, keys, 12))).await;
    let bytes = by_content(&contender.client, BYTES.map(|bytes| (bytes, 10, bytes / 10))).await;
    let sessions = by_sessions(&mut contender, sessions).await;
    Grown { name: contender.name, curves: [sessions, keys, bytes] }
}

/// The sizes, each with its number of keys and their bytes; the key in the middle is read and changed.
async fn by_content(client: &Client, sizes: [(u32, u32, u32); 7]) -> [Curve; 2] {
    let (mut read, mut change) = (Vec::new(), Vec::new());
    for (size, keys, bytes) in sizes {
        let cookies = [client.session(&format!("/fill/{keys}/{bytes}")).await];
        let key = keys / 2;
        read.push((f64::from(size), time(client, &format!("/one/{key}"), &cookies).await));
        change.push((f64::from(size), time(client, &format!("/put/{key}/{bytes}"), &cookies).await));
    }
    [read, change]
}

/// Sessions that are asked for, at most: far more than a processor's caches hold.
const ASKED: u32 = 20_000;

/// The typical session; those that are asked for are spread evenly over all.
async fn by_sessions(contender: &mut Contender, most: u32) -> [Curve; 2] {
    let (mut read, mut change) = (Vec::new(), Vec::new());
    let mut runners = contender.runners.iter_mut();
    let (_, create) = runners.find(|(kind, _)| *kind == Kind::Create).expect("all create");
    let (mut cookies, mut stored, mut size) = (Vec::new(), 0, 1);
    while size <= most {
        fill(&contender.client, create, size - stored, &mut cookies).await;
        stored = size;
        read.push((f64::from(size), time(&contender.client, "/read", &cookies).await));
        change.push((f64::from(size), time(&contender.client, "/update", &cookies).await));
        size *= 10;
    }
    [read, change]
}

async fn fill(client: &Client, create: &mut Runner, sessions: u32, cookies: &mut Vec<String>) {
    let between = sessions.div_ceil(ASKED);
    let mut left = sessions;
    while left > 0 {
        let now = between.min(left);
        create(now - 1).await;
        cookies.push(client.session("/fill/typical").await);
        left -= now;
    }
}

const ROUNDS: usize = 7;
const ROUND_NS: f64 = 10e6;

/// Nanoseconds of processor time per request, the median of some rounds; the cookies take turns far from one another.
async fn time(client: &Client, path: &str, cookies: &[String]) -> f64 {
    const STEP: usize = 7_919; // prime, so that every one of them gets its turn
    let mut at = 0;
    let mut round = async |requests: u32| {
        let begun = ThreadTime::now();
        for _ in 0..requests {
            at = (at + STEP) % cookies.len();
            let reply = client.get(path, Some(&cookies[at])).await;
            assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        }
        let took = begun.elapsed().as_secs_f64() * 1e9 / f64::from(requests);
        tokio::task::yield_now().await;
        took
    };
    let once = round(3).await;
    let requests = (1..=2_000).rev().find(|&count| f64::from(count) * once <= ROUND_NS).unwrap_or(1);
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(requests).await);
    }
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}
