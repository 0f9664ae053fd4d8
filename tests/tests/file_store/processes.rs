//! Several processes on one directory, and processes that are killed while they write.

use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use session_runtime::{Expiry, FileStore, PutIf, Record, SessionConfig, Store, StoreKey};
use session_tests::browser::Browser;
use session_tests::races;

use crate::child::{BEGUN, counter, nth, number, start};
use crate::support::{Folder, text};

const KILLS: u64 = 200;

/// Lets a process do `task` for `time`, kills it, and gives what it said in whole lines.
fn killed_after(task: &str, folder: &Folder, time: Duration) -> String {
    let mut child = start(task, &folder.sessions());
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    // How long it takes to start says nothing about what it does.
    let mut line = String::new();
    while line.trim() != BEGUN {
        line.clear();
        assert_ne!(out.read_line(&mut line).expect("UTF-8"), 0, "it ended before it began");
    }
    let said = thread::spawn(move || {
        let mut said = String::new();
        out.read_to_string(&mut said).expect("UTF-8");
        said
    });
    thread::sleep(time);
    child.kill().expect("killed");
    child.wait().expect("dead");
    let mut said = said.join().expect("no panic");
    said.truncate(said.rfind('\n').map_or(0, |end| end + 1));
    said
}

/// What the killed writers left.
#[derive(Default)]
struct Left {
    acknowledged: Option<u64>,
    /// How often a record was stored whose writer did not live to say so.
    ahead: u32,
    unfinished: usize,
    new: Vec<(u64, StoreKey)>,
}

/// Kills a process that writes, again and again, and looks after each time at what is stored.
async fn kill(task: &str, folder: &Folder, store: &FileStore) -> Result<Left, String> {
    let mut left = Left::default();
    for round in 0..KILLS {
        let time = Duration::from_micros(RandomState::new().hash_one(round) % 15_000);
        for line in killed_after(task, folder, time).lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["ack", number] => left.acknowledged = Some(number.parse().expect("a number")),
                ["new", number, key] => {
                    left.new.push((number.parse().expect("a number"), StoreKey::parse(key).expect("a key")));
                }
                _ => {}
            }
        }
        let stored = text(store, &counter()).await;
        let found = stored.as_deref().and_then(number);
        if stored != found.map(nth) {
            return Err(format!("a torn record after {round} kills"));
        }
        let next = left.acknowledged.map_or(0, |number| number + 1);
        if found != left.acknowledged && found != Some(next) {
            return Err(format!(
                "{found:?} after {:?} was acknowledged, after {round} kills",
                left.acknowledged
            ));
        }
        left.ahead += u32::from(found != left.acknowledged);
        left.acknowledged = found;
        left.unfinished = left.unfinished.max(folder.unfinished().len());
    }
    Ok(left)
}

#[tokio::test]
async fn a_writer_killed_200_times_leaves_no_torn_and_loses_no_acknowledged_record() {
    let folder = Folder::new();
    let store = FileStore::new(folder.sessions());
    let left = kill("write", &folder, &store).await.expect("whole and there");
    for (number, key) in &left.new {
        assert_eq!(text(&store, key).await, Some(nth(*number)), "an acknowledged new record");
    }
    store.sweep().await.expect("sweep");
    assert!(folder.unfinished().is_empty(), "a sweep leaves nothing unfinished");
    println!(
        "{KILLS} kills, {} records and {} new ones acknowledged: none torn, none lost; {} times the next one was \
         stored before it was acknowledged; at most {} unfinished files, none after a sweep",
        left.acknowledged.expect("written"),
        left.new.len(),
        left.ahead,
        left.unfinished,
    );
    assert!(!left.new.is_empty(), "no writer came to write a new one");
}

/// The same test finds what a store would do wrong that writes in place, or says too early that it has written.
#[tokio::test]
async fn a_writer_in_place_and_one_that_hurries_are_found_by_killing_them() {
    for (task, finding) in [("write-in-place", "torn"), ("hurry", "was acknowledged")] {
        let folder = Folder::new();
        let found = kill(task, &folder, &FileStore::astro(folder.sessions())).await.err();
        println!("{task}: {}", found.as_deref().unwrap_or("nothing is found"));
        assert!(found.is_some_and(|found| found.contains(finding)), "{task}");
    }
}

fn succeed(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[tokio::test]
async fn two_processes_count_together_and_lose_nothing() {
    let folder = Folder::new();
    let store = FileStore::new(folder.sessions());
    store.put(&counter(), PutIf::Absent, &Record::new("0"), Expiry::Never).await.expect("put");
    let begun = Instant::now();
    succeed((0..2).map(|_| start("count 1000", &folder.sessions())).collect());
    assert_eq!(text(&store, &counter()).await.as_deref(), Some("2000"));
    println!("2 processes, 1,000 increments each, in {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_updates_in_two_processes_none_is_lost() {
    let folder = Folder::new();
    let app = races::app(Arc::new(FileStore::new(folder.sessions())), SessionConfig::default());
    let mut survivors = Vec::new();
    for _ in 0..20 {
        let mut browser = Browser::new(app.clone());
        assert!(browser.post("/fill").await.status.is_success());
        let cookie = browser.cookie.clone().expect("a cookie");
        let task = |from: usize| format!("append {from} {} {cookie}", from + 32);
        succeed([0, 32].map(|from| start(&task(from), &folder.sessions())).into());
        survivors.push(browser.get("/cart").await.body);
    }
    println!("64 updates in two processes, 20 runs: {survivors:?} survive");
    assert!(survivors.iter().all(|survivors| survivors == "64"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_updates_in_one_process_none_is_lost_and_no_logout_is_undone() {
    let folder = Folder::new();
    let app = races::app(Arc::new(FileStore::new(folder.sessions())), SessionConfig::default());
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(races::surviving_updates(&app).await, 64);
    }
    println!("64 updates in one process, 20 runs: 64 survive in each; {:?} a run", begun.elapsed() / 20);
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let app = app.clone();
        runs.spawn(async move { races::logout_revived(&app).await });
    }
    assert!(runs.join_all().await.into_iter().all(|revived| !revived));
    println!("logout race: revived 0 of 100");
    assert_eq!(races::surviving_sets(&app).await, 64);
    assert_eq!(races::winning_claims(&app).await, 1);
    assert_eq!(races::sessions_after_rotations(&app).await, 1);
}
