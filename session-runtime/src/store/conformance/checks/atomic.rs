//! Each operation is atomic for its key: races over two handles, and operations that are given up.

use crate::store::conformance::trial::{Trial, begin_and_drop, let_others_run, new_key};
use crate::{Delete, DeleteIf, Expiry, Put, PutIf, Record, StoreKey};

const RACERS: usize = 64;
const ROUNDS: usize = 64;

pub(super) async fn of_64_puts_absent_exactly_one_wins(on: Trial) {
    let key = new_key();
    let tasks = (0..RACERS).map(|racer| {
        let store = on.handle(racer);
        async move {
            let put = store.put(&key, PutIf::Absent, &Record::new(racer.to_string()), Expiry::Never).await;
            matches!(put.expect("put"), Put::Stored).then(|| racer.to_string())
        }
    });
    let winners: Vec<String> = on.all(tasks).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "winners");
    assert_eq!(on.text(&key).await, winners.into_iter().next());
}

pub(super) async fn of_64_puts_unchanged_exactly_one_wins(on: Trial) {
    let (key, loaded) = on.stored("old", Expiry::Never).await;
    let tasks = (0..RACERS).map(|racer| {
        let (store, loaded) = (on.handle(racer), loaded.clone());
        async move {
            let new = Record::new(racer.to_string());
            let put = store.put(&key, PutIf::Unchanged(&loaded), &new, Expiry::Never).await;
            matches!(put.expect("put"), Put::Stored).then(|| racer.to_string())
        }
    });
    let winners: Vec<String> = on.all(tasks).await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "winners");
    assert_eq!(on.text(&key).await, winners.into_iter().next());
}

pub(super) async fn of_64_deletes_unchanged_exactly_one_wins(on: Trial) {
    let (key, loaded) = on.stored("old", Expiry::Never).await;
    let tasks = (0..RACERS).map(|racer| {
        let (store, loaded) = (on.handle(racer), loaded.clone());
        async move {
            let deleted = store.delete(&key, DeleteIf::Unchanged(&loaded)).await;
            matches!(deleted.expect("delete"), Delete::Deleted)
        }
    });
    let winners = on.all(tasks).await.into_iter().filter(|won| *won).count();
    assert_eq!(winners, 1, "winners");
}

pub(super) async fn of_64_updates_none_is_lost(on: Trial) {
    let (key, _) = on.stored("", Expiry::Never).await;
    let tasks = (0..RACERS).map(|racer| {
        let store = on.handle(racer);
        async move {
            let mut current = store.load(&key).await.expect("load").expect("kept");
            // Each conflict is the success of another racer.
            for _ in 0..RACERS {
                let_others_run().await;
                let new = Record::new(format!("{}x", current.text()));
                let put = store.put(&key, PutIf::Unchanged(&current), &new, Expiry::Never).await;
                match put.expect("put") {
                    Put::Stored => return true,
                    Put::Conflict(now) => current = now.expect("kept"),
                }
            }
            false
        }
    });
    assert!(on.all(tasks).await.into_iter().all(|stored| stored), "a conflict without a change");
    assert_eq!(on.text(&key).await.map(|text| text.len()), Some(RACERS));
}

pub(super) async fn of_a_put_and_a_delete_exactly_one_wins(on: Trial) {
    for round in 0..ROUNDS {
        let (key, loaded) = on.stored("old", Expiry::Never).await;
        let tasks = either_first(round).map(|put| {
            let (store, loaded) = (on.handle(round / 2 + usize::from(put)), loaded.clone());
            async move {
                if put {
                    let new = Record::new("new");
                    let put = store.put(&key, PutIf::Unchanged(&loaded), &new, Expiry::Never).await;
                    matches!(put.expect("put"), Put::Stored).then_some("put")
                } else {
                    let deleted = store.delete(&key, DeleteIf::Unchanged(&loaded)).await;
                    matches!(deleted.expect("delete"), Delete::Deleted).then_some("delete")
                }
            }
        });
        let winners: Vec<&str> = on.all(tasks).await.into_iter().flatten().collect();
        let left = on.text(&key).await;
        match winners[..] {
            ["put"] => assert_eq!(left.as_deref(), Some("new")),
            ["delete"] => assert_eq!(left, None),
            _ => panic!("winners: {winners:?}"),
        }
    }
}

