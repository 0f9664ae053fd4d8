//! What `load` gives.

use crate::Expiry;
use crate::store::conformance::trial::{Trial, new_key};

pub(super) async fn load_of_nothing_is_none(on: Trial) {
    assert!(on.load(&new_key()).await.is_none());
}

pub(super) async fn a_text_comes_back_exactly_as_it_was_put(on: Trial) {
    let long = "0123456789".repeat(10_000);
    for text in ["", "\0", "\r\n", " [[\"Map\"]] ", "\u{feff}日本\u{2028}🦀", "\"\\u0000\"", &long] {
        let (_, loaded) = on.stored(text, Expiry::Never).await;
        assert_eq!(loaded.text(), text);
    }
}

pub(super) async fn a_record_is_kept_for_its_whole_time(on: Trial) {
    let (key, _) = on.stored("one", on.after(10)).await;
    on.pass(8).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn a_record_that_never_expires_stays(on: Trial) {
    let (key, loaded) = on.stored("one", Expiry::Never).await;
    assert_eq!(loaded.remaining(), None);
    on.pass_ages().await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn an_expired_record_is_none(on: Trial) {
    let (key, _) = on.stored("one", on.after(10)).await;
    on.pass(12).await;
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn what_a_load_says_remains_is_true(on: Trial) {
    let (key, loaded) = on.stored("one", on.after(10)).await;
    assert!(loaded.remaining().is_none_or(|left| left <= on.units(10)), "more than was asked for");
    on.pass(6).await;
    let left = on.load(&key).await.expect("kept").remaining();
    assert!(left.is_none_or(|left| left <= on.units(5)), "{left:?} is more than the truth");
    assert!(left.is_none_or(|left| left >= on.units(2)), "{left:?} is less than the truth");
}

pub(super) async fn a_load_changes_nothing(on: Trial) {
    let (key, loaded) = on.stored("one", on.after(10)).await;
    on.pass(7).await;
    assert!(on.load(&key).await.expect("kept").same_content(&loaded));
    on.pass(5).await;
    assert!(on.load(&key).await.is_none(), "the load has made it live longer");
}
