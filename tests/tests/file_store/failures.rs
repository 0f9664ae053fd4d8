//! Disks that are full, directories that cannot be written or are gone: clear errors, nothing lost, and it goes on.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use session_runtime::{Delete, DeleteIf, Error, ErrorKind, Expiry, FileStore, Put, PutIf, Record, Store};

use crate::limits::{self, Way};
use crate::support::{self, Folder, create, key, names, seconds, text};

fn unavailable(error: &Error, says: &str) {
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let source = std::error::Error::source(error).expect("a cause").to_string();
    assert!(source.contains(says), "{source}");
}

#[test]
fn a_full_disk_is_an_error_and_loses_nothing() {
    let folder = Folder::new();
    limits::run(Way::SmallFiles, "full raise_the_limit_on_the_size", folder.path());
    match limits::mounted(folder.path()) {
        Some(way) => limits::run(way, "full make_room_on_the_disk", folder.path()),
        None => println!("no filesystem may be mounted here: only files were limited"),
    }
}

/// What the process does whose disk is full.
pub(crate) async fn full(folder: &Path, says: &str) {
    let folder = Folder::at(folder);
    let (store, _) = folder.store();
    let old = "old".repeat(3_000);
    let key = create(&store, &old, Expiry::Never).await;
    let loaded = store.load(&key).await.expect("load").expect("kept");
    let large = Record::new("x".repeat(100_000));
    let error = store.put(&key, PutIf::Unchanged(&loaded), &large, Expiry::Never).await.expect_err("full");
    unavailable(&error, says);
    assert!(!format!("{error} {error:?}").contains(key.as_str()), "{error:?}");
    unavailable(
        &store.put(&support::key(), PutIf::Absent, &large, Expiry::Never).await.expect_err("full"),
        says,
    );
    assert_eq!(text(&store, &key).await.as_ref(), Some(&old));
    assert_eq!(names(&folder.sessions()), [key.as_str()]);
    assert!(folder.unfinished().is_empty(), "an unfinished file takes room");
    let put = store.put(&key, PutIf::Unchanged(&loaded), &Record::new("small"), Expiry::Never).await;
    assert!(matches!(put, Ok(Put::Stored)), "{put:?}");
    assert!(matches!(store.delete(&key, DeleteIf::Any).await, Ok(Delete::Deleted)));
}

#[test]
fn what_cannot_be_written_is_an_error_and_can_be_read() {
    let folder = Folder::new();
    limits::run(Way::ModesCount, "read-only folder", folder.path());
    match limits::mounted(folder.path()) {
        Some(way) => limits::run(way, "read-only disk", folder.path()),
        None => println!("no filesystem may be mounted here: only the directory was read-only"),
    }
}

/// What the process does that may only read: the whole disk, or the directory and the lock folder.
pub(crate) async fn read_only(path: &Path, disk: bool) {
    let folder = Folder::at(path);
    let (store, _) = folder.store();
    let key = create(&store, "one", seconds(10)).await;
    let open = |open: bool| match disk {
        true => {
            let option = if open { "remount,rw" } else { "remount,ro" };
            assert!(Command::new("mount").args(["-o", option]).arg(path).status().expect("mount").success());
        }
        false => {
            for folder in [folder.sessions(), folder.locks()] {
                let mode = if open { 0o700 } else { 0o500 };
                fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("a mode");
            }
        }
    };
    open(false);
    let loaded = store.load(&key).await.expect("load").expect("kept");
    let new = Record::new("two");
    let says = "right to write";
    unavailable(
        &store.put(&key, PutIf::Unchanged(&loaded), &new, Expiry::Never).await.expect_err("closed"),
        says,
    );
    unavailable(
        &store.put(&support::key(), PutIf::Absent, &new, Expiry::Never).await.expect_err("closed"),
        says,
    );
    unavailable(&store.delete(&key, DeleteIf::Any).await.expect_err("closed"), says);
    if disk {
        unavailable(&store.touch(&key, seconds(20)).await.expect_err("closed"), says);
    }
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    open(true);
    let put = store.put(&key, PutIf::Unchanged(&loaded), &new, Expiry::Never).await;
    assert!(matches!(put, Ok(Put::Stored)), "{put:?}");
}

#[tokio::test]
async fn a_directory_below_a_file_is_an_error_for_every_operation() {
    let folder = Folder::new();
    fs::write(folder.path().join("file"), "").expect("written");
    let store = FileStore::new(folder.path().join("file/sessions"));
    let record = Record::new("x");
    let says = "a part of the session directory's path is a file";
    unavailable(&store.load(&key()).await.expect_err("no directory"), says);
    unavailable(
        &store.put(&key(), PutIf::Absent, &record, Expiry::Never).await.expect_err("no directory"),
        says,
    );
    unavailable(&store.delete(&key(), DeleteIf::Any).await.expect_err("no directory"), says);
    unavailable(&store.touch(&key(), Expiry::Never).await.expect_err("no directory"), says);
    unavailable(&store.sweep().await.expect_err("no directory"), says);
}

/// Where the directory is a mounted volume, what lies beside it is on another filesystem.
#[tokio::test]
async fn locks_on_another_filesystem_are_an_error_that_says_what_to_do() {
    let folder = Folder::new();
    let volume = Folder::made_in(Path::new("/dev/shm"));
    let device = |folder: &Folder| fs::metadata(folder.path()).expect("there").dev();
    assert_ne!(device(&folder), device(&volume), "this test needs a temporary directory outside /dev/shm");
    let store = FileStore::new(volume.sessions()).lock_folder(folder.locks());
    let put = store.put(&key(), PutIf::Absent, &Record::new("x"), Expiry::Never).await;
    unavailable(&put.expect_err("two filesystems"), "FileStore::lock_folder");
    assert!(names(&volume.sessions()).is_empty());
    let store = FileStore::new(volume.sessions()).lock_folder(volume.sessions().join("locks"));
    let key = create(&store, "x", Expiry::Never).await;
    assert_eq!(text(&store, &key).await.as_deref(), Some("x"));
}

#[tokio::test]
async fn a_removed_directory_is_a_directory_without_sessions() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    let gone = create(&store, "one", Expiry::Never).await;
    for removed in [vec![folder.sessions()], vec![folder.locks()], vec![folder.sessions(), folder.locks()]] {
        for path in removed {
            fs::remove_dir_all(path).expect("removed");
        }
        let _ = text(&store, &gone).await;
        let key = create(&store, "two", Expiry::Never).await;
        assert_eq!(text(&store, &key).await.as_deref(), Some("two"));
    }
    assert_eq!(text(&store, &gone).await, None);
}

#[tokio::test]
async fn a_lock_that_stays_held_is_an_error_after_two_seconds() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    let key = create(&store, "one", Expiry::Never).await;
    let held: Vec<fs::File> = names(&folder.locks())
        .iter()
        .map(|name| fs::File::open(folder.locks().join(name)).expect("a lock"))
        .inspect(|file| file.lock().expect("locked"))
        .collect();
    let begun = std::time::Instant::now();
    unavailable(&store.delete(&key, DeleteIf::Any).await.expect_err("locked"), "another process");
    assert!((2..4).contains(&begun.elapsed().as_secs()));
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"), "reading needs no lock");
    drop(held);
    assert!(store.delete(&key, DeleteIf::Any).await.is_ok());
}
