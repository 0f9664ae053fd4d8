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

pub struct Figures {
    pub name: &'static str,
    pub per_second: f64,
    pub client_micros: f64,
    pub server_micros: f64,
    pub commands: String,
}

pub fn run(
    server: &Server,
    contenders: &[Box<dyn Contender>],
    concurrency: usize,
    time: Duration,
    rounds: u32,
) -> Vec<Figures> {
    let mut all: Vec<Vec<(f64, f64, f64)>> = contenders.iter().map(|_| Vec::new()).collect();
    let mut commands = vec![String::new(); contenders.len()];
    for _ in 0..rounds {
        for (nth, contender) in contenders.iter().enumerate() {
            server.reset();
            let before = server.cpu_nanos();
            let served = contender.serve(concurrency, time);
            #[expect(clippy::cast_precision_loss, reason = "figures to be read")]
            let (requests, client, used) =
                (served.requests as f64, served.client_nanos as f64, (server.cpu_nanos() - before) as f64);
            all[nth].push((
                requests / served.time.as_secs_f64(),
                client / requests / 1e3,
                used / requests / 1e3,
            ));
            commands[nth] = per_request(&server.calls(), requests);
        }
    }
    let figures = contenders.iter().zip(all).zip(commands);
    figures
        .map(|((contender, rounds), commands)| Figures {
            name: contender.name(),
            per_second: median(rounds.iter().map(|round| round.0)),
            client_micros: median(rounds.iter().map(|round| round.1)),
            server_micros: median(rounds.iter().map(|round| round.2)),
            commands,
        })
        .collect()
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
    pub name: &'static str,
    pub runtime: tokio::runtime::Handle,
    pub request: Request,
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
