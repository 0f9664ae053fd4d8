//! Several processes on one directory, and processes that are killed while they write.

use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::process::{Child, ChildStdout};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use session_runtime::{Expiry, FileStore, PutIf, Record, SessionConfig, Store, StoreKey};
use session_tests::browser::Browser;
use session_tests::races;

use crate::child::{counter, nth, number, start};
use crate::support::{Folder, text};

const KILLS: u64 = 200;

fn reading(mut out: ChildStdout) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut said = String::new();
        out.read_to_string(&mut said).expect("UTF-8");
        said
    })
}

/// Lets a process write for `time` after its start, kills it, and gives what it said in whole lines.
fn killed_after(folder: &Folder, time: Duration) -> String {
    let mut child = start("write", &folder.sessions());
    let said = reading(child.stdout.take().expect("a pipe"));
    thread::sleep(time);
    child.kill().expect("killed");
    child.wait().expect("dead");
    let mut said = said.join().expect("no panic");
    said.truncate(said.rfind('\n').map_or(0, |end| end + 1));
    said
}

#[tokio::test]
async fn a_writer_killed_200_times_leaves_no_torn_and_loses_no_acknowledged_record() {
    let folder = Folder::new();
    let store = FileStore::new(folder.sessions());
    let (mut acknowledged, mut ahead, mut unfinished) = (None, 0, 0);
    let mut new: Vec<(u64, StoreKey)> = Vec::new();
    for round in 0..KILLS {
        let time = Duration::from_micros(2_000 + RandomState::new().hash_one(round) % 15_000);
        for line in killed_after(&folder, time).lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["ack", number] => acknowledged = Some(number.parse::<u64>().expect("a number")),
                ["new", number, key] => {
                    new.push((number.parse().expect("a number"), StoreKey::parse(key).expect("a key")));
                }
                _ => {}
            }
        }
        let stored = text(&store, &counter()).await;
        let found = stored.as_deref().map(number);
        assert_eq!(stored, found.map(nth), "a torn record");
        let next = acknowledged.map_or(0, |number| number + 1);
        assert!(found == acknowledged || found == Some(next), "{found:?} after {acknowledged:?}");
        ahead += u64::from(found != acknowledged);
        acknowledged = found;
        unfinished = unfinished.max(folder.unfinished().len());
    }
    for (number, key) in &new {
        assert_eq!(text(&store, key).await, Some(nth(*number)), "an acknowledged new record");
    }
    store.sweep().await.expect("sweep");
    assert!(folder.unfinished().is_empty(), "a sweep leaves nothing unfinished");
    println!(
        "{KILLS} kills, {} records and {} new ones acknowledged: none torn, none lost; {ahead} times the next one was \
         stored before it was acknowledged; at most {unfinished} unfinished files, none after a sweep",
        acknowledged.expect("written"),
        new.len(),
    );
    assert!(new.len() > 20);
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
