//! 100,000 sessions in one directory: an operation costs what it costs in an empty one.

use std::time::{Duration, Instant};

use session_runtime::{Expiry, FileStore, PutIf, Record, SessionId, Store, StoreKey};

use crate::support::{Folder, seconds};

const SESSIONS: usize = 100_000;
const SAMPLE: usize = 1_000;

fn micros(time: Duration, operations: usize) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(u32::try_from(operations).expect("small"))
}

/// Microseconds for each create, load, touch, replace and delete, of `SAMPLE` sessions.
async fn costs(store: &FileStore) -> [f64; 5] {
    let record = Record::new("x".repeat(1_000));
    let keys: Vec<StoreKey> = (0..SAMPLE).map(|_| StoreKey::hashed(&SessionId::random())).collect();
    let mut costs = [0.0; 5];
    for (step, cost) in costs.iter_mut().enumerate() {
        let begun = Instant::now();
        for key in &keys {
            match step {
                0 => drop(store.put(key, PutIf::Absent, &record, seconds(60)).await.expect("put")),
                1 => drop(store.load(key).await.expect("load").expect("kept")),
                2 => drop(store.touch(key, seconds(600)).await.expect("touch")),
                3 => {
                    drop(store.put(key, PutIf::Unchanged(&record), &record, seconds(60)).await.expect("put"));
                }
                _ => drop(store.delete(key, session_runtime::DeleteIf::Any).await.expect("delete")),
            }
        }
        *cost = micros(begun.elapsed(), SAMPLE);
    }
    costs
}

async fn fill(store: &FileStore, first: usize, count: usize) {
    for nth in first..first + count {
        let key = StoreKey::parse(&format!("{nth:064x}")).expect("a key");
        store.put(&key, PutIf::Absent, &Record::new("text"), Expiry::Never).await.expect("put");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_costs_the_same_among_100_000_sessions() {
    let folder = Folder::new();
    let store = FileStore::new(folder.sessions());
    let few = costs(&store).await;
    let begun = Instant::now();
    let parts = [0, 1].map(|part| {
        let store = store.clone();
        tokio::spawn(async move { fill(&store, part * SESSIONS / 2, SESSIONS / 2).await })
    });
    for part in parts {
        part.await.expect("no panic");
    }
    println!("{SESSIONS} sessions put in {:?}", begun.elapsed());
    let many = costs(&store).await;
    let names = ["create", "load", "touch", "replace", "delete"];
    println!("µs on tokio's blocking threads, 1 kB: {names:?} empty {few:.1?}, among {SESSIONS} {many:.1?}");
    let begun = Instant::now();
    assert_eq!(store.sweep().await.expect("sweep"), 0);
    println!("a sweep over them: {:?}", begun.elapsed());
    for (nth, (few, many)) in few.iter().zip(many).enumerate() {
        assert!(many < few * 4.0 + 200.0, "{}: {few} µs, then {many} µs", names[nth]);
    }
    let inline = std::thread::spawn(move || {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match Box::pin(costs(&store)).as_mut().poll(&mut context) {
            std::task::Poll::Ready(costs) => costs,
            std::task::Poll::Pending => panic!("it waited"),
        }
    });
    println!("µs without a runtime, among {SESSIONS}: {:.1?}", inline.join().expect("no panic"));
}
