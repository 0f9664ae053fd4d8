//! What `put` does and when it does nothing.

use std::time::Duration;

use crate::store::conformance::trial::{Trial, new_key, shows, stores};
use crate::{DeleteIf, ErrorKind, Expiry, PutIf, Record};

pub(super) async fn put_absent_stores_where_nothing_is(on: Trial) {
    let key = new_key();
    stores(&on.put(&key, PutIf::Absent, "one", on.after(10)).await);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn put_absent_stores_over_an_expired_record(on: Trial) {
    let (key, _) = on.stored("one", on.after(5)).await;
    on.pass(7).await;
    stores(&on.put(&key, PutIf::Absent, "two", on.after(10)).await);
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

pub(super) async fn put_absent_conflicts_with_a_record_and_shows_it(on: Trial) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    shows(&on.put(&key, PutIf::Absent, "two", Expiry::Never).await, Some("one"));
    shows(&on.put(&key, PutIf::Absent, "one", Expiry::Never).await, Some("one"));
}

pub(super) async fn put_unchanged_replaces_what_was_loaded(on: Trial) {
    let (key, one) = on.stored("one", Expiry::Never).await;
    stores(&on.put(&key, PutIf::Unchanged(&one), "two", Expiry::Never).await);
    let two = on.load(&key).await.expect("kept");
    assert_eq!(two.text(), "two");
    stores(&on.put(&key, PutIf::Unchanged(&two), "three", Expiry::Never).await);
    assert_eq!(on.text(&key).await.as_deref(), Some("three"));
}

pub(super) async fn put_unchanged_compares_content_whoever_wrote_it(on: Trial) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    on.delete(&key, DeleteIf::Any).await;
    stores(&on.put(&key, PutIf::Absent, "one", Expiry::Never).await);
    stores(&on.put(&key, PutIf::Unchanged(&loaded), "two", Expiry::Never).await);
    stores(&on.put(&key, PutIf::Unchanged(&Record::new("two")), "three", Expiry::Never).await);
}

pub(super) async fn put_unchanged_conflicts_with_other_content_and_shows_it(on: Trial) {
    let (key, one) = on.stored("one", Expiry::Never).await;
    stores(&on.put(&key, PutIf::Unchanged(&one), "two", Expiry::Never).await);
    shows(&on.put(&key, PutIf::Unchanged(&one), "three", Expiry::Never).await, Some("two"));
    for other in ["", "TWO", "two ", "tw", "twö", "one"] {
        let other = Record::new(other);
        shows(&on.put(&key, PutIf::Unchanged(&other), "three", Expiry::Never).await, Some("two"));
    }
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

pub(super) async fn put_unchanged_conflicts_with_nothing(on: Trial) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    on.delete(&key, DeleteIf::Any).await;
    shows(&on.put(&key, PutIf::Unchanged(&loaded), "two", Expiry::Never).await, None);
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn put_unchanged_conflicts_with_an_expired_record_as_with_nothing(on: Trial) {
    let (key, loaded) = on.stored("one", on.after(5)).await;
    on.pass(7).await;
    shows(&on.put(&key, PutIf::Unchanged(&loaded), "two", on.after(10)).await, None);
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn a_put_that_conflicts_writes_nothing(on: Trial) {
    let (key, _) = on.stored("one", on.after(10)).await;
    on.put(&key, PutIf::Absent, "two", Expiry::Never).await;
    on.put(&key, PutIf::Unchanged(&Record::new("other")), "two", Expiry::Never).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
    on.pass(12).await;
    assert!(on.load(&key).await.is_none(), "the time it is kept was changed");
}

pub(super) async fn a_put_counts_its_expiry_from_now(on: Trial) {
    let (key, one) = on.stored("one", on.after(100)).await;
    on.pass(5).await;
    stores(&on.put(&key, PutIf::Unchanged(&one), "two", on.after(10)).await);
    on.pass(8).await;
    let two = on.load(&key).await.expect("kept for 10 units");
    stores(&on.put(&key, PutIf::Unchanged(&two), "three", on.after(10)).await);
    on.pass(8).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("three"));
    on.pass(4).await;
    assert!(on.load(&key).await.is_none(), "the expiry of an earlier put counts");
}

pub(super) async fn a_put_can_make_a_record_never_expire(on: Trial) {
    let (key, one) = on.stored("one", on.after(5)).await;
    stores(&on.put(&key, PutIf::Unchanged(&one), "two", Expiry::Never).await);
    on.pass_ages().await;
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

pub(super) async fn an_expiry_of_zero_has_passed_at_once(on: Trial) {
    let key = new_key();
    let zero = Expiry::After(Duration::ZERO);
    stores(&on.put(&key, PutIf::Absent, "one", zero).await);
    on.pass_resolution().await;
    assert!(on.load(&key).await.is_none());
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    stores(&on.put(&key, PutIf::Unchanged(&loaded), "two", zero).await);
    on.pass_resolution().await;
    assert!(on.load(&key).await.is_none());
}

/// Just at the limit, if there is one, and just over it. Otherwise either may happen, but nothing between them.
pub(super) async fn a_text_over_the_limit_is_too_large_and_nothing_is_written(on: Trial) {
    match on.max_bytes() {
        Some(max_bytes) => {
            assert!(fits(&on, max_bytes).await, "{max_bytes} bytes are refused");
            assert!(!fits(&on, max_bytes + 1).await, "{max_bytes} bytes and one are stored");
        }
        None => {
            for len in [100_000, 1 << 20, 8 << 20] {
                fits(&on, len).await;
            }
        }
    }
}

async fn fits(on: &Trial, len: usize) -> bool {
    let long = Record::new("x".repeat(len));
    let (old_key, old) = on.stored("", Expiry::Never).await;
    let (store, new_key) = (on.handle(0), new_key());
    let mut stored = Vec::new();
    for (key, condition) in [(&new_key, PutIf::Absent), (&old_key, PutIf::Unchanged(&old))] {
        match store.put(key, condition, &long, Expiry::Never).await {
            Ok(put) => {
                stores(&put);
                assert!(on.load(key).await.expect("kept").same_content(&long), "cut");
                on.delete(key, DeleteIf::Any).await;
                stored.push(true);
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::TooLarge, "{error:?}");
                stored.push(false);
            }
        }
    }
    if !stored[0] {
        assert!(on.load(&new_key).await.is_none(), "something was written");
    }
    if !stored[1] {
        assert_eq!(on.text(&old_key).await.as_deref(), Some(""), "the old text is gone");
    }
    assert_eq!(stored[0], stored[1], "the limit depends on what is stored already");
    stored[0]
}
