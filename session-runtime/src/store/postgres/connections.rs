//! Statements on connections of a pool.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Object, Pool, PoolError};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::ToSql;
use tokio_postgres::{CancelToken, Row, Socket};

pub(super) type Parameters<'p> = &'p [&'p (dyn ToSql + Sync)];

/// Asks the server to give up the statement that a connection is at work on.
type Cancel = dyn Fn(CancelToken) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// How long a connection whose user gave up may take to say that it is free.
const SILENCE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) struct Connections {
    pool: Pool,
    cancel: Arc<Cancel>,
}

impl Connections {
    /// `tls` is what the pool's connections are encrypted by.
    pub(super) fn of<T>(pool: Pool, tls: T) -> Self
    where
        T: MakeTlsConnect<Socket, TlsConnect: Send, Stream: Send> + Clone + Send + Sync + 'static,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let cancel = move |token: CancelToken| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let tls = tls.clone();
            // A server that cannot be told finds out when it has something to say.
            Box::pin(async move { drop(token.cancel_query(tls).await) })
        };
        Self { pool, cancel: Arc::new(cancel) }
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Runs a statement, and gives its rows. Each is prepared once for each connection.
    pub(super) async fn rows(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PoolError> {
        let taken = Taken::from(self).await?;
        let connection = taken.connection()?;
        let rows = match connection.prepare_cached(statement).await {
            Ok(prepared) => connection.query(&prepared, parameters).await,
            Err(error) => Err(error),
        };
        taken.give_back();
        Ok(rows?)
    }

    /// As [`rows`](Self::rows), for a statement that changes nothing: where the connection turns out to have ended, it is
    /// sent again on another one.
    pub(super) async fn read(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PoolError> {
        match self.rows(statement, parameters).await {
            Err(PoolError::Backend(error)) if error.is_closed() => self.rows(statement, parameters).await,
            answer => answer,
        }
    }

    /// Whether a statement gives a row. One that the server gave up because of another, as it does where sessions of the
    /// database are serializable, changed nothing and gives none.
    pub(super) async fn changes(
        &self,
        statement: &str,
        parameters: Parameters<'_>,
    ) -> Result<bool, PoolError> {
        match self.rows(statement, parameters).await {
            Err(PoolError::Backend(error)) if gave_way(&error) => Ok(false),
            rows => rows.map(|rows| !rows.is_empty()),
        }
    }

    /// What becomes of a connection whose user gave up, a statement of his being under way or not. Until then it keeps its
    /// place in the pool: where the server is slow, or something is locked there, it is not asked by ever more connections.
    async fn reclaim(self, connection: Object) {
        // Answered when what was sent before it is; an error is an answer, and the pool looks for itself whether it ended.
        if timeout(SILENCE, connection.simple_query("")).await.is_ok() {
            return;
        }
        // Nobody says when the server has done so, so it must be the connection's last statement.
        let _ = timeout(SILENCE, (self.cancel)(connection.cancel_token())).await;
        drop(Object::take(connection));
        // The idle ones may lead nowhere either.
        self.pool.retain(|_, _| false);
    }
}

fn gave_way(error: &tokio_postgres::Error) -> bool {
    let codes = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    error.code().is_some_and(|code| codes.contains(code))
}

/// A connection taken from the pool.
struct Taken<'c> {
    connections: &'c Connections,
    /// There until it is given back.
    connection: Option<Object>,
}

impl<'c> Taken<'c> {
    async fn from(connections: &'c Connections) -> Result<Self, PoolError> {
        let connection = Some(connections.pool.get().await?);
        Ok(Self { connections, connection })
    }

    fn connection(&self) -> Result<&Object, PoolError> {
        self.connection.as_ref().ok_or(PoolError::Closed)
    }

    fn give_back(mut self) {
        self.connection = None;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(self.connections.clone().reclaim(connection))),
                // Out of the pool, and closed.
                Err(_) => drop(Object::take(connection)),
            }
        }
    }
}
