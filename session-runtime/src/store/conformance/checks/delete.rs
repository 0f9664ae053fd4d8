//! What `delete` removes, and what it leaves.

use crate::store::conformance::trial::{Trial, deletes, new_key, stores};
use crate::{Delete, DeleteIf, Expiry, PutIf, Record};

pub(super) async fn delete_any_removes_the_record(on: Trial) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    deletes(&on.delete(&key, DeleteIf::Any).await);
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn delete_unchanged_removes_what_was_loaded(on: Trial) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    deletes(&on.delete(&key, DeleteIf::Unchanged(&loaded)).await);
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn delete_unchanged_conflicts_with_other_content_and_shows_it(on: Trial) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    for other in ["", "ONE", "one ", "on", "öne", "two"] {
        match on.delete(&key, DeleteIf::Unchanged(&Record::new(other))).await {
            Delete::Conflict(current) => assert_eq!(current.text(), "one", "what is shown"),
            other => panic!("no conflict: {other:?}"),
        }
    }
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn delete_of_nothing_is_missing(on: Trial) {
    for condition in [DeleteIf::Any, DeleteIf::Unchanged(&Record::new("one"))] {
        missing(&on.delete(&new_key(), condition).await);
    }
}

pub(super) async fn delete_of_an_expired_record_is_missing(on: Trial) {
    let (one_key, _) = on.stored("one", on.after(5)).await;
    let (two_key, two) = on.stored("two", on.after(5)).await;
    on.pass(7).await;
    missing(&on.delete(&one_key, DeleteIf::Any).await);
    missing(&on.delete(&two_key, DeleteIf::Unchanged(&two)).await);
}

pub(super) async fn a_key_can_be_used_again_after_a_delete(on: Trial) {
    let (key, _) = on.stored("one", on.after(5)).await;
    deletes(&on.delete(&key, DeleteIf::Any).await);
    stores(&on.put(&key, PutIf::Absent, "two", Expiry::Never).await);
    on.pass(7).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

#[track_caller]
fn missing(delete: &Delete) {
    assert!(matches!(delete, Delete::Missing), "there was nothing: {delete:?}");
}
