//! One stored session, and the releases of a program that work on it.

use std::path::Path;
use std::sync::Arc;

use session_runtime::testing::FaultyStore;
use session_runtime::{
    Error, ErrorKind, Exchange, Expiry, MemoryStore, PutIf, Record, Session, SessionConfig, SessionData,
    SessionId, Sessions, Store, StoreKey,
};
use tempfile::TempDir;

/// A store with one session, in Astro's layout. Each release of a program has a `Sessions` of its own.
pub(crate) struct Site {
    store: Arc<FaultyStore<MemoryStore>>,
    pub(crate) sessions: Sessions,
    id: SessionId,
}

impl Site {
    /// A session whose record is this text.
    pub(crate) async fn holding(text: &str) -> Self {
        let id = SessionId::random();
        let store = Arc::new(FaultyStore::new(MemoryStore::new()));
        let record = Record::new(text);
        store.put(&StoreKey::plain(&id), PutIf::Absent, &record, Expiry::Never).await.expect("memory");
        store.faults().take_calls();
        Self { sessions: Sessions::new(Arc::clone(&store), SessionConfig::astro()), store, id }
    }

    /// A session whose only key has this value, of this version.
    pub(crate) async fn with(key: &str, value: &str, version: Option<u32>) -> Self {
        Self::holding(&record(key, value, version)).await
    }

    /// How many puts there were.
    pub(crate) fn puts(&self) -> usize {
        self.store.faults().calls()[1]
    }

    /// What the store holds.
    pub(crate) async fn text(&self) -> String {
        let record = self.store.load(&StoreKey::plain(&self.id)).await.expect("memory");
        record.expect("a record").text().to_owned()
    }

    pub(crate) async fn begin<S: SessionData>(&self) -> (Exchange, Session<S>) {
        let cookie = format!("astro-session={}", self.id.expose());
        let exchange = self.sessions.begin([cookie.as_bytes()]);
        let session = exchange.load().await.expect("memory").view();
        (exchange, session)
    }

    /// One request.
    pub(crate) async fn request<S: SessionData, T>(
        &self,
        handler: impl FnOnce(&Session<S>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (exchange, session) = self.begin().await;
        let value = handler(&session)?;
        match exchange.finish(200).await.error {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}

/// A record with one key whose value is this devalue text.
pub(crate) fn record(key: &str, value: &str, version: Option<u32>) -> String {
    use session_runtime::devalue::{Field, MapWriter};
    let mut writer = MapWriter::new();
    let mut fields = vec![("data", Field::Text(value)), ("expires", Field::Undefined)];
    fields.extend(version.map(|version| ("version", Field::Number(version.into()))));
    writer.put(key, &fields);
    writer.finish().expect("a record").text().to_string()
}

pub(crate) fn kind<T>(result: Result<T, Error>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.kind())
}

/// A directory of its own, removed in the end.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::with_prefix("session-migrate-").expect("a folder"));
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}
