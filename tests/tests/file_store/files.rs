//! What lies on the disk: names, permissions, times, and files that others write.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use session_runtime::{
    Delete, DeleteIf, ErrorKind, Expiry, FileStore, Put, PutIf, Record, SessionConfig, SessionId, Store,
    StoreKey, Touch,
};
use session_tests::browser::Browser;
use session_tests::races;

use crate::support::{Folder, create, key, names, seconds, text};

fn modified_ms(path: &std::path::Path) -> u128 {
    let modified = fs::metadata(path).expect("a file").modified().expect("a time");
    modified.duration_since(UNIX_EPOCH).expect("after 1970").as_millis()
}

#[tokio::test]
async fn nothing_is_made_before_the_first_put() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    assert_eq!(text(&store, &key()).await, None);
    assert!(matches!(store.delete(&key(), DeleteIf::Any).await, Ok(Delete::Missing)));
    assert!(matches!(store.touch(&key(), Expiry::Never).await, Ok(Touch::Missing)));
    let put = store.put(&key(), PutIf::Unchanged(&Record::new("x")), &Record::new("y"), Expiry::Never).await;
    assert!(matches!(put, Ok(Put::Conflict(None))));
    assert_eq!(store.sweep().await.expect("sweep"), 0);
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn a_session_is_one_private_file_named_by_its_key() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    let key = create(&store, "one", Expiry::Never).await;
    assert_eq!(names(&folder.sessions()), [key.as_str()]);
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder.sessions()), 0o700);
    assert_eq!(mode(&folder.locks()), 0o700);
    assert_eq!(mode(&folder.sessions().join(key.as_str())), 0o600);
    assert!(folder.unfinished().is_empty());
}

