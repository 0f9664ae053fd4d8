//! Beside Astro: a program that loads, and later overwrites whatever is there.
//!
//! Its *window* reaches from its load to its write. What was committed before the window or after it keeps every promise,
//! and what the program wrote is kept. What is committed inside the window is overwritten by it, and what was destroyed
//! or renewed there comes back: nothing can be promised then but that no update counts twice and later requests are served.

use crate::check::{self, View};
use crate::client::Act;
use crate::expiry::astro_config;
use crate::explore::{End, Scenario};
use crate::pairs::{prove, scenario};
use crate::sim::Effect;

/// Whether a commit of another client took effect inside the window.
fn overrun(view: &View<'_>) -> bool {
    let world = view.end.sim.world();
    let program = view.end.scenario.acts.iter().position(|act| *act == Act::Foreign);
    let at = |effect| world.history.iter().position(|it| Some(it.client) == program && it.effect == effect);
    let (Some(from), Some(to)) = (at(Effect::Read), at(Effect::Overwrote)) else { return false };
    let first = view.end.key(&view.end.first);
    let commits = |effect| matches!(effect, Effect::Wrote | Effect::Removed);
    world.history[from..to].iter().any(|event| event.key == first && commits(event.effect))
}

fn checked(end: &End) -> Result<(), String> {
    let view = View::new(end)?;
    let excused = overrun(&view);
    if !excused {
        check::all(end)?;
        let program = view.clients().find(|(_, act, _)| *act == Act::Foreign);
        let wrote = program.is_some_and(|(.., report)| report.acknowledged());
        return match view.known.iter().all(|seen| seen.foreign || !wrote) {
            true => Ok(()),
            false => Err("what the other program wrote is lost".to_owned()),
        };
    }
    view.answers()?;
    for client in 0..end.reports.len() {
        view.update(client, true)?;
    }
    check::afterwards(end)
}

fn prove_beside(name: &str, act: Act) {
    prove(&[Scenario { check: checked, ..scenario(name, &[act, Act::Foreign], true, false) }]);
}

#[test]
fn foreign_update() {
    prove_beside("foreign writer ‖ update", Act::Update);
}

#[test]
fn foreign_set() {
    prove_beside("foreign writer ‖ set", Act::Set);
}

#[test]
fn foreign_destroy() {
    prove_beside("foreign writer ‖ destroy", Act::Destroy);
}

#[test]
fn foreign_regenerate() {
    prove_beside("foreign writer ‖ regenerate", Act::RegenerateAndUpdate);
}

#[test]
fn foreign_create() {
    prove_beside("foreign writer ‖ create", Act::Create);
}

#[test]
fn foreign_claim() {
    prove_beside("foreign writer ‖ claim", Act::Claim);
}

#[test]
fn foreign_touch() {
    let touched = Scenario {
        config: astro_config,
        ..scenario("foreign writer ‖ touch", &[Act::Read, Act::Foreign], true, false)
    };
    prove(&[Scenario { check: checked, ..touched }]);
}
