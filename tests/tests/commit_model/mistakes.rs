//! The checker can fail, part two: over a sound store it finds a commit that makes a mistake. Each mistake is made
//! between the real commit and the store, by asking for something else or by taking an answer for another.

use session_runtime::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Store, StoreFuture, StoreKey, Touch};

use crate::client::Act;
use crate::explore::{Scenario, explore};
use crate::pairs::scenario;
use crate::sim::Sim;

/// What a commit could do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Takes an error for success.
    Trusts,
    /// Sends a put again when its answer was lost, and takes the conflict with itself for one with another.
    Repeats,
    /// Takes a conflict for success.
    IgnoresConflicts,
    /// Leaves the old id alone when it renews.
    KeepsOldIds,
    /// Does not follow a session that has moved when it destroys it.
    StopsAtMarkers,
    /// Deletes without a condition.
    DeletesBlindly,
    /// Creates a session without looking whether the id is taken, again when a session was destroyed meanwhile.
    Recreates,
}

/// The store as such a commit uses it.
pub(crate) struct Mistaken {
    pub(crate) sim: Sim,
    pub(crate) mistake: Mistake,
}

impl Mistaken {
    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }
}

/// A record that says where a session went.
fn is_marker(record: &Record) -> bool {
    record.text().contains("\"moved\"")
}

impl Store for Mistaken {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        self.sim.load(key)
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        Box::pin(async move {
            if self.makes(Mistake::KeepsOldIds) && is_marker(record) {
                return Ok(Put::Stored);
            }
            match self.sim.put(key, condition, record, expiry).await {
                Err(_) if self.makes(Mistake::Trusts) => Ok(Put::Stored),
                Err(_) if self.makes(Mistake::Repeats) => self.sim.put(key, condition, record, expiry).await,
                Ok(Put::Conflict(_)) if self.makes(Mistake::IgnoresConflicts) => Ok(Put::Stored),
                Ok(Put::Conflict(None)) if self.makes(Mistake::Recreates) => {
                    self.sim.put(key, PutIf::Absent, record, expiry).await
                }
                answer => answer,
            }
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(async move {
            if self.makes(Mistake::KeepsOldIds) && matches!(condition, DeleteIf::Unchanged(_)) {
                return Ok(Delete::Deleted);
            }
            let blind = self.makes(Mistake::DeletesBlindly);
            match self.sim.delete(key, if blind { DeleteIf::Any } else { condition }).await {
                Err(_) if self.makes(Mistake::Trusts) => Ok(Delete::Deleted),
                Ok(Delete::Conflict(current))
                    if self.makes(Mistake::StopsAtMarkers) && is_marker(&current) =>
                {
                    Ok(Delete::Missing)
                }
                answer => answer,
            }
        })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        self.sim.touch(key, expiry)
    }
}

/// What is violated; nothing is a failure of the checker.
fn found(acts: &[Act], mistake: Mistake, astro: bool, faults: u32) -> String {
    let mistaken =
        Scenario { mistake: Some(mistake), faults, ..scenario("mistaken commit", acts, astro, false) };
    let violation = explore(&mistaken).expect_err("the checker must notice");
    println!("{mistake:?}: {violation}");
    violation
}

#[test]
fn a_commit_that_takes_an_error_for_success_is_found() {
    assert!(found(&[Act::Update], Mistake::Trusts, false, 1).contains("is lost"));
    assert!(found(&[Act::Create], Mistake::Trusts, true, 1).contains("not stored"));
    assert!(found(&[Act::Destroy], Mistake::Trusts, true, 1).contains("still live"));
    assert!(found(&[Act::RegenerateAndUpdate], Mistake::Trusts, false, 1).contains("live copies"));
}

#[test]
fn a_commit_that_repeats_a_write_whose_answer_was_lost_is_found() {
    assert!(found(&[Act::Update, Act::Update], Mistake::Repeats, false, 1).contains("applied twice"));
    assert!(found(&[Act::Count], Mistake::Repeats, true, 1).contains("acknowledged counts"));
}

#[test]
fn a_commit_that_takes_a_conflict_for_success_is_found() {
    assert!(found(&[Act::Update, Act::Update], Mistake::IgnoresConflicts, false, 0).contains("is lost"));
    assert!(found(&[Act::Claim, Act::Claim], Mistake::IgnoresConflicts, true, 0).contains("2 claims"));
}

#[test]
fn a_renewal_that_keeps_the_old_id_is_found() {
    assert!(found(&[Act::Regenerate], Mistake::KeepsOldIds, false, 0).contains("2 live copies"));
    assert!(found(&[Act::Regenerate], Mistake::KeepsOldIds, true, 0).contains("2 live copies"));
}

#[test]
fn a_destroy_that_does_not_follow_a_renewal_is_found() {
    assert!(
        found(&[Act::Regenerate, Act::Destroy], Mistake::StopsAtMarkers, false, 0).contains("still live")
    );
}

#[test]
fn a_delete_without_a_condition_is_found() {
    assert!(
        found(&[Act::Regenerate, Act::Destroy], Mistake::DeletesBlindly, false, 0).contains("still live")
    );
    assert!(found(&[Act::Regenerate, Act::Update], Mistake::DeletesBlindly, true, 0).contains("is lost"));
}

#[test]
fn a_commit_that_brings_back_what_was_destroyed_is_found() {
    assert!(found(&[Act::Update, Act::Destroy], Mistake::Recreates, false, 0).contains("still live"));
    assert!(found(&[Act::Update, Act::Destroy], Mistake::Recreates, true, 0).contains("still live"));
}
