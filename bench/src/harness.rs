//! Everyone in turn, many rounds, so that a change of the machine's speed hits all alike.
//!
//! Time is the processor time of this one thread: on a machine that others use as well, what they take does not count.

use cpu_time::ThreadTime;

use crate::contenders::{Contender, Kind};

/// What one contender took for one kind of request, per request, over all rounds.
#[derive(Debug, Clone)]
pub struct Cell {
    pub contender: &'static str,
    pub kind: Kind,
    /// Nanoseconds, ascending.
    pub ns: Vec<f64>,
}

impl Cell {
    #[must_use]
    pub fn median(&self) -> f64 {
        self.ns[self.ns.len() / 2]
    }

    /// The middle half: from the first quarter to the third.
    #[must_use]
    pub fn spread(&self) -> (f64, f64) {
        (self.ns[self.ns.len() / 4], self.ns[self.ns.len() * 3 / 4])
    }
}

/// Drives every contender through every kind of request it answers, `rounds` times.
pub async fn run(contenders: &mut [Contender], kinds: &[Kind], rounds: usize) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for kind in kinds {
        for contender in contenders.iter_mut() {
            for (_, runner) in contender.runners.iter_mut().filter(|(of, _)| of == kind) {
                runner(kind.requests() / 4).await;
                cells.push(Cell { contender: contender.name, kind: *kind, ns: Vec::with_capacity(rounds) });
            }
        }
    }
    for _ in 0..rounds {
        let mut cell = cells.iter_mut();
        for kind in kinds {
            for contender in contenders.iter_mut() {
                for (_, runner) in contender.runners.iter_mut().filter(|(of, _)| of == kind) {
                    let requests = kind.requests();
                    let started = ThreadTime::now();
                    runner(requests).await;
                    let took = started.elapsed().as_secs_f64() * 1e9 / f64::from(requests);
                    cell.next().expect("as many as were made").ns.push(took);
                    // Handlers that never wait starve the runtime's timer.
                    tokio::task::yield_now().await;
                }
            }
        }
    }
    for cell in &mut cells {
        cell.ns.sort_unstable_by(f64::total_cmp);
    }
    cells
}
