//! The folder of the locks is ours alone: whoever may write to it can put sessions of its own in the stead of others.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use session_runtime::{ErrorKind, Expiry, FileStore, PutIf, Record, Store};

use crate::support::{Folder, create, key, names, seconds, text};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o7777
}

fn made(path: &Path, mode: u32) {
    fs::create_dir(path).expect("a folder");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// It says what is wrong and what to do, and nothing is stored.
async fn refuses(store: &FileStore, why: &str) {
    let put = store.put(&key(), PutIf::Absent, &Record::new("x"), Expiry::Never).await;
    let error = put.expect_err("not ours alone");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let source = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(source.contains(why) && source.contains("FileStore::lock_folder"), "{source}");
}

/// Only root can give a folder away; for others there is one of root's.
#[tokio::test]
async fn a_folder_of_another_user_is_refused() {
    let folder = Folder::new();
    made(&folder.locks(), 0o777);
    let is_root = chown(folder.locks(), Some(12_345), None).is_ok();
    let locks = if is_root { folder.locks() } else { "/usr".into() };
    let store = FileStore::new(folder.sessions()).lock_folder(&locks);
    refuses(&store, "belongs to another user").await;
    assert!(names(&folder.sessions()).is_empty());
    assert!(names(&folder.locks()).is_empty());
}

#[tokio::test]
async fn a_link_is_refused_wherever_it_leads() {
    let folder = Folder::new();
    let (store, elsewhere) = (folder.store().0, folder.path().join("elsewhere"));
    symlink(&elsewhere, folder.locks()).expect("a link");
    refuses(&store, "is a link or a file").await;
    assert!(!elsewhere.exists());
    made(&elsewhere, 0o700);
    refuses(&store, "is a link or a file").await;
    assert!(names(&elsewhere).is_empty());
    fs::remove_file(folder.locks()).expect("removed");
    create(&store, "one", Expiry::Never).await;
}

#[tokio::test]
async fn a_file_in_its_place_is_refused() {
    let folder = Folder::new();
    fs::write(folder.locks(), "").expect("written");
    refuses(&folder.store().0, "is a link or a file").await;
}

#[tokio::test]
async fn our_own_folder_is_closed_to_others() {
    for open in [0o777, 0o775, 0o702, 0o2770] {
        let folder = Folder::new();
        made(&folder.locks(), open);
        // As an older release, or a killed process, may have left them.
        fs::write(folder.locks().join("00.lock"), "").expect("written");
        fs::write(folder.locks().join("00.0123456789abcdef.1.tmp"), "half").expect("written");
        let (store, _) = folder.store();
        let key = create(&store, "one", seconds(10)).await;
        assert_eq!(mode(&folder.locks()) & 0o777, 0o700, "{open:o}");
        assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    }
}

#[tokio::test]
async fn a_folder_that_serves_others_too_is_refused_and_stays_as_it_is() {
    let folder = Folder::new();
    made(&folder.locks(), 0o1777);
    refuses(&folder.store().0, "everybody may use it").await;
    assert_eq!(mode(&folder.locks()), 0o1777);

    let folder = Folder::new();
    made(&folder.locks(), 0o775);
    fs::write(folder.locks().join("notes"), "").expect("written");
    refuses(&folder.store().0, "not this library's").await;
    assert_eq!((mode(&folder.locks()), names(&folder.locks())), (0o775, vec!["notes".to_owned()]));

    let folder = Folder::new();
    made(&folder.locks(), 0o777);
    fs::write(folder.locks().join("00.lock"), "").expect("written");
    if chown(folder.locks().join("00.lock"), Some(12_345), None).is_ok() {
        refuses(&folder.store().0, "not this library's").await;
    }
}

#[tokio::test]
async fn one_that_takes_its_place_later_is_looked_at_too() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    let key = create(&store, "one", Expiry::Never).await;
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(folder.locks(), &elsewhere).expect("moved");
    symlink(&elsewhere, folder.locks()).expect("a link");
    refuses(&store, "is a link or a file").await;
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"), "reading needs no lock");
}