pub(super) async fn a_touch_beside_a_delete_brings_nothing_back(on: Trial) {
    for round in 0..ROUNDS {
        let (key, _) = on.stored("old", on.after(1_000)).await;
        let expiry = on.after(2_000);
        let tasks = either_first(round).map(|touch| {
            let store = on.handle(round / 2 + usize::from(touch));
            async move {
                if touch {
                    store.touch(&key, expiry).await.expect("touch");
                } else {
                    store.delete(&key, DeleteIf::Any).await.expect("delete");
                }
            }
        });
        on.all(tasks).await;
        assert_eq!(on.text(&key).await, None);
    }
}

pub(super) async fn a_touch_beside_a_put_brings_nothing_back(on: Trial) {
    for round in 0..ROUNDS {
        let (key, loaded) = on.stored("old", on.after(1_000)).await;
        let expiry = on.after(2_000);
        let tasks = either_first(round).map(|touch| {
            let (store, loaded) = (on.handle(round / 2 + usize::from(touch)), loaded.clone());
            async move {
                if touch {
                    store.touch(&key, expiry).await.expect("touch");
                } else {
                    let new = Record::new("new");
                    let put = store.put(&key, PutIf::Unchanged(&loaded), &new, expiry).await;
                    assert!(matches!(put.expect("put"), Put::Stored), "a touch is no change");
                }
            }
        });
        on.all(tasks).await;
        assert_eq!(on.text(&key).await.as_deref(), Some("new"));
    }
}

/// Of two that race, now the one is started first and now the other.
fn either_first(round: usize) -> [bool; 2] {
    let even = round.is_multiple_of(2);
    [even, !even]
}

/// Nothing between the two, no answer that belongs to somebody else, and a store that goes on working.
pub(super) async fn a_dropped_operation_has_happened_or_not(on: Trial) {
    let (other, _) = on.stored("other", Expiry::Never).await;
    let (store, new) = (on.handle(0), Record::new("new"));
    for operation in (0..4).cycle().take(40) {
        let (key, old) = on.stored("old", Expiry::Never).await;
        match operation {
            0 => begin_and_drop(store.load(&key)).await,
            1 => begin_and_drop(store.put(&key, PutIf::Unchanged(&old), &new, Expiry::Never)).await,
            2 => begin_and_drop(store.delete(&key, DeleteIf::Unchanged(&old))).await,
            _ => begin_and_drop(store.touch(&key, Expiry::Never)).await,
        }
        assert_eq!(on.text(&other).await.as_deref(), Some("other"), "an answer to another question");
        let text = on.text(&key).await;
        let legal = match operation {
            1 => matches!(text.as_deref(), Some("old" | "new")),
            2 => matches!(text.as_deref(), Some("old") | None),
            _ => text.as_deref() == Some("old"),
        };
        assert!(legal, "operation {operation} was dropped and left {text:?}");
        settle(&on, &key).await;
    }
}

/// Writes to `key` whatever is stored. What was dropped may still happen, once.
async fn settle(on: &Trial, key: &StoreKey) {
    let mut current = on.load(key).await;
    for _ in 0..3 {
        let condition = current.as_ref().map_or(PutIf::Absent, PutIf::Unchanged);
        match on.put(key, condition, "settled", Expiry::Never).await {
            Put::Stored => break,
            Put::Conflict(now) => current = now,
        }
    }
    assert_eq!(on.text(key).await.as_deref(), Some("settled"));
}
