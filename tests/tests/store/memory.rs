//! What the memory store promises beyond the contract: bounds, the order in which sessions leave, freed memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{DeleteIf, ErrorKind, Expiry, MemoryStore, Put, PutIf, Record, Store, StoreKey};

use crate::support::{key, seconds};

async fn put(store: &MemoryStore, key: &StoreKey, text: &str) {
    let put = store.put(key, PutIf::Absent, &Record::new(text), Expiry::Never).await.expect("put");
    assert!(matches!(put, Put::Stored));
}

/// Whether a record is there, without using it: a delete that does not happen is no use.
async fn has(store: &MemoryStore, key: &StoreKey) -> bool {
    let other = Record::new("never put");
    let deleted = store.delete(key, DeleteIf::Unchanged(&other)).await.expect("delete");
    matches!(deleted, session_runtime::Delete::Conflict(_))
}

async fn present(store: &MemoryStore, keys: &[StoreKey]) -> Vec<bool> {
    let mut present = Vec::new();
    for key in keys {
        present.push(has(store, key).await);
    }
    present
}

#[tokio::test]
async fn the_least_recently_put_leaves_first() {
    let store = MemoryStore::with_limits(1_000, 3);
    let keys = [(); 4].map(|()| key());
    for key in &keys {
        put(&store, key, "text").await;
    }
    assert_eq!(present(&store, &keys).await, [false, true, true, true]);
}

#[tokio::test]
async fn load_touch_and_put_are_use() {
    let store = MemoryStore::with_limits(1_000, 4);
    let keys = [(); 4].map(|()| key());
    for key in &keys {
        put(&store, key, "text").await;
    }
    let loaded = store.load(&keys[0]).await.expect("load").expect("kept");
    store.touch(&keys[1], Expiry::Never).await.expect("touch");
    store.put(&keys[2], PutIf::Unchanged(&loaded), &Record::new("new"), Expiry::Never).await.expect("put");
    put(&store, &key(), "text").await;
    assert_eq!(present(&store, &keys).await, [true, true, true, false]);
    put(&store, &key(), "text").await;
    assert_eq!(present(&store, &keys).await, [false, true, true, false]);
}

#[tokio::test]
async fn thousands_leave_in_the_order_of_use() {
    let store = MemoryStore::with_limits(1 << 20, 1_000);
    let mut keys: Vec<StoreKey> = (0..1_000).map(|_| key()).collect();
    for key in &keys {
        put(&store, key, "text").await;
    }
    keys.reverse();
    for key in &keys {
        assert!(store.load(key).await.expect("load").is_some());
    }
    for gone in 1..=1_000 {
        put(&store, &key(), "text").await;
        assert_eq!(store.len(), 1_000);
        assert!(!has(&store, &keys[gone - 1]).await);
        assert!(gone == 1_000 || has(&store, &keys[gone]).await);
    }
}

/// Loads, deletes and puts at random, beside a list of all keys by the time of their use.
#[tokio::test]
async fn whoever_leaves_was_used_least_recently_whatever_happened_before() {
    const MOST: usize = 10_000;
    let store = MemoryStore::with_limits(usize::MAX, MOST);
    let (mut by_time, mut keys, mut random, mut left) = (BTreeMap::new(), Vec::new(), 1_u64, 0);
    for now in 0..60_000_u64 {
        // xorshift64: any numbers without a pattern will do.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let at = usize::try_from(random >> 8).expect("64 bits") % (keys.len() + 1);
        match random % 16 {
            0..10 if at < keys.len() => {
                let (key, time): &mut (StoreKey, u64) = &mut keys[at];
                assert!(store.load(key).await.expect("load").is_some(), "{now}");
                by_time.remove(time);
                by_time.insert(now, *key);
                *time = now;
            }
            10 if at < keys.len() => {
                let (key, time) = keys.swap_remove(at);
                store.delete(&key, DeleteIf::Any).await.expect("delete");
                by_time.remove(&time);
            }
            _ => {
                let key = key();
                put(&store, &key, "").await;
                if keys.len() == MOST {
                    let (time, oldest) = by_time.pop_first().expect("full");
                    assert!(!has(&store, &oldest).await, "{now}: it was used at {time}");
                    keys.retain(|(_, used)| *used != time);
                    left += 1;
                }
                by_time.insert(now, key);
                keys.push((key, now));
            }
        }
        assert_eq!(store.len(), keys.len());
    }
    assert!(left > 4_000, "{left} had to leave");
}

