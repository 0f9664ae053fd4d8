//! What `touch` does to the time a record is kept, and that it does nothing else.

use std::time::Duration;

use crate::store::conformance::trial::{Trial, new_key};
use crate::{Expiry, Touch};

pub(super) async fn touch_keeps_a_record_longer(on: Trial) {
    let (key, _) = on.stored("one", on.after(10)).await;
    on.pass(5).await;
    assert_eq!(on.touch(&key, on.after(10)).await, Touch::Touched);
    on.pass(8).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
    on.pass(4).await;
    assert!(on.load(&key).await.is_none(), "it is kept longer than was asked for");
}

pub(super) async fn touch_never_shortens(on: Trial) {
    let (key, _) = on.stored("one", on.after(20)).await;
    for shorter in [on.after(5), Expiry::After(Duration::ZERO)] {
        assert_eq!(on.touch(&key, shorter).await, Touch::Touched);
    }
    on.pass(15).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn touch_never_creates(on: Trial) {
    let key = new_key();
    assert_eq!(on.touch(&key, on.after(10)).await, Touch::Missing);
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn touch_never_revives_an_expired_record(on: Trial) {
    let (key, _) = on.stored("one", on.after(5)).await;
    on.pass(7).await;
    assert_eq!(on.touch(&key, on.after(100)).await, Touch::Missing);
    assert!(on.load(&key).await.is_none());
}

pub(super) async fn touch_of_a_record_that_never_expires_changes_nothing(on: Trial) {
    let (key, _) = on.stored("one", Expiry::Never).await;
    assert_eq!(on.touch(&key, on.after(5)).await, Touch::Touched);
    on.pass(7).await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn touch_can_make_a_record_never_expire(on: Trial) {
    let (key, _) = on.stored("one", on.after(5)).await;
    assert_eq!(on.touch(&key, Expiry::Never).await, Touch::Touched);
    on.pass_ages().await;
    assert_eq!(on.text(&key).await.as_deref(), Some("one"));
}

pub(super) async fn touch_leaves_the_content_alone(on: Trial) {
    let (key, loaded) = on.stored("one", on.after(10)).await;
    on.touch(&key, on.after(100)).await;
    assert!(on.load(&key).await.expect("kept").same_content(&loaded));
}
