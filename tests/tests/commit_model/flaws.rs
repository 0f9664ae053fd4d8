//! The checker can fail: over stores that break their contract it finds the schedule that does harm.

use crate::client::Act;
use crate::explore::{Scenario, explore};
use crate::pairs::scenario;
use crate::sim::Flaw;

/// The violation that is found; none is a failure of the checker.
fn found(acts: &[Act], flaw: Flaw, astro: bool) -> String {
    let broken = Scenario { flaw, faults: 0, ..scenario("broken store", acts, astro, false) };
    let violation = explore(&broken).expect_err("the checker must notice");
    println!("{flaw:?}: {violation}");
    violation
}

#[test]
fn a_put_that_ignores_its_condition_is_found() {
    assert!(found(&[Act::Update, Act::Update], Flaw::BlindPut, false).contains("is lost"));
    assert!(found(&[Act::Count, Act::Count], Flaw::BlindPut, true).contains("acknowledged counts"));
    assert!(found(&[Act::Update, Act::Destroy], Flaw::BlindPut, false).contains("destroyed, and still live"));
    assert!(found(&[Act::Claim, Act::Claim], Flaw::BlindPut, true).contains("2 claims"));
    assert!(found(&[Act::Regenerate, Act::Regenerate], Flaw::BlindPut, false).contains("2 live copies"));
}

#[test]
fn a_delete_that_ignores_its_condition_is_found() {
    // Only a destroy that meets a renewal, and a renewal by way of a delete, depend on this condition.
    assert!(found(&[Act::Regenerate, Act::Destroy], Flaw::BlindDelete, false).contains("still live"));
    assert!(found(&[Act::Regenerate, Act::Update], Flaw::BlindDelete, true).contains("is lost"));
}

#[test]
fn a_conflict_that_is_answered_with_success_is_found() {
    assert!(found(&[Act::Update, Act::Update], Flaw::FalseSuccess, false).contains("is lost"));
    assert!(found(&[Act::Regenerate, Act::Destroy], Flaw::FalseSuccess, false).contains("still live"));
}
