//! The conformance suite: one `#[test]` for each sentence of the [`Store`](crate::Store) contract, for any store.
//!
//! Take the feature `conformance` for tests, and write one line:
//!
//! ```toml
//! [dev-dependencies]
//! session-runtime = { version = "0.1", features = ["conformance"] }
//! ```
//!
//! ```
//! use session_runtime::store::conformance::Subject;
//! use session_runtime::{MemoryStore, testing::ManualClock};
//!
//! session_runtime::conformance!(memory_store, || {
//!     let clock = ManualClock::at(1_795_416_736_073);
//!     let store = MemoryStore::new().clock(clock.clock());
//!     Subject::new(move || store.clone(), clock)
//! });
//! # fn main() {}
//! ```
//!
//! That makes a module `memory_store` with a test for each sentence; each gets an empty store of its own. Their names
//! are those which stand next to the sentences in the documentation of [`Store`](crate::Store), so that a failure
//! says which sentence does not hold: `memory_store::touch_never_shortens`.
//!
//! **What is tested** is a [`Subject`]: how to open the store, and how time passes for it.
//!
//! * The first argument opens a handle to the same records, as another process would: a new client for the same
//!   database, the same folder. The suite opens two and lets them race. What can only be shared within the process is
//!   cloned, or put into an `Arc`, which is a store too.
//! * A store that reads an injected clock gets a [`ManualClock`](crate::testing::ManualClock), and nothing waits. For a
//!   server, which has a clock of its own, `Time::real(Duration::from_millis(10))` waits for real; see [`Time::real`].
//! * A store that refuses texts over a certain size says so by [`max_bytes`](Subject::max_bytes).
//! * The closure may be asynchronous (`async || …`), to connect to a server or to make a folder. Whatever the subject
//!   needs for its life, such as a temporary folder, the function that opens the store can own.
//!
//! ```no_run
//! # use session_runtime::store::conformance::{Subject, Time};
//! # use std::time::Duration;
//! # struct Client;
//! # impl Client { async fn connect(_: &str) -> Self { Self } fn store(&self) -> session_runtime::MemoryStore { session_runtime::MemoryStore::new() } }
//! session_runtime::conformance!(my_server, async || {
//!     let client = Client::connect("127.0.0.1:7000").await;
//!     Subject::new(move || client.store(), Time::real(Duration::from_millis(10)))
//! });
//! # fn main() {}
//! ```
//!
//! **Where it runs.** In a tokio runtime of two threads, unless a third argument names another [`Runtime`]:
//! `conformance!(my_store, make, Threads)` needs no runtime at all.
//!
//! `examples/custom_store.rs` is a complete store with its test.
//!
//! Three sentences are beyond any suite and stay for the driver's own tests: an error means that the system failed, a
//! write is never repeated by the driver, and a stored text survives the death of the process (the suite only closes
//! the handle).

mod checks;
mod runtime;
mod subject;
mod trial;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

pub use self::checks::CHECKS;
pub use self::runtime::{Runtime, Task, Threads, Tokio};
pub use self::subject::{Subject, Time};
use self::trial::Trial;

/// How often a check is repeated, with twice the time each time, because the machine was too slow for it.
const MOST_REPEATS: u32 = 8;

/// One sentence of the contract as a check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its name, which is that of its test and stands next to its sentence in the documentation.
    pub name: &'static str,
    run: fn(Trial) -> Task,
}

impl Check {
    /// Puts a store to this check. `make` gives an empty one each time it is called.
    ///
    /// # Panics
    /// The store does not keep the sentence; or no run was fast enough for a subject in real time.
    pub fn run<M, I>(&self, make: M, runtime: &Arc<dyn Runtime>)
    where
        M: Fn() -> I + Send + Sync + 'static,
        I: IntoFuture<Output = Subject, IntoFuture: Send> + Send + 'static,
    {
        let make = Arc::new(make);
        let mut repeats = 0;
        while let Err(Failure { cause, late }) = self.attempt(&make, runtime, repeats) {
            if !late {
                resume_unwind(cause);
            }
            repeats += 1;
            assert!(repeats <= MOST_REPEATS, "this machine is too busy to tell: each run was late");
        }
    }

    fn attempt<M, I>(&self, make: &Arc<M>, runtime: &Arc<dyn Runtime>, repeats: u32) -> Result<(), Failure>
    where
        M: Fn() -> I + Send + Sync + 'static,
        I: IntoFuture<Output = Subject, IntoFuture: Send> + Send + 'static,
    {
        let lateness = Arc::default();
        let (run, make) = (self.run, Arc::clone(make));
        let (inside, watched) = (Arc::clone(runtime), Arc::clone(&lateness));
        let task = Box::pin(async move {
            let subject = make().into_future().await;
            run(Trial::begin(subject, inside, watched, repeats).await).await;
        });
        catch_unwind(AssertUnwindSafe(|| runtime.block_on(task)))
            .map_err(|cause| Failure { cause, late: lateness.is_late() })
    }
}

