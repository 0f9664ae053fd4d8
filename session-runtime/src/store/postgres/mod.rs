//! The PostgreSQL store: sessions in a table, shared by all processes that reach the database.

mod connections;
#[cfg(feature = "postgres-tls")]
mod encryption;
mod failure;
mod hidden;
mod operations;
mod table;

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, Pool, Runtime};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, NoTls, Socket};

use self::connections::Connections;
use self::failure::at;
use self::operations::Operations;
use self::table::Statements;
use super::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Store, StoreFuture, Touch};
use crate::{Error, StoreKey, log};

const CONNECT: &str = "connect to PostgreSQL";

/// How many connections a pool of ours has at most.
const CONNECTIONS: usize = 16;

/// How long an attempt to connect may take, where the URL does not say. Sessions bound their waits themselves.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long the network may leave what was sent unacknowledged, where the URL does not say.
const UNACKNOWLEDGED: Duration = Duration::from_secs(2);

/// How often putting new sessions may start a sweep.
const REST: Duration = Duration::from_secs(3600);

/// Keeps sessions in a table of a PostgreSQL database: for services that run in several processes or on several machines
/// and have such a database already.
///
/// It needs PostgreSQL 12 or newer. Connections are encrypted with the feature `postgres-tls`, or by a connector of your
/// own ([`from_config`](Self::from_config)).
///
/// ```no_run
/// use session_runtime::{PostgresStore, SessionLayer};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let store = PostgresStore::connect("postgres://user:password@127.0.0.1/shop").await?;
/// store.create_table().await?;
/// let layer = SessionLayer::new(store);
/// # Ok(())
/// # }
/// ```
///
/// **Layout.** A session is a row of the table `sessions`, or of another [`table`](Self::table): `key`, `content` (exactly
/// the text that was put, as bytes, since PostgreSQL's texts cannot hold all characters) and `expires_at`, which is null for
/// one that never expires. [`schema`](Self::schema) gives the statement that makes the table.
///
/// **Statements.** Each operation is one statement in one round trip, a transaction of its own. A second one is sent only
/// where the first found something else than expected. Conditions compare the content itself, so a write by any other
/// program is seen. What has expired is decided by the server's clock, and a load says how long a record is kept, so that
/// most requests need no touch. Statements are prepared once for each connection; a pooler that hands out another
/// connection for each transaction must know prepared statements (`PgBouncer` does since 1.21).
///
/// **Expired rows** are nothing to every operation. A process that makes new sessions deletes them once an hour, in a task
/// of its own; [`sweep`](Self::sweep) does it at once, [`sweep_every`](Self::sweep_every) as often as you like.
///
/// **Connections.** A pool of up to 16, unless you bring [one of your own](Self::from_pool). A connection that has ended is
/// replaced by the next request that needs one: a server that is gone is said at once, and the first request after it is
/// back succeeds. An unanswered statement waits until its caller gives up: sessions do after
/// [`store_timeout`](crate::SessionConfig::store_timeout); where the server has not answered a second later, it is asked to
/// give the statement up, and the connection is closed. No write is repeated here: whether one whose answer was lost has
/// happened, the session finds out by looking.
///
/// **Durability** is the server's: what it acknowledged it keeps, unless its `synchronous_commit` is off, or a failover
/// goes to a standby that lags behind.
///
/// **Client.** It is `tokio-postgres` 0.7 with `deadpool-postgres` 0.14, of which the constructors beside
/// [`connect`](Self::connect) take types. sqlx would ask each connection whether it is alive, a round trip more, whenever it
/// is given back, and wait without end for one that says nothing.
///
/// Cloning gives another handle to the same pool.
#[derive(Clone)]
pub struct PostgresStore {
    operations: Operations,
    swept: Arc<Mutex<Option<Instant>>>,
}

