//! Each pair of requests that meet on one session, in both layouts, in one process and in two.

use std::time::Instant;

use session_runtime::SessionConfig;

use crate::check;
use crate::client::Act;
use crate::explore::{Count, Scenario, explore};
use crate::sim::Flaw;

/// A scenario in one layout; the checks of [`check::all`].
pub(crate) fn scenario(name: &str, acts: &[Act], astro: bool, one_process: bool) -> Scenario {
    Scenario {
        name: name.to_owned(),
        acts: acts.to_vec(),
        config: if astro { SessionConfig::astro } else { SessionConfig::default },
        astro,
        one_process,
        faults: 2,
        delays: false,
        ticks: 0,
        flaw: Flaw::None,
        mistake: None,
        check: check::all,
    }
}

/// Explores and says how much; fails with the schedule of the first violation of each.
pub(crate) fn prove(scenarios: &[Scenario]) {
    let (mut total, mut states, mut violations) = (Count::default(), 0, Vec::new());
    let started = Instant::now();
    for scenario in scenarios {
        match explore(scenario) {
            Ok(count) => {
                total.schedules += count.schedules;
                total.steps += count.steps;
                states += count.states.len();
            }
            Err(violation) => violations.push(violation),
        }
    }
    let name = &scenarios[0].name;
    let (Count { schedules, steps, .. }, faults) = (total, scenarios[0].faults);
    let took = started.elapsed().as_millis();
    println!(
        "{name}: {schedules} schedules, {states} states, {steps} steps, up to {faults} faults, {took} ms"
    );
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

fn prove_pair(name: &str, acts: &[Act], faults: u32) {
    let of = |astro, one_process| Scenario { faults, ..scenario(name, acts, astro, one_process) };
    prove(&[of(false, false), of(false, true), of(true, false), of(true, true)]);
}

macro_rules! pairs {
    ($($name:ident: $text:literal, [$($act:ident),+], $faults:literal;)+) => {$(
        #[test]
        fn $name() {
            prove_pair($text, &[$(Act::$act),+], $faults);
        }
    )+};
}

pairs! {
    update_update: "update ‖ update", [Update, Update], 2;
    count_count: "update ‖ update, same text", [Count, Count], 2;
    set_update: "set ‖ update", [Set, Update], 2;
    set_set: "set ‖ set", [Set, Set], 2;
    update_destroy: "update ‖ destroy", [Update, Destroy], 2;
    set_destroy: "set ‖ destroy", [Set, Destroy], 2;
    destroy_destroy: "destroy ‖ destroy", [Destroy, Destroy], 2;
    regenerate_regenerate: "regenerate ‖ regenerate", [RegenerateAndUpdate, RegenerateAndUpdate], 2;
    regenerate_update: "regenerate ‖ update", [Regenerate, Update], 2;
    regenerate_with_update_update: "regenerate and update ‖ update", [RegenerateAndUpdate, Update], 2;
    regenerate_destroy: "regenerate ‖ destroy", [RegenerateAndUpdate, Destroy], 2;
    create_create: "create ‖ create", [Create, Create], 2;
    claim_claim: "claim ‖ claim", [Claim, Claim], 2;
    claim_update: "claim ‖ update", [Claim, Update], 2;
    claim_destroy: "claim ‖ destroy", [Claim, Destroy], 2;
    claim_regenerate: "claim ‖ regenerate", [Claim, Regenerate], 2;
}

/// Three requests, in processes of their own.
fn prove_three(name: &str, acts: &[Act], faults: u32) {
    let of = |astro| Scenario { faults, ..scenario(name, acts, astro, false) };
    prove(&[of(false), of(true)]);
}

#[test]
fn update_update_destroy() {
    prove_three("update ‖ update ‖ destroy", &[Act::Update, Act::Update, Act::Destroy], 1);
}

#[test]
fn update_regenerate_destroy() {
    prove_three("update ‖ regenerate ‖ destroy", &[Act::Update, Act::Regenerate, Act::Destroy], 1);
}

#[test]
fn regenerate_regenerate_destroy() {
    prove_three("regenerate ‖ regenerate ‖ destroy", &[Act::Regenerate, Act::Regenerate, Act::Destroy], 0);
}

/// A call whose caller was told that it failed arrives later: a broken connection whose buffer is read all the same.
#[test]
fn delayed_calls() {
    let pairs: [(&str, [Act; 2]); 6] = [
        ("update ‖ update", [Act::Update, Act::Update]),
        ("update ‖ update, same text", [Act::Count, Act::Count]),
        ("update ‖ destroy", [Act::Update, Act::Destroy]),
        ("regenerate ‖ update", [Act::Regenerate, Act::Update]),
        ("regenerate ‖ destroy", [Act::Regenerate, Act::Destroy]),
        ("claim ‖ claim", [Act::Claim, Act::Claim]),
    ];
    let of = |(name, acts): &(&str, [Act; 2]), astro| Scenario {
        faults: 1,
        delays: true,
        ..scenario(&format!("{name}, with delayed calls"), acts, astro, false)
    };
    for pair in &pairs {
        prove(&[of(pair, false), of(pair, true)]);
    }
}
