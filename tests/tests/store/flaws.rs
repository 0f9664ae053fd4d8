//! Every check can fail: for each there is a store that keeps all sentences but its own, and the check finds it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use session_runtime::conformance;
use session_runtime::store::conformance::{CHECKS, Runtime, Subject, Tokio};
use session_runtime::testing::ManualClock;

use crate::flawed::{Flaw, Flawed, MAX_BYTES};

conformance!(without_flaw, || subject(Flaw::None));

/// What is to be found, and by which check.
const FLAWS: &[(&str, Flaw)] = &[
    ("keys_that_differ_in_letter_case_only_are_different", Flaw::IgnoresLetterCase),
    ("keys_of_both_layouts_and_any_length_are_different", Flaw::CutsKeys),
    ("an_operation_leaves_other_keys_alone", Flaw::TouchesAll),
    ("a_handle_sees_what_another_did", Flaw::CachesInHandle),
    ("what_was_stored_outlives_its_handle", Flaw::DiesWithHandle),
    ("expiry_is_no_part_of_the_content", Flaw::TouchIsAChange),
    ("the_longest_expiry_is_accepted", Flaw::ExpiryOverflows),
    ("of_64_puts_absent_exactly_one_wins", Flaw::PutsInTwoSteps),
    ("of_64_puts_unchanged_exactly_one_wins", Flaw::PutsInTwoSteps),
    ("of_64_deletes_unchanged_exactly_one_wins", Flaw::DeletesInTwoSteps),
    ("of_64_updates_none_is_lost", Flaw::PutsInTwoSteps),
    ("of_a_put_and_a_delete_exactly_one_wins", Flaw::PutsInTwoSteps),
    ("of_a_put_and_a_delete_exactly_one_wins", Flaw::DeletesInTwoSteps),
    ("a_touch_beside_a_delete_brings_nothing_back", Flaw::TouchesInTwoSteps),
    ("a_touch_beside_a_put_brings_nothing_back", Flaw::TouchesInTwoSteps),
    ("a_dropped_operation_has_happened_or_not", Flaw::PutsByAndBy),
    ("a_dropped_operation_has_happened_or_not", Flaw::MixesUpAnswers),
    ("load_of_nothing_is_none", Flaw::NothingIsEmpty),
    ("a_text_comes_back_exactly_as_it_was_put", Flaw::TrimsTexts),
    ("a_record_is_kept_for_its_whole_time", Flaw::ExpiresEarly),
    ("a_record_that_never_expires_stays", Flaw::NeverIsAYear),
    ("an_expired_record_is_none", Flaw::LoadsExpired),
    ("what_a_load_says_remains_is_true", Flaw::AllTimeRemains),
    ("what_a_load_says_remains_is_true", Flaw::NoTimeRemains),
    ("a_load_changes_nothing", Flaw::LoadKeepsLonger),
    ("put_absent_stores_where_nothing_is", Flaw::NeverStores),
    ("put_absent_stores_over_an_expired_record", Flaw::ExpiredIsPresent),
    ("put_absent_conflicts_with_a_record_and_shows_it", Flaw::AbsentOverwrites),
    ("put_absent_conflicts_with_a_record_and_shows_it", Flaw::EqualIsNoConflict),
    ("put_absent_conflicts_with_a_record_and_shows_it", Flaw::ConflictsShowNothing),
    ("put_unchanged_replaces_what_was_loaded", Flaw::UnchangedStoresNothing),
    ("put_unchanged_compares_content_whoever_wrote_it", Flaw::ComparesIdentity),
    ("put_unchanged_conflicts_with_other_content_and_shows_it", Flaw::ComparesLength),
    ("put_unchanged_conflicts_with_other_content_and_shows_it", Flaw::ConflictsShowNothing),
    ("put_unchanged_conflicts_with_nothing", Flaw::UnchangedCreates),
    ("put_unchanged_conflicts_with_an_expired_record_as_with_nothing", Flaw::UnchangedRevives),
    ("a_put_that_conflicts_writes_nothing", Flaw::ConflictRenews),
    ("a_put_counts_its_expiry_from_now", Flaw::PutKeepsExpiry),
    ("a_put_can_make_a_record_never_expire", Flaw::NeverIsIgnored),
    ("an_expiry_of_zero_has_passed_at_once", Flaw::ZeroIsNever),
    ("an_expiry_of_zero_has_passed_at_once", Flaw::ZeroIsAnError),
    ("a_text_over_the_limit_is_too_large_and_nothing_is_written", Flaw::CutsTexts),
    ("a_text_over_the_limit_is_too_large_and_nothing_is_written", Flaw::RefusesTooLate),
    ("a_text_over_the_limit_is_too_large_and_nothing_is_written", Flaw::LimitIsLower),
    ("delete_any_removes_the_record", Flaw::DeletesNothing),
    ("delete_unchanged_removes_what_was_loaded", Flaw::DeletesNothing),
    ("delete_unchanged_conflicts_with_other_content_and_shows_it", Flaw::DeletesAnything),
    ("delete_unchanged_conflicts_with_other_content_and_shows_it", Flaw::ComparesLength),
    ("delete_of_nothing_is_missing", Flaw::NothingIsDeleted),
    ("delete_of_an_expired_record_is_missing", Flaw::ExpiredIsDeleted),
    ("a_key_can_be_used_again_after_a_delete", Flaw::DeleteLeavesExpiry),
    ("touch_keeps_a_record_longer", Flaw::TouchesNothing),
    ("touch_keeps_a_record_longer", Flaw::TouchAdds),
    ("touch_never_shortens", Flaw::TouchShortens),
    ("touch_never_creates", Flaw::TouchCreates),
    ("touch_never_revives_an_expired_record", Flaw::TouchRevives),
    ("touch_of_a_record_that_never_expires_changes_nothing", Flaw::TouchEndsNever),
    ("touch_can_make_a_record_never_expire", Flaw::NeverIsIgnored),
    ("touch_leaves_the_content_alone", Flaw::TouchRewrites),
];

fn subject(flaw: Flaw) -> Subject {
    let clock = ManualClock::at(1_795_416_736_073);
    let store = Flawed::new(flaw, clock.clock());
    Subject::new(move || store.handle(), clock).max_bytes(MAX_BYTES)
}

#[test]
fn each_check_finds_the_store_that_does_not_keep_its_sentence() {
    let runtime: Arc<dyn Runtime> = Arc::new(Tokio::new());
    let overlooked: Vec<_> = FLAWS
        .iter()
        .filter(|(name, flaw)| {
            let check = CHECKS.iter().find(|check| check.name == *name).expect("a check of the suite");
            catch_unwind(AssertUnwindSafe(|| check.run(|| subject(*flaw), &runtime))).is_ok()
        })
        .collect();
    assert!(overlooked.is_empty(), "{overlooked:#?}");
}

#[test]
fn no_check_is_without_a_flaw_to_find() {
    let idle: Vec<_> =
        CHECKS.iter().filter(|check| !FLAWS.iter().any(|(name, _)| *name == check.name)).collect();
    assert!(idle.is_empty(), "{idle:#?}");
}