impl PostgresStore {
    /// Connects to the database at a URL: `postgres://user:password@host:port/database`, with parameters such as
    /// `?sslmode=require` behind it, or a list of settings (`host=/run/postgresql user=shop dbname=shop`).
    ///
    /// With the feature `postgres-tls` the server's certificate must be one that this machine trusts, whatever the
    /// `sslmode`; `prefer`, the default, encrypts where the server can.
    ///
    /// # Errors
    /// The URL cannot be read, or the server cannot be reached or refuses the user.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), session_runtime::Error> {
    /// let store = session_runtime::PostgresStore::connect("postgres://shop:secret@127.0.0.1/shop").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let config: Config = url.parse().map_err(|error| failure::not_a_url(CONNECT, &error))?;
        #[cfg(feature = "postgres-tls")]
        let tls = encryption::connector()?;
        #[cfg(not(feature = "postgres-tls"))]
        let tls = NoTls;
        let store = Self::from_config(config, tls)?;
        drop(store.operations.connections.pool().get().await.map_err(at(CONNECT))?);
        Ok(store)
    }

    /// A store on the database that a configuration describes, encrypted by `tls`. It connects when it is first used, so a
    /// service can start before its database does.
    ///
    /// # Errors
    /// None today: a pool of other settings than ours may refuse them.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = "host=/run/postgresql user=shop dbname=shop".parse()?;
    /// let store = session_runtime::PostgresStore::from_config(config, tokio_postgres::NoTls)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_config<T>(mut config: Config, tls: T) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTING);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        let manager = Manager::new(config, tls.clone());
        let pool = Pool::builder(manager).max_size(CONNECTIONS).runtime(Runtime::Tokio1).build();
        Ok(Self::on(Connections::of(pool.map_err(Error::unavailable)?, tls)))
    }

    /// A store on a pool that was made elsewhere, such as the one that the rest of the program uses too. A statement that was
    /// given up is not cancelled where that pool's connections must be encrypted, as only the pool knows how.
    #[must_use]
    pub fn from_pool(pool: Pool) -> Self {
        Self::on(Connections::of(pool, NoTls))
    }

    fn on(connections: Connections) -> Self {
        let statements = Arc::new(Statements::on("sessions"));
        Self { operations: Operations { connections, statements }, swept: Arc::default() }
    }

    /// The same store on another table than `sessions`: its name, or its schema's and its own with a dot between them. They
    /// are quoted, so letter case counts.
    ///
    /// ```
    /// # fn example(store: session_runtime::PostgresStore) {
    /// let store = store.table("shop.sessions");
    /// # }
    /// ```
    #[must_use]
    pub fn table(mut self, table: &str) -> Self {
        self.operations.statements = Arc::new(Statements::on(table));
        // The other table may have been swept already.
        self.swept = Arc::default();
        self
    }

    /// The statement that makes the table where there is none, for those who keep their migrations elsewhere.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.operations.statements.schema
    }

    /// Makes the table where there is none. Any number of processes may do so at once.
    ///
    /// # Errors
    /// The server cannot be reached, or the user has no right to create a table.
    pub async fn create_table(&self) -> Result<(), Error> {
        self.operations.create_table().await
    }

    /// Deletes the rows of expired sessions, and says how many. A session that is written or touched meanwhile stays.
    ///
    /// # Errors
    /// The system failed.
    pub async fn sweep(&self) -> Result<u64, Error> {
        self.operations.sweep().await
    }

    /// Sweeps at once, and then each time `interval` has passed since the last sweep, for as long as it is polled: give
    /// it to a task of its own, and abort the task to stop it. Any number of processes may do so. A sweep that fails is
    /// logged, and the next one tries again.
    ///
    /// # Panics
    /// Outside a tokio runtime whose timer is on.
    pub async fn sweep_every(self, interval: Duration) -> Infallible {
        loop {
            self.sweep_and_log().await;
            tokio::time::sleep(interval).await;
        }
    }

    async fn sweep_and_log(&self) {
        if let Err(error) = self.sweep().await {
            log::store_failed("sweeping", &error);
        }
    }

    /// Sweeps in a task of its own if it is time to.
    fn sweep_now_and_then(&self) {
        let Ok(mut swept) = self.swept.try_lock() else { return };
        if swept.is_none_or(|swept| swept.elapsed() >= REST) {
            *swept = Some(Instant::now());
            let store = self.clone();
            tokio::spawn(async move { store.sweep_and_log().await });
        }
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The pool's configuration names the user, and its errors may quote statements.
        f.debug_struct("PostgresStore")
            .field("pool", &self.operations.connections.pool().status())
            .finish_non_exhaustive()
    }
}

impl Store for PostgresStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(self.operations.load(key))
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        Box::pin(async move {
            let put = self.operations.put(key, condition, record, expiry).await?;
            if matches!((&put, condition), (Put::Stored, PutIf::Absent)) {
                self.sweep_now_and_then();
            }
            Ok(put)
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(self.operations.delete(key, condition))
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(self.operations.touch(key, expiry))
    }
}
