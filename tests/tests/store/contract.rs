//! One function per sentence of the contract. It gets an empty store and panics if the store does not keep it.

use std::sync::Arc;
use std::time::Duration;

use session_runtime::{Delete, DeleteIf, Expiry, Put, PutIf, Record, SessionId, StoreKey, Touch};

use crate::support::{Subject, key, parse, seconds};

pub(crate) async fn load_of_nothing_is_none(on: Subject) {
    assert!(on.load(&key()).await.is_none());
}

pub(crate) async fn a_text_comes_back_exactly_as_it_was_put(on: Subject) {
    let long = "0123456789".repeat(10_000);
    for text in ["", "\0", "\r\n", " [[\"Map\"]] ", "\u{feff}日本\u{2028}🦀", "\"\\u0000\"", &long] {
        let (_, loaded) = on.stored(text, Expiry::Never).await;
        assert_eq!(loaded.text(), text);
    }
}

pub(crate) async fn an_expired_record_is_none(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.pass(11);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn a_record_is_kept_for_its_whole_time(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.pass(8);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn a_record_that_never_expires_stays(on: Subject) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    assert_eq!(loaded.remaining(), None);
    on.pass(100 * 365 * 86_400);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn what_a_load_says_remains_is_true(on: Subject) {
    let (key, loaded) = on.stored("one", seconds(10)).await;
    assert!(loaded.remaining().is_none_or(|left| left <= Duration::from_secs(10)));
    on.pass(6);
    let left = on.load(&key).await.expect("kept").remaining();
    assert!(left.is_none_or(|left| left <= Duration::from_secs(4) && !left.is_zero()));
}

pub(crate) async fn keys_that_differ_in_letter_case_only_are_different(on: Subject) {
    let lower = "abcdefab-cdef-4bcd-abcd-efabcdefabcd";
    let keys = [lower.to_owned(), lower.to_uppercase(), lower.replacen('a', "A", 1)];
    keys_are_different(&on, &keys.map(|text| parse(&text))).await;
}

pub(crate) async fn keys_of_both_layouts_and_any_length_are_different(on: Subject) {
    let id: SessionId = "11111111-1111-4111-8111-111111111111".parse().expect("valid");
    let texts =
        ["a".repeat(64), "b".repeat(64), format!("{}b", "a".repeat(63)), "1".repeat(32), "1".to_owned()];
    let mut keys = texts.map(|text| parse(&text)).to_vec();
    keys.extend([StoreKey::plain(&id), StoreKey::hashed(&id)]);
    keys_are_different(&on, &keys).await;
}

async fn keys_are_different(on: &Subject, keys: &[StoreKey]) {
    for key in keys {
        assert!(matches!(on.put(key, PutIf::Absent, key.as_str(), Expiry::Never).await, Put::Stored));
    }
    for key in keys {
        assert_eq!(on.text(key).await.as_deref(), Some(key.as_str()));
    }
}

pub(crate) async fn put_absent_stores_where_nothing_is(on: Subject) {
    let key = key();
    assert!(matches!(on.put(&key, PutIf::Absent, "one", seconds(10)).await, Put::Stored));
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn put_absent_conflicts_with_a_record_and_shows_it(on: Subject) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    shows(&on.put(&key, PutIf::Absent, "two", Expiry::Never).await, Some("one"));
    shows(&on.put(&key, PutIf::Absent, "one", Expiry::Never).await, Some("one"));
}

pub(crate) async fn put_absent_stores_over_an_expired_record(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.pass(11);
    assert!(matches!(on.put(&key, PutIf::Absent, "two", seconds(10)).await, Put::Stored));
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

pub(crate) async fn put_unchanged_replaces_what_was_loaded(on: Subject) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    assert!(matches!(on.put(&key, PutIf::Unchanged(&loaded), "two", Expiry::Never).await, Put::Stored));
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

pub(crate) async fn put_unchanged_compares_content_whoever_wrote_it(on: Subject) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    let equal = Record::new("one");
    assert!(matches!(on.put(&key, PutIf::Unchanged(&equal), "two", Expiry::Never).await, Put::Stored));
}

pub(crate) async fn put_unchanged_conflicts_with_other_content_and_shows_it(on: Subject) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    on.put(&key, PutIf::Unchanged(&loaded), "two", Expiry::Never).await;
    shows(&on.put(&key, PutIf::Unchanged(&loaded), "three", Expiry::Never).await, Some("two"));
}

pub(crate) async fn put_unchanged_conflicts_with_nothing(on: Subject) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    on.store.delete(&key, DeleteIf::Any).await.expect("delete");
    shows(&on.put(&key, PutIf::Unchanged(&loaded), "two", Expiry::Never).await, None);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn put_unchanged_conflicts_with_an_expired_record_as_with_nothing(on: Subject) {
    let (key, loaded) = on.stored("one", seconds(10)).await;
    on.pass(11);
    shows(&on.put(&key, PutIf::Unchanged(&loaded), "two", seconds(10)).await, None);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn a_put_that_conflicts_writes_nothing(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.put(&key, PutIf::Absent, "two", Expiry::Never).await;
    on.put(&key, PutIf::Unchanged(&Record::new("other")), "two", Expiry::Never).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
    on.pass(11);
    assert!(on.load(&key).await.is_none(), "the time it is kept was changed");
}

pub(crate) async fn a_put_counts_its_expiry_from_now(on: Subject) {
    let (key, one) = on.stored("one", seconds(100)).await;
    on.pass(5);
    on.put(&key, PutIf::Unchanged(&one), "two", seconds(10)).await;
    on.pass(8);
    let two = on.load(&key).await.expect("kept for 10 seconds");
    on.put(&key, PutIf::Unchanged(&two), "three", seconds(10)).await;
    on.pass(8);
    assert_eq!(on.text(&key).await.as_deref(), Some("three"));
    on.pass(3);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn expiry_is_no_part_of_the_content(on: Subject) {
    let (key, loaded) = on.stored("one", seconds(10)).await;
    on.store.touch(&key, seconds(100)).await.expect("touch");
    assert!(matches!(on.put(&key, PutIf::Unchanged(&loaded), "two", seconds(10)).await, Put::Stored));
    let same_text = on.load(&key).await.expect("kept");
    on.put(&key, PutIf::Unchanged(&same_text), "two", Expiry::Never).await;
    let deleted = on.store.delete(&key, DeleteIf::Unchanged(&same_text)).await.expect("delete");
    assert!(matches!(deleted, Delete::Deleted));
}

pub(crate) async fn delete_any_removes_the_record(on: Subject) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    let deleted = on.store.delete(&key, DeleteIf::Any).await.expect("delete");
    assert!(matches!(deleted, Delete::Deleted));
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn delete_unchanged_removes_what_was_loaded(on: Subject) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    let deleted = on.store.delete(&key, DeleteIf::Unchanged(&loaded)).await.expect("delete");
    assert!(matches!(deleted, Delete::Deleted));
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn delete_unchanged_conflicts_with_other_content_and_shows_it(on: Subject) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    let deleted = on.store.delete(&key, DeleteIf::Unchanged(&Record::new("other"))).await.expect("delete");
    assert!(matches!(deleted, Delete::Conflict(current) if current.text() == "one"));
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn delete_of_nothing_is_missing(on: Subject) {
    for condition in [DeleteIf::Any, DeleteIf::Unchanged(&Record::new("one"))] {
        assert!(matches!(on.store.delete(&key(), condition).await.expect("delete"), Delete::Missing));
    }
}

pub(crate) async fn delete_of_an_expired_record_is_missing(on: Subject) {
    for any in [true, false] {
        let (key, loaded) = on.stored("one", seconds(10)).await;
        on.pass(11);
        let condition = if any { DeleteIf::Any } else { DeleteIf::Unchanged(&loaded) };
        assert!(matches!(on.store.delete(&key, condition).await.expect("delete"), Delete::Missing));
    }
}

pub(crate) async fn a_key_can_be_used_again_after_a_delete(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.store.delete(&key, DeleteIf::Any).await.expect("delete");
    assert!(matches!(on.put(&key, PutIf::Absent, "two", Expiry::Never).await, Put::Stored));
    on.pass(11);
    assert_eq!(on.text(&key).await.as_deref(), Some("two"));
}

pub(crate) async fn touch_keeps_a_record_longer(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.pass(5);
    assert_eq!(on.store.touch(&key, seconds(10)).await.expect("touch"), Touch::Touched);
    on.pass(8);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
    on.pass(3);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn touch_never_shortens(on: Subject) {
    let (key, _) = on.stored("one", seconds(100)).await;
    assert_eq!(on.store.touch(&key, seconds(10)).await.expect("touch"), Touch::Touched);
    on.pass(90);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn touch_never_creates(on: Subject) {
    let key = key();
    assert_eq!(on.store.touch(&key, seconds(10)).await.expect("touch"), Touch::Missing);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn touch_never_revives_an_expired_record(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    on.pass(11);
    assert_eq!(on.store.touch(&key, seconds(100)).await.expect("touch"), Touch::Missing);
    assert!(on.load(&key).await.is_none());
}

pub(crate) async fn touch_of_a_record_that_never_expires_changes_nothing(on: Subject) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    assert_eq!(on.store.touch(&key, seconds(10)).await.expect("touch"), Touch::Touched);
    on.pass(11);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn touch_can_make_a_record_never_expire(on: Subject) {
    let (key, _) = on.stored("one", seconds(10)).await;
    assert_eq!(on.store.touch(&key, Expiry::Never).await.expect("touch"), Touch::Touched);
    on.pass(11);
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(crate) async fn touch_leaves_the_content_alone(on: Subject) {
    let (key, loaded) = on.stored("one", seconds(10)).await;
    on.store.touch(&key, seconds(100)).await.expect("touch");
    assert!(on.load(&key).await.expect("kept").same_content(&loaded));
}

pub(crate) async fn of_64_puts_absent_exactly_one_wins(on: Subject) {
    let key = key();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..64 {
        let store = Arc::clone(&on.store);
        tasks.spawn(async move {
            let put = store.put(&key, PutIf::Absent, &Record::new(task.to_string()), Expiry::Never).await;
            matches!(put.expect("put"), Put::Stored).then(|| task.to_string())
        });
    }
    let winners: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(on.text(&key).await, winners.into_iter().next());
}

pub(crate) async fn of_64_puts_unchanged_exactly_one_wins(on: Subject) {
    let (key, loaded) = on.stored("old", Expiry::Never).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..64 {
        let (store, loaded) = (Arc::clone(&on.store), loaded.clone());
        tasks.spawn(async move {
            let new = Record::new(task.to_string());
            let put = store.put(&key, PutIf::Unchanged(&loaded), &new, Expiry::Never).await;
            matches!(put.expect("put"), Put::Stored).then(|| task.to_string())
        });
    }
    let winners: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(on.text(&key).await, winners.into_iter().next());
}

pub(crate) async fn of_64_deletes_unchanged_exactly_one_wins(on: Subject) {
    let (key, loaded) = on.stored("old", Expiry::Never).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (store, loaded) = (Arc::clone(&on.store), loaded.clone());
        tasks.spawn(async move {
            let deleted = store.delete(&key, DeleteIf::Unchanged(&loaded)).await;
            matches!(deleted.expect("delete"), Delete::Deleted)
        });
    }
    let winners = tasks.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(winners, 1);
}

pub(crate) async fn of_64_updates_none_is_lost(on: Subject) {
    let (key, _) = on.stored("", Expiry::Never).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let store = Arc::clone(&on.store);
        tasks.spawn(async move {
            let mut current = store.load(&key).await.expect("load").expect("kept");
            loop {
                tokio::task::yield_now().await;
                let new = Record::new(format!("{}x", current.text()));
                let put = store.put(&key, PutIf::Unchanged(&current), &new, Expiry::Never).await;
                match put.expect("put") {
                    Put::Stored => break,
                    Put::Conflict(now) => current = now.expect("kept"),
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(on.text(&key).await, Some("x".repeat(64)));
}

#[track_caller]
fn shows(put: &Put, expected: Option<&str>) {
    match put {
        Put::Stored => panic!("it was stored"),
        Put::Conflict(current) => assert_eq!(current.as_ref().map(Record::text), expected),
    }
}