#[tokio::test]
async fn the_bound_on_bytes_is_kept() {
    let store = MemoryStore::with_limits(100, 1_000);
    let keys = [(); 5].map(|()| key());
    for key in &keys[..4] {
        put(&store, key, &"x".repeat(25)).await;
    }
    assert_eq!((store.len(), store.bytes()), (4, 100));
    put(&store, &keys[4], &"x".repeat(26)).await;
    assert_eq!(present(&store, &keys).await, [false, false, true, true, true]);
    assert_eq!((store.len(), store.bytes()), (3, 76));
}

#[tokio::test]
async fn a_record_that_grows_pushes_others_out_but_not_itself() {
    let store = MemoryStore::with_limits(100, 1_000);
    let keys = [(); 4].map(|()| key());
    for key in &keys {
        put(&store, key, &"x".repeat(25)).await;
    }
    let old = Record::new("x".repeat(25));
    for (len, left) in [(50, 3), (75, 2), (100, 1)] {
        let current = store.load(&keys[0]).await.expect("load").expect("kept");
        let condition = if len == 50 { PutIf::Unchanged(&old) } else { PutIf::Unchanged(&current) };
        let new = Record::new("y".repeat(len));
        let put = store.put(&keys[0], condition, &new, Expiry::Never).await.expect("put");
        assert!(matches!(put, Put::Stored));
        assert_eq!((store.len(), store.bytes()), (left, 100));
    }
    assert_eq!(present(&store, &keys).await, [true, false, false, false]);
}

