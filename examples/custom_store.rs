//! A store of one's own, complete: sessions in a `BTreeMap` behind a lock, and its test against the whole contract.
//!
//! A real one would ask a database. What it has to do stays the same: look and write in one step, that is within one
//! transaction or one statement.
//!
//! `cargo run -p session-examples --bin custom_store`, then `curl -c jar -b jar http://localhost:3000/`.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use session_runtime::{
    Clock, Delete, DeleteIf, Error, ErrorKind, Expiry, Put, PutIf, Record, Session, SessionConfig,
    SessionData, SessionLayer, Store, StoreFuture, StoreKey, Touch,
};

const MAX_BYTES: usize = 1 << 20;
const NEVER: u64 = u64::MAX;

/// Sessions in a map, in this process. Expired ones stay until their key is used again: a real store sweeps.
#[derive(Debug, Default)]
struct MapStore {
    rows: Mutex<BTreeMap<String, Row>>,
    clock: Clock,
}

#[derive(Debug, Clone)]
struct Row {
    record: Record,
    /// Milliseconds since the Unix epoch.
    expires: u64,
}

impl MapStore {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<String, Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_live(&self, row: &Row) -> bool {
        row.expires > self.clock.now_ms()
    }

    fn expires(&self, expiry: Expiry) -> u64 {
        match expiry {
            Expiry::Never => NEVER,
            Expiry::After(time) => {
                self.clock.now_ms().saturating_add(u64::try_from(time.as_millis()).unwrap_or(NEVER))
            }
        }
    }

    fn load_now(&self, key: &StoreKey) -> Option<Record> {
        let row = self.rows().get(key.as_str()).filter(|row| self.is_live(row)).cloned()?;
        Some(match row.expires {
            NEVER => row.record,
            expires => {
                row.record.with_remaining(Duration::from_millis(expires.saturating_sub(self.clock.now_ms())))
            }
        })
    }

    fn put_now(
        &self,
        key: &StoreKey,
        condition: PutIf<'_>,
        record: &Record,
        expiry: Expiry,
    ) -> Result<Put, Error> {
        if record.text().len() > MAX_BYTES {
            return Err(Error::new(ErrorKind::TooLarge));
        }
        let mut rows = self.rows();
        let current = rows.get(key.as_str()).filter(|row| self.is_live(row));
        let holds = match (condition, current) {
            (PutIf::Absent, current) => current.is_none(),
            (PutIf::Unchanged(loaded), Some(current)) => loaded.same_content(&current.record),
            (PutIf::Unchanged(_), None) => false,
        };
        if !holds {
            return Ok(Put::Conflict(current.map(|row| row.record.clone())));
        }
        rows.insert(key.as_str().to_owned(), Row { record: record.clone(), expires: self.expires(expiry) });
        Ok(Put::Stored)
    }

    fn delete_now(&self, key: &StoreKey, condition: DeleteIf<'_>) -> Delete {
        let mut rows = self.rows();
        let Some(current) = rows.get(key.as_str()).filter(|row| self.is_live(row)) else {
            return Delete::Missing;
        };
        match condition {
            DeleteIf::Unchanged(loaded) if !loaded.same_content(&current.record) => {
                Delete::Conflict(current.record.clone())
            }
            DeleteIf::Any | DeleteIf::Unchanged(_) => {
                rows.remove(key.as_str());
                Delete::Deleted
            }
        }
    }

    fn touch_now(&self, key: &StoreKey, expiry: Expiry) -> Touch {
        match self.rows().get_mut(key.as_str()).filter(|row| self.is_live(row)) {
            Some(row) => {
                row.expires = row.expires.max(self.expires(expiry));
                Touch::Touched
            }
            None => Touch::Missing,
        }
    }
}

/// Nothing here waits, so each future is ready at once.
impl Store for MapStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(ready(Ok(self.load_now(key))))
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        Box::pin(ready(self.put_now(key, condition, record, expiry)))
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(ready(Ok(self.delete_now(key, condition))))
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(ready(Ok(self.touch_now(key, expiry))))
    }
}

#[derive(SessionData)]
struct Visits {
    #[session(default)]
    visits: u32,
}

async fn count(session: Session<Visits>) -> Result<String, Error> {
    session.visits().update(|visits| *visits += 1)?;
    Ok(format!("visit number {}\n", session.visits().get()?))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // Without TLS, as on localhost, there is no `Secure` cookie.
    let config = SessionConfig::default().secure(false);
    let app =
        Router::new().route("/", get(count)).layer(SessionLayer::with_config(MapStore::default(), config));
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use session_runtime::conformance;
    use session_runtime::store::conformance::Subject;
    use session_runtime::testing::ManualClock;

    use super::{MAX_BYTES, MapStore};

    conformance!(map_store, || {
        let clock = ManualClock::at(1_795_416_736_073);
        let store = Arc::new(MapStore { clock: clock.clock(), ..MapStore::default() });
        Subject::new(move || Arc::clone(&store), clock).max_bytes(MAX_BYTES)
    });
}
