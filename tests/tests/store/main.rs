//! The store contract, sentence by sentence, over every driver; and what each driver promises beyond it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod memory;
mod model;
mod support;

/// One `#[test]` per sentence of the contract for a driver: `$subject` makes an empty store of it.
macro_rules! contract {
    ($driver:ident, $subject:path) => {
        contract! { $driver, $subject:
            load_of_nothing_is_none
            a_text_comes_back_exactly_as_it_was_put
            an_expired_record_is_none
            a_record_is_kept_for_its_whole_time
            a_record_that_never_expires_stays
            what_a_load_says_remains_is_true
            keys_that_differ_in_letter_case_only_are_different
            keys_of_both_layouts_and_any_length_are_different

            put_absent_stores_where_nothing_is
            put_absent_conflicts_with_a_record_and_shows_it
            put_absent_stores_over_an_expired_record
            put_unchanged_replaces_what_was_loaded
            put_unchanged_compares_content_whoever_wrote_it
            put_unchanged_conflicts_with_other_content_and_shows_it
            put_unchanged_conflicts_with_nothing
            put_unchanged_conflicts_with_an_expired_record_as_with_nothing
            a_put_that_conflicts_writes_nothing
            a_put_counts_its_expiry_from_now
            expiry_is_no_part_of_the_content

            delete_any_removes_the_record
            delete_unchanged_removes_what_was_loaded
            delete_unchanged_conflicts_with_other_content_and_shows_it
            delete_of_nothing_is_missing
            delete_of_an_expired_record_is_missing
            a_key_can_be_used_again_after_a_delete

            touch_keeps_a_record_longer
            touch_never_shortens
            touch_never_creates
            touch_never_revives_an_expired_record
            touch_of_a_record_that_never_expires_changes_nothing
            touch_can_make_a_record_never_expire
            touch_leaves_the_content_alone

            of_64_puts_absent_exactly_one_wins
            of_64_puts_unchanged_exactly_one_wins
            of_64_deletes_unchanged_exactly_one_wins
            of_64_updates_none_is_lost
        }
    };
    ($driver:ident, $subject:path: $($sentence:ident)*) => {
        mod $driver {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $sentence() {
                    crate::contract::$sentence($subject()).await;
                }
            )*
        }
    };
}

contract!(memory_store, crate::support::memory);
contract!(file_store, crate::support::file);
contract!(boxed_memory_store, crate::support::boxed_memory);
