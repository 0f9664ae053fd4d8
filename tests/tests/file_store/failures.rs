//! Disks that are full, directories that cannot be written or are gone: clear errors, nothing lost, and it goes on.

use std::fs;
use std::path::Path;
use std::process::Command;

use session_runtime::{DeleteIf, Error, ErrorKind, Expiry, FileStore, Put, PutIf, Record, Store};

use crate::support::{Folder, create, key, text};

fn unavailable(error: &Error, says: &str) {
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let source = std::error::Error::source(error).expect("a cause").to_string();
    assert!(source.contains(says), "{source}");
}

fn mount(arguments: &[&str]) -> bool {
    Command::new("mount").args(arguments).status().is_ok_and(|status| status.success())
}

/// A small filesystem of its own; unmounted in the end.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mounted(at: &'a Path) -> Self {
        let path = at.to_str().expect("UTF-8");
        assert!(
            mount(&["-t", "tmpfs", "-o", "size=64k", "none", path]),
            "this test mounts a tmpfs: run it as root"
        );
        Self(at)
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_loses_nothing() {
    let folder = Folder::new();
    let small = Small::mounted(folder.path());
    let (store, _) = folder.store();
    let old = "old".repeat(3_000);
    let key = create(&store, &old, Expiry::Never).await;
    let loaded = store.load(&key).await.expect("load").expect("kept");
    let large = Record::new("x".repeat(100_000));
    let error = store.put(&key, PutIf::Unchanged(&loaded), &large, Expiry::Never).await.expect_err("full");
    unavailable(&error, "make room on the disk");
    assert!(!format!("{error} {error:?}").contains(key.as_str()), "{error:?}");
    assert_eq!(text(&store, &key).await.as_ref(), Some(&old));
    assert!(folder.unfinished().is_empty(), "an unfinished file takes room");
    let put = store.put(&key, PutIf::Unchanged(&loaded), &Record::new("small"), Expiry::Never).await;
    assert!(matches!(put, Ok(Put::Stored)), "{put:?}");
    drop(small);
}

#[tokio::test]
async fn a_read_only_disk_is_an_error_and_can_be_read() {
    let folder = Folder::new();
    let small = Small::mounted(folder.path());
    let (store, _) = folder.store();
    let key = create(&store, "one", Expiry::Never).await;
    let path = folder.path().to_str().expect("UTF-8");
    assert!(mount(&["-o", "remount,ro", path]));
    let loaded = store.load(&key).await.expect("load").expect("kept");
    let put = store.put(&key, PutIf::Unchanged(&loaded), &Record::new("two"), Expiry::Never).await;
    unavailable(&put.expect_err("read only"), "right to write");
    unavailable(&store.delete(&key, DeleteIf::Any).await.expect_err("read only"), "right to write");
    assert!(mount(&["-o", "remount,rw", path]));
    let put = store.put(&key, PutIf::Unchanged(&loaded), &Record::new("two"), Expiry::Never).await;
    assert!(matches!(put, Ok(Put::Stored)), "{put:?}");
    drop(small);
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

#[tokio::test]
async fn a_directory_that_is_itself_a_volume_needs_its_locks_inside() {
    let folder = Folder::new();
    fs::create_dir(folder.sessions()).expect("a folder");
    let sessions = folder.sessions();
    let small = Small::mounted(&sessions);
    let store = FileStore::new(folder.sessions());
    let put = store.put(&key(), PutIf::Absent, &Record::new("x"), Expiry::Never).await;
    unavailable(&put.expect_err("two filesystems"), "FileStore::lock_folder");
    create(
        &FileStore::new(folder.sessions()).lock_folder(folder.sessions().join("locks")),
        "x",
        Expiry::Never,
    )
    .await;
    drop(small);
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
    let held: Vec<fs::File> = crate::support::names(&folder.locks())
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
