//! How long something takes.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

pub(crate) type Run = Box<dyn FnMut()>;

pub(crate) const ROUNDS: usize = 61;
/// How long one side of a round takes.
pub(crate) const SAMPLE: f64 = 250e3;
/// Before the first round, so that memory, caches and the prediction of branches are what they stay.
const WARM_UP: f64 = 30e6;

/// What one process has measured, times in nanoseconds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) ours: f64,
    pub(crate) base: f64,
    /// The median of the rounds' ratios.
    pub(crate) ratio: f64,
}

fn now() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("a clock that runs forward")
}

/// Nanoseconds of one run.
pub(crate) fn time(run: &mut Run, times: u32) -> f64 {
    let start = now();
    for _ in 0..times {
        run();
    }
    (now() - start).as_secs_f64() * 1e9 / f64::from(times)
}

/// Warms up, and finds out how often to run for so many nanoseconds.
pub(crate) fn calibrate(run: &mut Run, nanoseconds: f64) -> u32 {
    let often = |nanoseconds: f64, once: f64| {
        (0..20)
            .map(|doublings| 1 << doublings)
            .take_while(|&times| f64::from(times) * once <= nanoseconds)
            .last()
    };
    let cold = time(run, 3).max(1.0);
    let warm = time(run, often(WARM_UP, cold).unwrap_or(1));
    often(nanoseconds, warm).unwrap_or(1)
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Both sides in turn within each round, so that a change of the machine's speed hits both alike.
pub(crate) fn side_by_side((mut ours, mut base): (Run, Run)) -> Figures {
    let (often, seldom) = (calibrate(&mut ours, SAMPLE), calibrate(&mut base, SAMPLE));
    let round = |_| (time(&mut ours, often), time(&mut base, seldom));
    let rounds: Vec<(f64, f64)> = (0..ROUNDS).map(round).collect();
    Figures {
        ours: median(rounds.iter().map(|round| round.0).collect()),
        base: median(rounds.iter().map(|round| round.1).collect()),
        ratio: median(rounds.iter().map(|round| round.0 / round.1).collect()),
    }
}
