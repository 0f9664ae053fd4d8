//! The sweep: what it removes, what it leaves, and that it races nobody.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use session_runtime::{Expiry, FileStore, Put, PutIf, Record, Store, Touch};

use crate::support::{Folder, create, key, names, seconds, text};

#[tokio::test]
async fn a_sweep_removes_what_has_expired_and_nothing_else() {
    let folder = Folder::new();
    let (store, clock) = folder.store();
    let kept = [create(&store, "a", seconds(100)).await, create(&store, "b", Expiry::Never).await];
    for _ in 0..2_500 {
        create(&store, "x", seconds(10)).await;
    }
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for foreign in ["notes.txt", "dead", ".gitkeep"] {
        let file = fs::File::create(folder.sessions().join(foreign)).expect("a file");
        file.set_modified(past).expect("dated");
    }
    // In place, as Astro writes: the system's time, which is before that of the clock.
    fs::write(folder.sessions().join(key().as_str()), "written by someone else").expect("written");
    fs::write(folder.locks().join("07.00.0.tmp"), "unfinished").expect("written");
    clock.advance(Duration::from_secs(11));
    assert_eq!(store.sweep().await.expect("sweep"), 2_500);
    assert_eq!(names(&folder.sessions()).len(), 2 + 3 + 1);
    for key in &kept {
        assert!(text(&store, key).await.is_some());
    }
    assert!(folder.unfinished().is_empty());
    assert_eq!(store.sweep().await.expect("sweep"), 0);
}

#[tokio::test]
async fn new_sessions_sweep_old_ones_away() {
    let folder = Folder::new();
    let (store, clock) = folder.store();
    for _ in 0..500 {
        create(&store, "x", seconds(10)).await;
    }
    clock.advance(Duration::from_secs(11));
    let (store, _) = (FileStore::new(folder.sessions()).clock(clock.clock()), ());
    for _ in 0..300 {
        create(&store, "y", seconds(10)).await;
    }
    assert_eq!(names(&folder.sessions()).len(), 300);
}

/// The runtime's time stands still while files are being looked at, and jumps to the next sweep when nothing is done.
#[tokio::test(start_paused = true)]
async fn a_sweeper_sweeps_at_each_interval_and_goes_on_after_a_failure() {
    let folder = Folder::new();
    let (store, clock) = folder.store();
    let interval = Duration::from_secs(3600);
    create(&store, "x", seconds(10)).await;
    clock.advance(Duration::from_secs(11));
    let sweeper = tokio::spawn(store.clone().sweep_every(interval));
    tokio::time::sleep(interval / 2).await;
    assert!(names(&folder.sessions()).is_empty(), "the first sweep is at once");
    let kept = create(&store, "kept", Expiry::Never).await;
    create(&store, "x", seconds(10)).await;
    clock.advance(Duration::from_secs(11));
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(folder.sessions(), &elsewhere).expect("moved");
    fs::write(folder.sessions(), "no directory").expect("written");
    tokio::time::sleep(interval).await;
    assert_eq!(names(&elsewhere).len(), 2);
    fs::remove_file(folder.sessions())
        .and_then(|()| fs::rename(&elsewhere, folder.sessions()))
        .expect("moved back");
    tokio::time::sleep(interval).await;
    assert_eq!(names(&folder.sessions()), [kept.as_str()]);
    sweeper.abort();
}

/// Records expire all the time; a writer renews or creates them, sweeps run without a pause. Whatever was
/// acknowledged with a long expiry must be there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_never_races_a_writer() {
    let folder = Folder::new();
    let store = FileStore::new(folder.sessions());
    let done = Arc::new(AtomicBool::new(false));
    let sweeper = tokio::spawn({
        let (store, done) = (store.clone(), Arc::clone(&done));
        async move {
            let (mut sweeps, mut removed) = (0, 0);
            while !done.load(Ordering::SeqCst) {
                removed += store.sweep().await.expect("sweep");
                sweeps += 1;
            }
            (sweeps, removed)
        }
    });
    let (mut kept, mut gone) = (0, 0);
    for round in 0..1_500_u64 {
        let brief = Expiry::After(Duration::from_millis(round % 4));
        let key = create(&store, "brief", brief).await;
        tokio::time::sleep(Duration::from_micros(round % 7 * 200)).await;
        let alive = if round % 2 == 0 {
            let touched = store.touch(&key, seconds(100)).await.expect("touch");
            touched == Touch::Touched
        } else {
            let put = store.put(&key, PutIf::Absent, &Record::new("long"), seconds(100)).await.expect("put");
            matches!(put, Put::Stored)
        };
        if alive {
            assert!(text(&store, &key).await.is_some(), "an acknowledged record was swept");
            tokio::task::yield_now().await;
            assert!(text(&store, &key).await.is_some(), "an acknowledged record was swept");
            kept += 1;
        } else {
            gone += 1;
        }
    }
    done.store(true, Ordering::SeqCst);
    let (sweeps, removed) = sweeper.await.expect("no panic");
    println!("sweeper against writer: {sweeps} sweeps removed {removed}; {kept} renewed in time, {gone} not");
    assert!(kept > 100 && removed > 0);
    assert!(names(&folder.sessions()).len() >= kept);
}
