//! The operations as statements: which are sent, and what came of them.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Row;

use super::connections::{Connections, Parameters};
use super::failure::{at, exists_already, not_a_text};
use super::hidden::Hidden;
use super::table::{Statements, microseconds};
use crate::store::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Touch};
use crate::{Error, ErrorKind, StoreKey};

const CREATE: &str = "create the table of sessions";
const LOAD: &str = "load a session from PostgreSQL";
const PUT: &str = "put a session into PostgreSQL";
const DELETE: &str = "delete a session from PostgreSQL";
const TOUCH: &str = "set the expiry of a session in PostgreSQL";
const SWEEP: &str = "remove expired sessions from PostgreSQL";

/// A value's longest form at the server is 1 GB.
const MAX_TEXT: usize = 512 << 20;

#[derive(Clone)]
pub(super) struct Operations {
    pub(super) connections: Connections,
    pub(super) statements: Arc<Statements>,
}

/// A statement that changes the row under a key if its condition holds.
struct Change<'c> {
    doing: &'static str,
    statement: &'c str,
    key: &'c StoreKey,
    parameters: Parameters<'c>,
}

/// What it came to.
enum Outcome {
    Changed,
    /// Nothing was changed: this is stored instead of what the condition asks for.
    Left(Option<Record>),
}

impl Operations {
    pub(super) async fn create_table(&self) -> Result<(), Error> {
        match self.connections.rows(&self.statements.schema, &[]).await {
            // Two that look for it at once both find none, and the later one is refused.
            Err(error) if exists_already(&error) => Ok(()),
            answer => answer.map(|_| ()).map_err(at(CREATE)),
        }
    }

    pub(super) async fn sweep(&self) -> Result<u64, Error> {
        let rows = self.connections.rows(&self.statements.sweep, &[]).await.map_err(at(SWEEP))?;
        let count: i64 = match rows.first() {
            Some(row) => row.try_get(0).map_err(|error| at(SWEEP)(error.into()))?,
            None => 0,
        };
        Ok(count.unsigned_abs())
    }

    pub(super) async fn load(&self, key: &StoreKey) -> Result<Option<Record>, Error> {
        self.current(LOAD, key).await
    }

    pub(super) async fn put(
        &self,
        key: &StoreKey,
        condition: PutIf<'_>,
        record: &Record,
        expiry: Expiry,
    ) -> Result<Put, Error> {
        if record.text().len() > MAX_TEXT {
            return Err(Error::hinted(ErrorKind::TooLarge, "PostgreSQL takes texts of up to 512 MiB here"));
        }
        let (name, content) = (Hidden(key.as_str()), Hidden(record.text().as_bytes()));
        let time = microseconds(expiry);
        let outcome = match condition {
            PutIf::Absent => {
                let parameters: Parameters<'_> = &[&name, &content, &time];
                let change = Change { doing: PUT, statement: &self.statements.create, key, parameters };
                self.until(change, |current| current.is_some()).await?
            }
            PutIf::Unchanged(old) => {
                let old_content = Hidden(old.text().as_bytes());
                let parameters: Parameters<'_> = &[&name, &content, &time, &old_content];
                let change = Change { doing: PUT, statement: &self.statements.replace, key, parameters };
                self.until(change, is_other_than(old)).await?
            }
        };
        Ok(match outcome {
            Outcome::Changed => Put::Stored,
            Outcome::Left(current) => Put::Conflict(current),
        })
    }

    pub(super) async fn delete(&self, key: &StoreKey, condition: DeleteIf<'_>) -> Result<Delete, Error> {
        let name = Hidden(key.as_str());
        let outcome = match condition {
            DeleteIf::Any => {
                let parameters: Parameters<'_> = &[&name];
                let change = Change { doing: DELETE, statement: &self.statements.delete, key, parameters };
                self.until(change, |current| current.is_none()).await?
            }
            DeleteIf::Unchanged(old) => {
                let content = Hidden(old.text().as_bytes());
                let parameters: Parameters<'_> = &[&name, &content];
                let change =
                    Change { doing: DELETE, statement: &self.statements.delete_unchanged, key, parameters };
                self.until(change, is_other_than(old)).await?
            }
        };
        Ok(match outcome {
            Outcome::Changed => Delete::Deleted,
            Outcome::Left(None) => Delete::Missing,
            Outcome::Left(Some(current)) => Delete::Conflict(current),
        })
    }

    pub(super) async fn touch(&self, key: &StoreKey, expiry: Expiry) -> Result<Touch, Error> {
        let (name, time) = (Hidden(key.as_str()), microseconds(expiry));
        let parameters: Parameters<'_> = &[&name, &time];
        let change = Change { doing: TOUCH, statement: &self.statements.touch, key, parameters };
        Ok(match self.until(change, |current| current.is_none()).await? {
            Outcome::Changed => Touch::Touched,
            Outcome::Left(_) => Touch::Missing,
        })
    }

    /// Makes a change, unless `is_final` is what is stored. What was in the way of the statement may be gone when it is looked
    /// for, or have been there for that moment only: then it is tried again.
    async fn until(
        &self,
        change: Change<'_>,
        is_final: impl Fn(Option<&Record>) -> bool + Send,
    ) -> Result<Outcome, Error> {
        let Change { doing, statement, key, parameters } = change;
        loop {
            if self.connections.changes(statement, parameters).await.map_err(at(doing))? {
                return Ok(Outcome::Changed);
            }
            let current = self.current(doing, key).await?;
            if is_final(current.as_ref()) {
                return Ok(Outcome::Left(current));
            }
        }
    }

    async fn current(&self, doing: &'static str, key: &StoreKey) -> Result<Option<Record>, Error> {
        let name = Hidden(key.as_str());
        let rows = self.connections.read(&self.statements.load, &[&name]).await.map_err(at(doing))?;
        rows.first().map(|row| record(row, doing)).transpose()
    }
}

fn is_other_than(old: &Record) -> impl Fn(Option<&Record>) -> bool + Send {
    |current| !current.is_some_and(|current| current.same_content(old))
}

fn record(row: &Row, doing: &'static str) -> Result<Record, Error> {
    let content: &[u8] = row.try_get(0).map_err(|error| at(doing)(error.into()))?;
    let left: Option<i64> = row.try_get(1).map_err(|error| at(doing)(error.into()))?;
    let record = Record::new(std::str::from_utf8(content).map_err(|_| not_a_text(doing))?);
    Ok(match left {
        Some(left) => record.with_remaining(Duration::from_millis(u64::try_from(left).unwrap_or_default())),
        None => record,
    })
}
