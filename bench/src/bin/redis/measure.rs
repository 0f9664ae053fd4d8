//! Rounds, taken in turn, and what they cost.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::server::Server;

/// One way to serve requests.
pub trait Contender {
    fn name(&self) -> &'static str;

    /// Serves as many requests as it can, so many at a time, for so long.
    fn serve(&self, concurrency: usize, time: Duration) -> Served;
}

pub struct Served {
    pub requests: u64,
    pub time: Duration,
    pub client_nanos: u64,
}

/// What one round of one contender showed, for each request.
#[derive(Clone, Copy)]
pub struct Round {
    pub per_second: f64,
    pub client_micros: f64,
    pub server_micros: f64,
}

pub struct Figures {
    pub name: &'static str,
    pub rounds: Vec<Round>,
    pub commands: String,
}

impl Figures {
    pub fn median(&self, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(of))
    }

    /// The median of what each round says in comparison with the other's same round, which was disturbed by the same.
    pub fn against(&self, other: &Self, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(own, others)| of(own) / of(others)))
    }
}

/// Runs all contenders once in each round, in an order that changes from round to round.
pub fn run(
    server: &Server,
    contenders: &[Box<dyn Contender>],
    concurrency: usize,
    time: Duration,
    rounds: u32,
) -> Vec<Figures> {
    let mut figures: Vec<Figures> = contenders
        .iter()
        .map(|contender| Figures { name: contender.name(), rounds: Vec::new(), commands: String::new() })
        .collect();
    for round in 0..rounds as usize {
        for turn in 0..contenders.len() {
            let nth = (round + turn) % contenders.len();
            server.reset();
            let before = server.cpu_nanos();
            let served = contenders[nth].serve(concurrency, time);
            #[expect(clippy::cast_precision_loss, reason = "figures to be read")]
            let (requests, client, used) =
                (served.requests as f64, served.client_nanos as f64, (server.cpu_nanos() - before) as f64);
            figures[nth].rounds.push(Round {
                per_second: requests / served.time.as_secs_f64(),
                client_micros: client / requests / 1e3,
                server_micros: used / requests / 1e3,
            });
            figures[nth].commands = per_request(&server.calls(), requests);
        }
    }
    figures
}

fn per_request(calls: &[(String, u64)], requests: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "figures to be read")]
    let each = |(command, calls): &(String, u64)| format!("{command} {:.2}", *calls as f64 / requests);
    calls.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What a request is, for those that run on tokio.
pub type Request = Arc<dyn Fn(usize) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A contender on a tokio runtime; its requests get the number of their task.
pub struct OnTokio {
    name: &'static str,
    runtime: tokio::runtime::Handle,
    request: Request,
}

impl OnTokio {
    pub fn all<const N: usize>(
        runtime: &tokio::runtime::Runtime,
        requests: [(&'static str, Request); N],
    ) -> Vec<Box<dyn Contender>> {
        let contender = |(name, request)| Self { name, runtime: runtime.handle().clone(), request };
        requests.map(contender).map(|contender| Box::new(contender) as Box<dyn Contender>).into()
    }
}

impl Contender for OnTokio {
    fn name(&self) -> &'static str {
        self.name
    }

    fn serve(&self, concurrency: usize, time: Duration) -> Served {
        self.runtime.block_on(async {
            let (begun, before) = (Instant::now(), own_cpu_nanos());
            let mut tasks = tokio::task::JoinSet::new();
            for task in 0..concurrency {
                let request = Arc::clone(&self.request);
                tasks.spawn(async move {
                    let mut requests = 0;
                    while begun.elapsed() < time {
                        request(task).await;
                        requests += 1;
                    }
                    requests
                });
            }
            let requests = tasks.join_all().await.into_iter().sum();
            Served { requests, time: begun.elapsed(), client_nanos: own_cpu_nanos() - before }
        })
    }
}

pub fn own_cpu_nanos() -> u64 {
    cpu_nanos_of("self")
}

/// The time on a processor of all threads of a process, which must go on living.
pub fn cpu_nanos_of(process: &str) -> u64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return 0 };
    threads
        .flatten()
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum()
}
