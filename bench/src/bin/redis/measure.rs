//! Rounds, taken in turn, and what they cost.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Barrier};
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

/// Connects, fills the sessions, and gives the request that reads or changes the one of a task.
pub type Prepare = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Request>>> + Send + Sync>;

/// The same, from an async function's call.
pub fn prepare<F: Future<Output = Request> + 'static>(
    name: &'static str,
    connect: impl Fn() -> F + Send + Sync + 'static,
) -> (&'static str, Prepare) {
    (name, Arc::new(move || Box::pin(connect())))
}

/// A contender on tokio's usual runtime: its threads share all tasks and one connection.
pub struct OnTokio {
    name: &'static str,
    runtime: tokio::runtime::Handle,
    request: Request,
}

impl OnTokio {
    pub fn boxed(
        runtime: &tokio::runtime::Runtime,
        (name, prepare): &(&'static str, Prepare),
    ) -> Box<dyn Contender> {
        let request = runtime.block_on(prepare());
        Box::new(Self { name, runtime: runtime.handle().clone(), request })
    }
}

impl Contender for OnTokio {
    fn name(&self) -> &'static str {
        self.name
    }

    fn serve(&self, concurrency: usize, time: Duration) -> Served {
        self.runtime.block_on(async {
            let (begun, before) = (Instant::now(), own_cpu_nanos());
            let requests = work(&self.request, concurrency, begun + time).await;
            Served { requests, time: begun.elapsed(), client_nanos: own_cpu_nanos() - before }
        })
    }
}

/// So many tasks that make requests until then.
async fn work(request: &Request, tasks: usize, end: Instant) -> u64 {
    let mut running = tokio::task::JoinSet::new();
    for task in 0..tasks {
        let request = Arc::clone(request);
        running.spawn(async move {
            let mut requests = 0;
            while Instant::now() < end {
                request(task).await;
                requests += 1;
            }
            requests
        });
    }
    running.join_all().await.into_iter().sum()
}

/// A contender with two threads, each with a runtime and a connection of its own.
pub struct OnThreads {
    name: &'static str,
    prepare: Prepare,
}

impl OnThreads {
    pub fn boxed((name, prepare): &(&'static str, Prepare)) -> Box<dyn Contender> {
        Box::new(Self { name, prepare: Arc::clone(prepare) })
    }
}

impl Contender for OnThreads {
    fn name(&self) -> &'static str {
        self.name
    }

    fn serve(&self, concurrency: usize, time: Duration) -> Served {
        let prepare = Arc::clone(&self.prepare);
        on_threads(concurrency, move |tasks, turns| {
            let prepare = Arc::clone(&prepare);
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let request = prepare().await;
                turns.begin();
                let requests = work(&request, tasks, Instant::now() + time).await;
                turns.end();
                requests
            })
        })
    }
}

/// When all threads have begun, and when all have ended.
pub struct Turns {
    ready: Barrier,
    done: Barrier,
}

impl Turns {
    /// What comes before is not measured.
    pub fn begin(&self) {
        self.ready.wait();
    }

    /// What comes behind is not measured; a thread waits until its time has been read.
    pub fn end(&self) {
        self.done.wait();
        self.done.wait();
    }
}

const THREADS: usize = 2;

/// Shares so many tasks out among threads, each of which serves and counts requests.
pub fn on_threads(
    concurrency: usize,
    serve: impl Fn(usize, &Turns) -> u64 + Clone + Send + 'static,
) -> Served {
    let threads = THREADS.min(concurrency);
    let turns = Arc::new(Turns { ready: Barrier::new(threads + 1), done: Barrier::new(threads + 1) });
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (serve, turns) = (serve.clone(), Arc::clone(&turns));
            std::thread::spawn(move || serve(concurrency / threads, &turns))
        })
        .collect();
    turns.ready.wait();
    let (begun, before) = (Instant::now(), own_cpu_nanos());
    turns.done.wait();
    let (time, client_nanos) = (begun.elapsed(), own_cpu_nanos() - before);
    turns.done.wait();
    let requests = workers.into_iter().map(|worker| worker.join().expect("no panic")).sum();
    Served { requests, time, client_nanos }
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
