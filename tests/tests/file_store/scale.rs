//! 100,000 sessions in one directory: an operation costs what it costs among 1,000.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use session_runtime::{DeleteIf, FileStore, PutIf, Record, SessionId, Store, StoreKey};

use crate::support::{Folder, seconds};

const FEW: usize = 1_000;
const MANY: usize = 100_000;
const ROUNDS: usize = 20;
const SAMPLE: u32 = 20;
const NAMES: [&str; 5] = ["create", "load", "touch", "replace", "delete"];
/// How many times as much an operation may cost among many; a directory that is searched costs 100 times as much.
const FLAT: f64 = 3.0;

/// Without a runtime nothing waits, and no time is spent between threads.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// The time for each create, load, touch, replace and delete, of `SAMPLE` sessions.
fn costs(directory: &Path) -> [Duration; 5] {
    // A new handle, whose puts of new sessions have the directory to sweep.
    let store = FileStore::new(directory);
    let record = Record::new("x".repeat(1_000));
    let keys: Vec<StoreKey> = (0..SAMPLE).map(|_| StoreKey::hashed(&SessionId::random())).collect();
    [0, 1, 2, 3, 4].map(|step| {
        let begun = Instant::now();
        for key in &keys {
            match step {
                0 => drop(at_once(store.put(key, PutIf::Absent, &record, seconds(60))).expect("put")),
                1 => drop(at_once(store.load(key)).expect("load").expect("kept")),
                2 => drop(at_once(store.touch(key, seconds(600))).expect("touch")),
                3 => drop(
                    at_once(store.put(key, PutIf::Unchanged(&record), &record, seconds(60))).expect("put"),
                ),
                _ => drop(at_once(store.delete(key, DeleteIf::Any)).expect("delete")),
            }
        }
        begun.elapsed() / SAMPLE
    })
}

/// A directory with so many sessions that never expire, written without the store, which would take longer.
fn filled(folder: &Folder, count: usize) -> PathBuf {
    let directory = folder.sessions();
    fs::create_dir(&directory).expect("a new folder");
    let never = SystemTime::UNIX_EPOCH + Duration::from_millis(946_684_800_000);
    for nth in 0..count {
        let mut file = File::create(directory.join(format!("{nth:064x}"))).expect("a file");
        file.write_all(b"text").and_then(|()| file.set_modified(never)).expect("written");
    }
    let key = StoreKey::parse(&format!("{:064x}", count - 1)).expect("a key");
    let record = at_once(FileStore::new(&directory).load(&key)).expect("load").expect("a session");
    assert_eq!((record.text(), record.remaining()), ("text", None));
    directory
}

#[test]
fn an_operation_costs_the_same_among_100_000_sessions() {
    let folders = [Folder::new(), Folder::new()];
    let begun = Instant::now();
    let directories = [filled(&folders[0], FEW), filled(&folders[1], MANY)];
    println!("{MANY} sessions written in {:?}", begun.elapsed());
    let mut times = [[Duration::MAX; 5]; 2];
    for _ in 0..ROUNDS {
        // In turns, and the best of all rounds: what else the machine does is not to count.
        for (times, directory) in times.iter_mut().zip(&directories) {
            for (times, cost) in times.iter_mut().zip(costs(directory)) {
                *times = cost.min(*times);
            }
        }
    }
    let [few, many] = times;
    for ((name, few), many) in NAMES.into_iter().zip(few).zip(many) {
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{name}: {few:?} among {FEW}, {many:?} among {MANY}: {ratio:.2} times as much");
        assert!(ratio < FLAT, "{name} costs {ratio:.2} times as much");
    }
    let begun = Instant::now();
    assert_eq!(at_once(FileStore::new(&directories[1]).sweep()).expect("sweep"), 0);
    println!("a sweep over them: {:?}", begun.elapsed());
}