#[tokio::test]
async fn a_text_larger_than_the_bound_is_refused_and_nothing_changes() {
    let store = MemoryStore::with_limits(10, 10);
    let kept = key();
    put(&store, &kept, "0123456789").await;
    let large = Record::new("0123456789a");
    for key in [key(), kept] {
        let refused = store.put(&key, PutIf::Absent, &large, Expiry::Never).await;
        assert_eq!(refused.expect_err("too large").kind(), ErrorKind::TooLarge);
    }
    assert_eq!(store.load(&kept).await.expect("load").expect("kept").text(), "0123456789");
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn a_put_that_conflicts_evicts_nobody() {
    let store = MemoryStore::with_limits(10, 2);
    let keys = [(); 2].map(|()| key());
    put(&store, &keys[0], "one").await;
    put(&store, &keys[1], "two").await;
    let new = Record::new("0123456789");
    store.put(&keys[1], PutIf::Absent, &new, Expiry::Never).await.expect("put");
    store.put(&key(), PutIf::Unchanged(&new), &new, Expiry::Never).await.expect("put");
    assert_eq!(present(&store, &keys).await, [true, true]);
}

#[tokio::test]
async fn a_store_for_nobody_holds_one() {
    let store = MemoryStore::with_limits(10, 0);
    for _ in 0..3 {
        let key = key();
        put(&store, &key, "text").await;
        assert!(store.load(&key).await.expect("load").is_some());
        assert_eq!(store.len(), 1);
    }
}

#[tokio::test]
async fn what_was_acknowledged_can_be_loaded() {
    let store = MemoryStore::with_limits(5_000, 100);
    for round in 0..2_000 {
        let key = key();
        put(&store, &key, &"x".repeat(round * 7 % 500)).await;
        assert!(store.load(&key).await.expect("load").is_some());
        assert!(store.bytes() <= 5_000 && store.len() <= 100);
    }
}

#[tokio::test]
async fn loading_an_expired_record_frees_it() {
    let clock = ManualClock::at(0);
    let store = MemoryStore::new().clock(clock.clock());
    let key = key();
    store.put(&key, PutIf::Absent, &Record::new("text"), seconds(10)).await.expect("put");
    clock.advance(Duration::from_secs(10));
    assert_eq!((store.len(), store.bytes()), (1, 4));
    assert!(store.load(&key).await.expect("load").is_none());
    assert_eq!((store.len(), store.bytes()), (0, 0));
}

#[tokio::test]
async fn purging_frees_what_has_expired_and_nothing_else() {
    let clock = ManualClock::at(0);
    let store = MemoryStore::new().clock(clock.clock());
    let kept = key();
    store.put(&kept, PutIf::Absent, &Record::new("kept"), seconds(100)).await.expect("put");
    for _ in 0..5_000 {
        store.put(&key(), PutIf::Absent, &Record::new("text"), seconds(10)).await.expect("put");
    }
    assert_eq!(store.purge_expired(), 0);
    clock.advance(Duration::from_secs(50));
    assert_eq!(store.purge_expired(), 5_000);
    assert_eq!((store.len(), store.bytes()), (1, 4));
    assert!(has(&store, &kept).await);
    clock.advance(Duration::from_secs(50));
    assert_eq!(store.purge_expired(), 1);
    assert!(store.is_empty());
    assert_eq!(store.bytes(), 0);
}

#[tokio::test]
async fn puts_alone_free_what_has_expired() {
    let clock = ManualClock::at(0);
    let store = MemoryStore::new().clock(clock.clock());
    for _ in 0..5_000 {
        store.put(&key(), PutIf::Absent, &Record::new("text"), seconds(10)).await.expect("put");
    }
    clock.advance(Duration::from_secs(11));
    for _ in 0..5_000 {
        store.put(&key(), PutIf::Absent, &Record::new("text"), Expiry::Never).await.expect("put");
    }
    assert_eq!((store.len(), store.bytes()), (5_000, 20_000));
}

#[tokio::test]
async fn a_put_over_an_expired_record_counts_it_once() {
    let clock = ManualClock::at(0);
    let store = MemoryStore::with_limits(1_000, 1).clock(clock.clock());
    let key = key();
    store.put(&key, PutIf::Absent, &Record::new("text"), seconds(10)).await.expect("put");
    clock.advance(Duration::from_secs(10));
    put(&store, &key, "new").await;
    assert_eq!((store.len(), store.bytes()), (1, 3));
}

#[tokio::test]
async fn clones_share_their_sessions() {
    let store = MemoryStore::new();
    let key = key();
    put(&store.clone(), &key, "text").await;
    assert!(store.load(&key).await.expect("load").is_some());
    assert_eq!(format!("{store:?}"), "MemoryStore { sessions: 1, bytes: 4 }");
}

#[tokio::test]
async fn a_loaded_text_is_shared_not_copied() {
    let store = MemoryStore::new();
    let (key, record) = (key(), Record::new("text"));
    store.put(&key, PutIf::Absent, &record, Expiry::Never).await.expect("put");
    let loaded = store.load(&key).await.expect("load").expect("kept");
    assert!(std::sync::Arc::ptr_eq(record.shared_text(), loaded.shared_text()));
}

#[tokio::test]
async fn an_expiry_beyond_all_time_is_kept_and_one_of_nothing_is_not() {
    let store = MemoryStore::new().clock(ManualClock::at(1).clock());
    let (long, none) = (key(), key());
    let text = Record::new("text");
    store.put(&long, PutIf::Absent, &text, Expiry::After(Duration::MAX)).await.expect("put");
    store.put(&none, PutIf::Absent, &text, Expiry::After(Duration::ZERO)).await.expect("put");
    assert!(store.load(&long).await.expect("load").is_some());
    assert!(store.load(&none).await.expect("load").is_none());
}

/// Threads that put, load and delete at once: bounds hold at every moment, and the counts are right in the end.
#[test]
fn bounds_and_counts_hold_under_threads() {
    let store = MemoryStore::with_limits(2_000, 50);
    let busy = AtomicBool::new(true);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while busy.load(Ordering::Relaxed) {
                assert!(store.len() <= 50 && store.bytes() <= 2_000);
            }
        });
        let workers = [1, 7, 13, 31].map(|step| {
            let store = &store;
            scope.spawn(move || runtime().block_on(work(store, step)))
        });
        for worker in workers {
            worker.join().expect("a worker");
        }
        busy.store(false, Ordering::Relaxed);
        watch.join().expect("the watcher");
    });
    runtime().block_on(put(&store, &key(), &"x".repeat(2_000)));
    assert_eq!((store.len(), store.bytes()), (1, 2_000), "the counts have drifted");
}

async fn work(store: &MemoryStore, step: usize) {
    for round in 0..5_000 {
        let key = key();
        put(store, &key, &"x".repeat(round * step % 200)).await;
        if round % 3 == 0 {
            store.load(&key).await.expect("load");
            store.delete(&key, DeleteIf::Any).await.expect("delete");
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}
