//! What a session takes in the memory store, by the allocations of this thread; and that all of it is given back.

use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{Expiry, MemoryStore, PutIf, Record, SessionId, Store, StoreKey};

/// What a session may take beyond its text.
const OVERHEAD: u64 = 90;

#[test]
fn a_session_takes_at_most_90_bytes_more_than_its_text_and_gives_them_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (sessions, len) in [(100_000_u64, 1), (100_000, 64), (100_000, 203), (1_000_000, 64)] {
        let clock = ManualClock::at(0);
        let mut each = 0;
        let empty = allocation_counter::measure(|| {
            let store = MemoryStore::with_limits(usize::MAX, usize::MAX).clock(clock.clock());
            let heap = allocation_counter::measure(|| {
                for _ in 0..sessions {
                    let (key, text) = (StoreKey::hashed(&SessionId::random()), Record::new("x".repeat(len)));
                    let put = store.put(&key, PutIf::Absent, &text, Expiry::After(Duration::from_secs(10)));
                    runtime.block_on(put).expect("put");
                }
            });
            each = heap.bytes_current.unsigned_abs().div_ceil(sessions);
            assert!(heap.bytes_current > 0 && each <= len as u64 + OVERHEAD);

            clock.advance(Duration::from_secs(11));
            let freed = allocation_counter::measure(|| {
                assert_eq!(store.purge_expired() as u64, sessions);
            });
            let left = heap.bytes_current + freed.bytes_current;
            assert!(left.unsigned_abs() <= 1024, "{left} bytes are left of {}", heap.bytes_current);
        });
        println!("{sessions} sessions of {len} bytes take {each} bytes each");
        assert_eq!(empty.bytes_current, 0, "with the store everything is gone");
    }
}