#[tokio::test]
async fn astros_layout_is_astros_names_and_permissions() {
    let folder = Folder::new();
    let store = FileStore::astro(folder.sessions());
    let id = SessionId::random();
    let key = StoreKey::plain(&id);
    store.put(&key, PutIf::Absent, &Record::new(r#"[["Map"]]"#), seconds(1)).await.expect("put");
    let path = folder.sessions().join(id.expose());
    assert_eq!(fs::read_to_string(&path).expect("a file"), r#"[["Map"]]"#);
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::metadata(folder.sessions()).expect("a folder").permissions().mode() & 0o777, 0o755);
}

#[tokio::test]
async fn the_modification_time_is_the_expiry() {
    let folder = Folder::new();
    let (store, clock) = folder.store();
    let now = u128::from(clock.clock().now_ms());
    let key = create(&store, "one", seconds(10)).await;
    let path = folder.sessions().join(key.as_str());
    assert_eq!(modified_ms(&path), now + 10_000);
    store.touch(&key, seconds(5)).await.expect("touch");
    assert_eq!(modified_ms(&path), now + 10_000, "shortened");
    store.touch(&key, seconds(20)).await.expect("touch");
    assert_eq!(modified_ms(&path), now + 20_000);
    store.touch(&key, Expiry::Never).await.expect("touch");
    assert_eq!(modified_ms(&path), 946_684_800_000);
    store.touch(&key, seconds(20)).await.expect("touch");
    assert_eq!(modified_ms(&path), 946_684_800_000, "shortened");
    let remaining = store.load(&key).await.expect("load").expect("kept").remaining();
    assert_eq!(remaining, None);
}

#[tokio::test]
async fn what_astro_wrote_never_expires_in_its_layout() {
    let folder = Folder::new();
    fs::create_dir(folder.sessions()).expect("a folder");
    let id = SessionId::random();
    let path = folder.sessions().join(id.expose());
    fs::write(&path, r#"[["Map"]]"#).expect("written");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(UNIX_EPOCH)).expect("dated");
    let store = FileStore::astro(folder.sessions());
    let key = StoreKey::plain(&id);
    assert_eq!(text(&store, &key).await.as_deref(), Some(r#"[["Map"]]"#));
    assert!(matches!(store.touch(&key, seconds(1)).await, Ok(Touch::Touched)));
    assert_eq!(modified_ms(&path), 0, "touched");
    assert_eq!(store.sweep().await.expect("sweep"), 0);
    assert!(path.exists());
}

#[tokio::test]
async fn a_half_written_file_is_read_again_until_it_is_whole() {
    let folder = Folder::new();
    fs::create_dir(folder.sessions()).expect("a folder");
    let id = SessionId::random();
    let path = folder.sessions().join(id.expose());
    let store = FileStore::astro(folder.sessions());
    for half in ["", r#"[["Map",1,2],"ke"#] {
        fs::write(&path, half).expect("written");
        let other = path.clone();
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(60));
            fs::write(other, r#"[["Map"]]"#).expect("written");
        });
        assert_eq!(text(&store, &StoreKey::plain(&id)).await.as_deref(), Some(r#"[["Map"]]"#));
        writer.join().expect("no panic");
    }
}

#[tokio::test]
async fn a_file_that_stays_half_written_is_returned_as_it_is_and_an_old_one_at_once() {
    let folder = Folder::new();
    fs::create_dir(folder.sessions()).expect("a folder");
    let id = SessionId::random();
    let path = folder.sessions().join(id.expose());
    let store = FileStore::astro(folder.sessions());
    fs::write(&path, "[[").expect("written");
    let begun = Instant::now();
    assert_eq!(text(&store, &StoreKey::plain(&id)).await.as_deref(), Some("[["));
    assert!(begun.elapsed() >= Duration::from_millis(100), "{:?}", begun.elapsed());
    let old = SystemTime::now() - Duration::from_secs(5);
    File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("dated");
    let begun = Instant::now();
    assert_eq!(text(&store, &StoreKey::plain(&id)).await.as_deref(), Some("[["));
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_is_no_text_is_corrupt_and_stays() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    let key = create(&store, "one", seconds(10)).await;
    let path = folder.sessions().join(key.as_str());
    let dated = fs::metadata(&path).and_then(|file| file.modified()).expect("a time");
    fs::write(&path, b"\xff\xfe").expect("written");
    File::options().write(true).open(&path).and_then(|file| file.set_modified(dated)).expect("dated");
    let new = Record::new("two");
    let errors = [
        store.load(&key).await.expect_err("corrupt"),
        store.put(&key, PutIf::Absent, &new, Expiry::Never).await.expect_err("corrupt"),
        store.put(&key, PutIf::Unchanged(&new), &new, Expiry::Never).await.expect_err("corrupt"),
        store.delete(&key, DeleteIf::Unchanged(&new)).await.expect_err("corrupt"),
    ];
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Corrupt), "{errors:?}");
    assert_eq!(fs::read(&path).expect("there"), b"\xff\xfe");
    assert!(matches!(store.delete(&key, DeleteIf::Any).await, Ok(Delete::Deleted)));
}

#[tokio::test]
async fn no_key_leaves_the_directory() {
    for text in ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a\0", "%2e%2e", "a.b", "…", "g"] {
        assert!(StoreKey::parse(text).is_none(), "{text:?}");
    }
    let folder = Folder::new();
    let (store, _) = folder.store();
    for text in ["-", "--", "0", "a-b", &"-".repeat(64)] {
        let key = StoreKey::parse(text).expect("a key");
        store.put(&key, PutIf::Absent, &Record::new("x"), Expiry::Never).await.expect("put");
        assert!(folder.sessions().join(text).is_file());
    }
    let mut beside = names(folder.path());
    beside.sort();
    assert_eq!(beside, ["sessions", "sessions.session-locks"]);
}

/// Whatever a client sends for an id: what is stored is named by an id that the server made up.
#[tokio::test]
async fn no_cookie_leads_out_of_the_directory() {
    let hostile =
        ["../x", "..%2f..%2fx", "%2e%2e%2fx", "/etc/passwd", "a%00b", "", "-", "x.tmp", "00.lock", "*"];
    let layouts = [(false, SessionConfig::default()), (true, SessionConfig::astro())];
    for (astro, config) in layouts {
        let folder = Folder::new();
        let store =
            if astro { FileStore::astro(folder.sessions()) } else { FileStore::new(folder.sessions()) };
        let app = races::app(Arc::new(store), config);
        for value in hostile {
            let mut browser = Browser::new(app.clone());
            let name = if astro { "astro-session" } else { "__Host-session" };
            browser.cookie = Some(format!("{name}={value}"));
            for path in ["/fill", "/rotate", "/logout"] {
                assert!(browser.post(path).await.status.is_success(), "{value}");
            }
            browser.cookie = Some(format!("{name}={value}"));
            assert!(browser.post("/fill").await.status.is_success(), "{value}");
        }
        let mut beside = names(folder.path());
        beside.sort();
        assert_eq!(beside, ["sessions", "sessions.session-locks"]);
        let named = |name: &String| if astro { name.parse::<SessionId>().is_ok() } else { name.len() == 64 };
        assert!(names(&folder.sessions()).iter().all(named));
        assert!(names(&folder.locks()).iter().all(|name| name.len() == 7 && name.ends_with(".lock")));
    }
}

#[tokio::test]
async fn both_ways_to_a_directory_lead_to_the_same_locks() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    create(&store, "one", Expiry::Never).await;
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.sessions(), &link).expect("a link");
    create(&FileStore::new(&link), "two", Expiry::Never).await;
    assert!(!folder.path().join("link.session-locks").exists());
    let elsewhere = folder.path().join("elsewhere");
    create(&FileStore::new(&link).lock_folder(&elsewhere), "three", Expiry::Never).await;
    assert_eq!(names(&elsewhere).len(), 1);
}

#[tokio::test]
async fn with_fsync_everything_works_the_same() {
    let folder = Folder::new();
    let store = FileStore::new(folder.sessions()).fsync(true);
    let key = create(&store, "one", seconds(10)).await;
    assert!(matches!(store.touch(&key, seconds(20)).await, Ok(Touch::Touched)));
    let loaded = store.load(&key).await.expect("load").expect("kept");
    let put = store.put(&key, PutIf::Unchanged(&loaded), &Record::new("two"), Expiry::Never).await;
    assert!(matches!(put, Ok(Put::Stored)));
    assert!(matches!(store.delete(&key, DeleteIf::Any).await, Ok(Delete::Deleted)));
}

#[test]
fn it_works_without_a_runtime() {
    let folder = Folder::new();
    let (store, _) = folder.store();
    let mut future = Box::pin(create(&store, "one", Expiry::Never));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
}
