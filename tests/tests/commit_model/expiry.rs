//! Expiry against use: the clock moves between any two steps.

use std::time::Duration;

use session_runtime::SessionConfig;

use crate::check;
use crate::client::Act;
use crate::explore::{End, Scenario, explore};
use crate::pairs::{prove, scenario};
use crate::sim::{Flaw, START};

const IDLE: Duration = Duration::from_millis(1000);
pub(crate) const ABSOLUTE: Duration = Duration::from_millis(2100);

fn config() -> SessionConfig {
    SessionConfig::default().idle(IDLE).absolute(ABSOLUTE)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap()
}

/// What expired stays gone, nothing lives beyond its absolute end, and use keeps a session alive.
fn checked(end: &End) -> Result<(), String> {
    let key = end.key(&end.first);
    let limit = START + millis(ABSOLUTE);
    // A store counts from when a call arrives, so a slow call may keep the record a little longer; nobody gets it.
    if end.sim.world().now() >= limit && check::see(end, &end.first)?.is_some() {
        return Err("it lives beyond its absolute end".to_owned());
    }
    {
        let world = end.sim.world();
        if world.expired.contains(&key) && world.live(&key).is_some() {
            return Err("it expired and is back".to_owned());
        }
        let expires = world.records.get(&key).and_then(|kept| kept.expires);
        for report in end.reports.iter().filter(|report| report.bound && report.acknowledged()) {
            // A touch is spared where a sixteenth of the time or less has passed; one that fails is not an error.
            let until = (report.used_at + millis(IDLE - IDLE / 16)).min(limit);
            let ended = end.scenario.acts.iter().any(|act| act.destroys()) || world.expired.contains(&key);
            if end.faults == 0 && !ended && expires.is_some_and(|expires| expires < until) {
                return Err("it was used, and its time was not extended".to_owned());
            }
        }
    }
    check::all(end)
}

fn timed(name: &str, acts: &[Act], one_process: bool, ticks: u32) -> Scenario {
    Scenario { config, ticks, faults: 1, check: checked, ..scenario(name, acts, false, one_process) }
}

/// Astro's layout in a store that knows expiry, which Astro's own does not ask for.
pub(crate) fn astro_config() -> SessionConfig {
    SessionConfig::astro().idle(IDLE).absolute(ABSOLUTE)
}

fn prove_timed(name: &str, acts: &[Act]) {
    prove(&[timed(name, acts, false, 4), timed(name, acts, true, 4)]);
}

fn prove_timed_in_both_layouts(name: &str, acts: &[Act]) {
    let astro =
        |one_process| Scenario { astro: true, config: astro_config, ..timed(name, acts, one_process, 4) };
    prove(&[timed(name, acts, false, 4), timed(name, acts, true, 4), astro(false), astro(true)]);
}

#[test]
fn touch_expiry() {
    prove_timed_in_both_layouts("expiry ‖ touch", &[Act::Read]);
    prove_timed("expiry ‖ touch ‖ touch", &[Act::Read, Act::Read]);
}

#[test]
fn writes_expiry() {
    prove_timed_in_both_layouts("expiry ‖ update", &[Act::Update]);
    prove_timed_in_both_layouts("expiry ‖ regenerate", &[Act::RegenerateAndUpdate]);
    prove_timed_in_both_layouts("expiry ‖ claim", &[Act::Claim]);
}

#[test]
fn update_expiry() {
    prove_timed("expiry ‖ touch ‖ update", &[Act::Read, Act::Update]);
}

#[test]
fn destroy_expiry() {
    prove_timed("expiry ‖ touch ‖ destroy", &[Act::Read, Act::Destroy]);
}

#[test]
fn a_touch_that_revives_is_found() {
    let broken =
        Scenario { flaw: Flaw::RevivingTouch, faults: 0, ..timed("broken store", &[Act::Read], false, 4) };
    let violation = explore(&broken).expect_err("the checker must notice");
    println!("{violation}");
    assert!(violation.contains("it expired and is back"));
}
