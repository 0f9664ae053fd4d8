//! Sessions on Redis, side by side in one run: the bare client, a floor without any library, ours, and the peers.
//!
//! `cargo run --release --manifest-path bench/Cargo.toml --bin redis -- [seconds] [name] [heading]`: so many seconds for
//! each contender and concurrency (1), only the contender of this name (all), and only under headings with
//! that in them (all), such as "write, 64".
//!
//! It starts a `redis-server` of its own (`REDIS_SERVER` names another program) on a free port of the loopback interface.
//! Requests are made in process, without a socket. The contenders take turns in short rounds, so that what disturbs the
//! machine disturbs them all. A figure is the median of its rounds, a ratio the median of the ratios within each round.
//! Compare within one run only.
//!
//! Client, server and benchmark share the machine's processors. Where something else is at work on them, requests per
//! second say little; the processor's time for a request, the server's included, suffers less.

mod actix;
mod axum_apps;
mod data;
mod measure;
mod raw;
mod server;

use std::time::Duration;

use self::measure::{Contender, Figures, OnThreads, OnTokio};
use self::server::Server;

const ROUNDS: u32 = 11;

/// What a mark compares, and what it asks for.
struct Mark {
    of: &'static str,
    against: &'static str,
    at_least: f64,
}

/// How the threads that serve requests share their work. actix-web knows the second way alone.
#[derive(Clone, Copy)]
enum Scheme {
    /// Two threads share all tasks and one connection: what `#[tokio::main]` gives.
    Shared,
    /// Each of two threads has tasks and a connection of its own.
    Apart,
}

fn main() {
    let seconds: f64 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(1.0);
    let round = Duration::from_secs_f64(seconds / f64::from(ROUNDS));
    let [only, under] = [2, 3].map(|nth| std::env::args().nth(nth).unwrap_or_default());
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    println!("{}; {ROUNDS} rounds of {round:?}; 2 threads for requests", server.version());
    let kinds = [20, 1_000].into_iter().flat_map(|cart| [(cart, false), (cart, true)]);
    for (cart, writing) in kinds {
        for (concurrency, scheme) in [(1, Scheme::Shared), (64, Scheme::Shared), (64, Scheme::Apart)] {
            let what = if writing { "read, modify, write" } else { "read a key" };
            let how = match scheme {
                _ if concurrency == 1 => "",
                Scheme::Shared => " by threads that share one connection",
                Scheme::Apart => " by threads with a connection each",
            };
            let bytes = data::json(cart).len();
            let heading = format!("{what}, {concurrency} at a time{how}, a session of {bytes} bytes of JSON");
            if !heading.contains(&under) {
                continue;
            }
            let mut contenders = contenders(&server, &runtime, scheme, (cart, writing));
            contenders.retain(|contender| only.is_empty() || contender.name() == only);
            println!("\n{heading}");
            let figures = measure::run(&server, &contenders, concurrency, round, ROUNDS);
            print(&figures);
            if concurrency == 64 {
                print_marks(&figures, writing);
            }
        }
    }
}

fn contenders(
    server: &Server,
    runtime: &tokio::runtime::Runtime,
    scheme: Scheme,
    (cart, writing): (usize, bool),
) -> Vec<Box<dyn Contender>> {
    let url = server.url();
    let raw = raw::contenders(&url, cart, writing);
    let all = raw.into_iter().chain(axum_apps::contenders(&url, cart, writing));
    let mut all: Vec<_> = all
        .map(|contender| match scheme {
            Scheme::Shared => OnTokio::boxed(runtime, &contender),
            Scheme::Apart => OnThreads::boxed(&contender),
        })
        .collect();
    all.extend(actix::contenders(server, cart, writing).map(|actix| Box::new(actix) as Box<dyn Contender>));
    all
}

fn print(figures: &[Figures]) {
    println!(
        "{:<26} {:>9} {:>11} {:>11}  commands per request, a script's own included",
        "", "requests/s", "client µs", "server µs"
    );
    for figure in figures {
        println!(
            "{:<26} {:>9.0} {:>11.2} {:>11.2}  {}",
            figure.name,
            figure.median(|round| round.per_second),
            figure.median(|round| round.client_micros),
            figure.median(|round| round.server_micros),
            figure.commands
        );
    }
}

/// The marks are asked for the short session; with the long one they show what its length costs.
fn print_marks(figures: &[Figures], writing: bool) {
    let marks: &[Mark] = if writing {
        &[
            Mark { of: "ours", against: "floor", at_least: 0.85 },
            Mark { of: "ours", against: "tower-sessions", at_least: 1.3 },
            Mark { of: "ours", against: "actix-session", at_least: 0.9 },
            Mark { of: "ours, on actix-web", against: "actix-session", at_least: 0.9 },
        ]
    } else {
        &[
            Mark { of: "ours", against: "floor", at_least: 0.95 },
            Mark { of: "ours", against: "actix-session", at_least: 1.25 },
            Mark { of: "ours, on actix-web", against: "actix-session", at_least: 1.25 },
        ]
    };
    let find = |name: &str| figures.iter().find(|figure| figure.name == name);
    for Mark { of, against, at_least } in marks {
        let (Some(own), Some(other)) = (find(of), find(against)) else { continue };
        let ratio = own.against(other, |round| round.per_second);
        let verdict = if ratio >= *at_least { "reached" } else { "MISSED" };
        let processor = own.against(other, |round| round.client_micros + round.server_micros);
        println!(
            "  {of} / {against}: {ratio:.2} of its requests/s (asked: {at_least}) {verdict}; \
             {processor:.2} of its processor time"
        );
    }
}
