//! What holds for every operation.

use std::time::Duration;

use crate::store::conformance::trial::{Trial, deletes, new_key, shows, stores};
use crate::{Delete, DeleteIf, Expiry, PutIf, Record, SessionId, StoreKey, Touch};

pub(super) async fn keys_that_differ_in_letter_case_only_are_different(on: Trial) {
    let lower = "abcdefab-cdef-4bcd-abcd-efabcdefabcd";
    let keys = [lower.to_owned(), lower.to_uppercase(), lower.replacen('a', "A", 1)];
    keys_are_different(&on, &keys.map(|text| key(&text))).await;
}

pub(super) async fn keys_of_both_layouts_and_any_length_are_different(on: Trial) {
    let id: SessionId = "11111111-1111-4111-8111-111111111111".parse().expect("valid");
    let texts =
        ["a".repeat(64), "b".repeat(64), format!("{}b", "a".repeat(63)), "1".repeat(32), "1".to_owned()];
    let mut keys = texts.map(|text| key(&text)).to_vec();
    keys.extend([StoreKey::plain(&id), StoreKey::hashed(&id)]);
    keys_are_different(&on, &keys).await;
}

fn key(text: &str) -> StoreKey {
    StoreKey::parse(text).expect("a key")
}

async fn keys_are_different(on: &Trial, keys: &[StoreKey]) {
    for key in keys {
        stores(&on.put(key, PutIf::Absent, key.as_str(), Expiry::Never).await);
    }
    for key in keys {
        assert_eq!(on.text(key).await.as_deref(), Some(key.as_str()));
    }
}

pub(super) async fn an_operation_leaves_other_keys_alone(on: Trial) {
    let (other, _) = on.stored("other", on.after(10)).await;
    let (key, one) = on.stored("one", on.after(20)).await;
    stores(&on.put(&key, PutIf::Unchanged(&one), "two", on.after(20)).await);
    on.touch(&key, on.after(30)).await;
    on.pass(5).await;
    assert_eq!(on.text(&other).await.as_deref(), Some("other"));
    deletes(&on.delete(&key, DeleteIf::Any).await);
    assert_eq!(on.text(&other).await.as_deref(), Some("other"));
    on.pass(7).await;
    assert!(on.load(&other).await.is_none(), "it is kept longer, as another one is");
}

pub(super) async fn a_handle_sees_what_another_did(on: Trial) {
    let [a, b] = [on.handle(0), on.handle(1)];
    let (key, [one, two]) = (new_key(), ["one", "two"].map(Record::new));
    stores(&a.put(&key, PutIf::Absent, &one, Expiry::Never).await.expect("put"));
    let seen = b.load(&key).await.expect("load").expect("what the other has put");
    assert_eq!(seen.text(), "one");
    stores(&b.put(&key, PutIf::Unchanged(&seen), &two, Expiry::Never).await.expect("put"));
    shows(&a.put(&key, PutIf::Unchanged(&one), &two, Expiry::Never).await.expect("put"), Some("two"));
    assert_eq!(a.load(&key).await.expect("load").expect("kept").text(), "two");
    deletes(&b.delete(&key, DeleteIf::Any).await.expect("delete"));
    assert!(a.load(&key).await.expect("load").is_none(), "the other has deleted it");
    assert_eq!(a.touch(&key, Expiry::Never).await.expect("touch"), Touch::Missing);
    assert!(matches!(a.delete(&key, DeleteIf::Any).await.expect("delete"), Delete::Missing));
}

pub(super) async fn what_was_stored_outlives_its_handle(on: Trial) {
    let (key, text) = (new_key(), Record::new("one"));
    let handle = on.open();
    stores(&handle.put(&key, PutIf::Absent, &text, Expiry::Never).await.expect("put"));
    drop(handle);
    let loaded = on.open().load(&key).await.expect("load");
    assert_eq!(loaded.as_ref().map(Record::text), Some("one"));
}

pub(super) async fn expiry_is_no_part_of_the_content(on: Trial) {
    let (key, loaded) = on.stored("one", on.after(10)).await;
    on.touch(&key, on.after(100)).await;
    stores(&on.put(&key, PutIf::Unchanged(&loaded), "two", on.after(10)).await);
    let same_text = on.load(&key).await.expect("kept");
    stores(&on.put(&key, PutIf::Unchanged(&same_text), "two", Expiry::Never).await);
    deletes(&on.delete(&key, DeleteIf::Unchanged(&same_text)).await);
}

pub(super) async fn the_longest_expiry_is_accepted(on: Trial) {
    let longest = Expiry::After(Duration::MAX);
    let (put, _) = on.stored("one", longest).await;
    let (touched, _) = on.stored("one", on.after(5)).await;
    assert_eq!(on.touch(&touched, longest).await, Touch::Touched);
    on.pass(7).await;
    for key in [put, touched] {
        assert_eq!(on.text(&key).await.as_deref(), Some("one"));
    }
}
