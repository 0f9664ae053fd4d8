//! What the tests of all drivers share.

use std::sync::Arc;
use std::time::Duration;

use session_runtime::testing::ManualClock;
use session_runtime::{Expiry, FileStore, MemoryStore, Put, PutIf, Record, SessionId, Store, StoreKey};

/// An empty store, and a way to let time pass for it.
pub(crate) struct Subject {
    pub(crate) store: Arc<dyn Store>,
    pass: Box<dyn Fn(Duration) + Send + Sync>,
}

impl Subject {
    pub(crate) fn new(store: impl Store, pass: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { store: Arc::new(store), pass: Box::new(pass) }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        (self.pass)(Duration::from_secs(seconds));
    }

    pub(crate) async fn text(&self, key: &StoreKey) -> Option<String> {
        Some(self.load(key).await?.text().to_owned())
    }

    pub(crate) async fn load(&self, key: &StoreKey) -> Option<Record> {
        self.store.load(key).await.expect("load")
    }

    pub(crate) async fn put(&self, key: &StoreKey, condition: PutIf<'_>, text: &str, expiry: Expiry) -> Put {
        self.store.put(key, condition, &Record::new(text), expiry).await.expect("put")
    }

    /// Puts the first record under a new key and loads it.
    pub(crate) async fn stored(&self, text: &str, expiry: Expiry) -> (StoreKey, Record) {
        let key = key();
        assert!(matches!(self.put(&key, PutIf::Absent, text, expiry).await, Put::Stored));
        (key, self.load(&key).await.expect("just put"))
    }
}

pub(crate) fn memory() -> Subject {
    let clock = ManualClock::at(1_795_416_736_073);
    Subject::new(MemoryStore::new().clock(clock.clock()), move |time| clock.advance(time))
}

pub(crate) fn boxed_memory() -> Subject {
    let clock = ManualClock::at(0);
    let store: Box<dyn Store> = Box::new(MemoryStore::new().clock(clock.clock()));
    Subject::new(store, move |time| clock.advance(time))
}

pub(crate) fn file() -> Subject {
    let clock = ManualClock::at(1_795_416_736_073);
    let folder = Folder::new();
    let store = FileStore::new(&folder.0).clock(clock.clock());
    Subject::new(store, move |time| {
        let _kept_until_the_subject_goes = &folder;
        clock.advance(time);
    })
}

/// A folder for one test's sessions, with the one for their locks beside it.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("session-contract-{}", SessionId::random().expose())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let mut locks = self.0.clone().into_os_string();
        locks.push(".session-locks");
        let _ = std::fs::remove_dir_all(&self.0);
        let _ = std::fs::remove_dir_all(locks);
    }
}

pub(crate) fn key() -> StoreKey {
    StoreKey::hashed(&SessionId::random())
}

pub(crate) fn parse(text: &str) -> StoreKey {
    StoreKey::parse(text).expect("a key")
}

pub(crate) fn seconds(seconds: u64) -> Expiry {
    Expiry::After(Duration::from_secs(seconds))
}