/// A run that panicked.
struct Failure {
    cause: Box<dyn Any + Send>,
    /// It asked for something so late that the answer proves nothing.
    late: bool,
}

/// What a test of [`conformance!`](crate::conformance) calls.
#[doc(hidden)]
pub fn __run<M, I>(check: &str, make: M, runtime: impl Runtime)
where
    M: Fn() -> I + Send + Sync + 'static,
    I: IntoFuture<Output = Subject, IntoFuture: Send> + Send + 'static,
{
    let runtime: Arc<dyn Runtime> = Arc::new(runtime);
    let check = CHECKS.iter().find(|known| known.name == check).expect("a name of the one list");
    check.run(make, &runtime);
}

/// Tests a store against the whole contract: a module `$driver` with one `#[test]` per sentence. `$make` gives a
/// [`Subject`](crate::store::conformance::Subject), that is an empty store, or a future of one. See
/// [the suite](crate::store::conformance).
#[macro_export]
macro_rules! conformance {
    ($driver:ident, $make:expr $(,)?) => {
        $crate::conformance!($driver, $make, $crate::store::conformance::Tokio::new());
    };
    ($driver:ident, $make:expr, $runtime:expr $(,)?) => {
        mod $driver {
            #[allow(
                unused_imports,
                clippy::wildcard_imports,
                reason = "what `$make` names is found as around it"
            )]
            use super::*;

            #[allow(dead_code, reason = "without the test harness, as in a doctest, nobody calls it")]
            fn __conforms(check: &str) {
                $crate::store::conformance::__run(check, $make, $runtime);
            }

            $crate::__conformance_checks! { $crate::__conformance_tests! }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ($($operation:ident { $($check:ident)* })*) => {
        $($(
            #[test]
            fn $check() {
                __conforms(stringify!($check));
            }
        )*)*
    };
}

/// The one list of all checks, grouped as the documentation of `Store` is.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_checks {
    ($($use:tt)*) => {
        $($use)* {
            every {
                keys_that_differ_in_letter_case_only_are_different
                keys_of_both_layouts_and_any_length_are_different
                an_operation_leaves_other_keys_alone
                a_handle_sees_what_another_did
                what_was_stored_outlives_its_handle
                expiry_is_no_part_of_the_content
                the_longest_expiry_is_accepted
            }
            atomic {
                of_64_puts_absent_exactly_one_wins
                of_64_puts_unchanged_exactly_one_wins
                of_64_deletes_unchanged_exactly_one_wins
                of_64_updates_none_is_lost
                of_a_put_and_a_delete_exactly_one_wins
                a_touch_beside_a_delete_brings_nothing_back
                a_touch_beside_a_put_brings_nothing_back
                a_dropped_operation_has_happened_or_not
            }
            load {
                load_of_nothing_is_none
                a_text_comes_back_exactly_as_it_was_put
                a_record_is_kept_for_its_whole_time
                a_record_that_never_expires_stays
                an_expired_record_is_none
                what_a_load_says_remains_is_true
                a_load_changes_nothing
            }
            put {
                put_absent_stores_where_nothing_is
                put_absent_stores_over_an_expired_record
                put_absent_conflicts_with_a_record_and_shows_it
                put_unchanged_replaces_what_was_loaded
                put_unchanged_compares_content_whoever_wrote_it
                put_unchanged_conflicts_with_other_content_and_shows_it
                put_unchanged_conflicts_with_nothing
                put_unchanged_conflicts_with_an_expired_record_as_with_nothing
                a_put_that_conflicts_writes_nothing
                a_put_counts_its_expiry_from_now
                a_put_can_make_a_record_never_expire
                an_expiry_of_zero_has_passed_at_once
                a_text_over_the_limit_is_too_large_and_nothing_is_written
            }
            delete {
                delete_any_removes_the_record
                delete_unchanged_removes_what_was_loaded
                delete_unchanged_conflicts_with_other_content_and_shows_it
                delete_of_nothing_is_missing
                delete_of_an_expired_record_is_missing
                a_key_can_be_used_again_after_a_delete
            }
            touch {
                touch_keeps_a_record_longer
                touch_never_shortens
                touch_never_creates
                touch_never_revives_an_expired_record
                touch_of_a_record_that_never_expires_changes_nothing
                touch_can_make_a_record_never_expire
                touch_leaves_the_content_alone
            }
        }
    };
}
