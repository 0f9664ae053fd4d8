//! A directory for one test, and short words for the four operations.

use std::path::{Path, PathBuf};
use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{Expiry, FileStore, Put, PutIf, Record, SessionId, Store, StoreKey};
use tempfile::TempDir;

/// A directory of its own, removed in the end by who made it.
pub(crate) struct Folder {
    path: PathBuf,
    /// Removes it in the end.
    _made: Option<TempDir>,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self::made_in(&std::env::temp_dir())
    }

    /// One that is there already.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), _made: None }
    }

    pub(crate) fn made_in(parent: &Path) -> Self {
        let made = TempDir::with_prefix_in("session-file-store-", parent).expect("a folder");
        Self { path: made.path().to_owned(), _made: Some(made) }
    }

    /// Where the sessions are to be; it does not exist yet.
    pub(crate) fn sessions(&self) -> PathBuf {
        self.path.join("sessions")
    }

    pub(crate) fn locks(&self) -> PathBuf {
        self.path.join("sessions.session-locks")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn unfinished(&self) -> Vec<String> {
        names(&self.locks()).into_iter().filter(|name| name.ends_with(".tmp")).collect()
    }

    /// A store whose time stands still until it is moved.
    pub(crate) fn store(&self) -> (FileStore, ManualClock) {
        let clock = ManualClock::at(1_795_416_736_073);
        (FileStore::new(self.sessions()).clock(clock.clock()), clock)
    }
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

pub(crate) fn key() -> StoreKey {
    StoreKey::hashed(&SessionId::random())
}

pub(crate) fn seconds(seconds: u64) -> Expiry {
    Expiry::After(Duration::from_secs(seconds))
}

pub(crate) async fn create(store: &FileStore, text: &str, expiry: Expiry) -> StoreKey {
    let key = key();
    let put = store.put(&key, PutIf::Absent, &Record::new(text), expiry).await.expect("put");
    assert!(matches!(put, Put::Stored));
    key
}

pub(crate) async fn text(store: &FileStore, key: &StoreKey) -> Option<String> {
    store.load(key).await.expect("load").map(|record| record.text().to_owned())
}
