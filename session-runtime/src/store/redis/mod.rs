//! The Redis store: sessions on a server, shared by all processes that reach it.

mod batches;
mod commands;
mod driver;
mod failure;
mod kept;
mod link;
mod name;
mod queue;
mod silence;
mod single;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::cluster::ClusterClientBuilder;
use redis::io::tcp::TcpSettings;
use redis::sentinel::SentinelClientBuilder;
use redis::{Client, IntoConnectionInfo, ProtocolVersion, RedisResult};

use self::commands::Commands;
use self::failure::at;
use self::kept::{Kept, Until};
use self::link::Link;
use self::name::Base;
use self::single::{Server, Single};
use super::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Store, StoreFuture, Touch};
use crate::{Clock, Error, StoreKey};

const CONNECT: &str = "connect to Redis";

/// How long a node of a cluster may leave what was sent to it unacknowledged.
const UNACKNOWLEDGED: Duration = Duration::from_secs(2);

/// Keeps sessions on a Redis or Valkey server, or a cluster of them: for services that run in several processes or on
/// several machines, and for sessions shared with Astro.
///
/// It needs Redis 7.0, Valkey 7.2, or a server that knows what they know, and no configuration there. Connections are
/// encrypted (`rediss://`) with the feature `redis-tls`.
///
/// ```no_run
/// use session_runtime::{RedisStore, SessionLayer};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let store = RedisStore::connect("redis://user:password@127.0.0.1:6379/0").await?.base("shop");
/// let layer = SessionLayer::new(store);
/// # Ok(())
/// # }
/// ```
///
/// **Layout.** A session is a string, exactly the text that was put, under `base:key`, which is what Astro's `redis`
/// driver reads and writes with the same `base`. The server removes it when it expires.
///
/// **Commands.** Each operation is one command in one round trip: `GET`; `SET … NX GET` for a new session; for a changed
/// one `SET … IFEQ` where the server has it (Redis 8.4, Valkey 8.1), else a script that compares and sets; `PEXPIRE … GT`.
/// The *content* is compared, so a write by another program, Astro for one, is seen as well. A second command is sent
/// only where the first found something else than expected. To keep an idle session alive takes no command with most
/// requests: the store remembers how long what it wrote or touched is kept, in 2 MiB of memory.
///
/// **Connection.** All requests share one, made anew when it breaks. Under load their commands leave together: up to
/// sixteen in one pipeline, which is answered as a whole, and many pipelines in one system call (to a cluster each command
/// for itself). A request that finds the server gone fails at once, and the first one after it is back succeeds. An
/// unanswered command waits until its caller gives up: sessions do after
/// [`store_timeout`](crate::SessionConfig::store_timeout). No write is repeated here: whether one whose answer was lost
/// has happened, the session finds out by looking.
///
/// **Durability** is the server's: what it acknowledged it may lose in a crash unless it is told to sync every write
/// (`appendfsync always`), and a failover to a replica that lags behind loses what the replica had not got yet. Give it
/// `maxmemory-policy noeviction` or `volatile-ttl`, lest it drop sessions that are in use.
///
/// **Client.** It is redis-rs, of which the constructors beside [`connect`](Self::connect) take types (the crate `redis`,
/// version 1). Against fred 10 it did the same commands with about a quarter less of the processor's time.
///
/// Cloning gives another handle to the same connection.
#[derive(Clone)]
pub struct RedisStore {
    commands: Arc<Commands>,
    kept: Arc<Kept>,
    base: Base,
    clock: Clock,
}

impl RedisStore {
    /// Connects to the server at a URL: `redis://user:password@host:port/db`, `rediss://…` for TLS (feature
    /// `redis-tls`), `redis+unix:///path`.
    ///
    /// # Errors
    /// The URL cannot be read, or the server cannot be reached or refuses the user.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), session_runtime::Error> {
    /// let store = session_runtime::RedisStore::connect("redis://127.0.0.1:6379").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(url: &str) -> Result<Self, Error> {
        install_crypto();
        let single = single(&Client::open(url).map_err(at(CONNECT))?).map_err(at(CONNECT))?;
        single.connect().await.map_err(at(CONNECT))?;
        Ok(Self::new(Link::Single(single)))
    }

    /// Connects to a cluster, some of whose nodes are named by their URLs.
    ///
    /// # Errors
    /// A URL cannot be read, or no node can be reached.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), session_runtime::Error> {
    /// let nodes = ["redis://10.0.0.1:6379", "redis://10.0.0.2:6379"];
    /// let store = session_runtime::RedisStore::connect_cluster(nodes).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect_cluster<'u>(urls: impl IntoIterator<Item = &'u str>) -> Result<Self, Error> {
        let tcp = tcp_settings();
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(UNACKNOWLEDGED);
        Self::from_cluster(ClusterClientBuilder::new(urls).tcp_settings(tcp)).await
    }

    /// A store on the server of a client that was made elsewhere, with certificates of its own for example. It connects
    /// when it is first used, so a service can start before its server does.
    ///
    /// # Errors
    /// The client's address is of a kind that this build does not support.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = redis::Client::open("redis://127.0.0.1:6379")?;
    /// let store = session_runtime::RedisStore::from_client(&client)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_client(client: &Client) -> Result<Self, Error> {
        install_crypto();
        Ok(Self::new(Link::Single(single(client).map_err(at(CONNECT))?)))
    }

    /// A store on the cluster that a builder describes. Its settings for retries and timeouts are replaced: writes are
    /// not repeated, and sessions bound their waits themselves.
    ///
    /// # Errors
    /// The builder's settings do not fit together, or no node can be reached.
    pub async fn from_cluster(builder: ClusterClientBuilder) -> Result<Self, Error> {
        install_crypto();
        let builder = builder.retries(0).overall_response_timeout(None).use_protocol(ProtocolVersion::RESP3);
        let client = builder.build().map_err(at(CONNECT))?;
        let connection = client.get_async_connection().await.map_err(at(CONNECT))?;
        Ok(Self::new(Link::Cluster(connection)))
    }

    /// A store on the primary that sentinels name. They are asked again for each new connection, so that after a
    /// failover it is the new primary.
    ///
    /// # Errors
    /// The builder's settings do not fit together.
    pub fn from_sentinels(builder: SentinelClientBuilder) -> Result<Self, Error> {
        install_crypto();
        let builder = builder
            .set_client_to_redis_protocol(ProtocolVersion::RESP3)
            .set_client_to_redis_tcp_settings(tcp_settings());
        let client = builder.build().map_err(at(CONNECT))?;
        Ok(Self::new(Link::Single(Single::new(Server::Sentinels(tokio::sync::Mutex::new(client))))))
    }

    /// A store on a connection that was made elsewhere and looks after itself, such as a `ConnectionManager` that the
    /// rest of the program uses too. Its own repetition of commands must be off.
    pub fn from_connection(connection: impl ConnectionLike + Clone + Send + Sync + 'static) -> Self {
        Self::new(Link::Given(Box::new(connection)))
    }

    /// The same store with `base:` before every key, as Astro's `redis` driver has it: slashes are colons, and those at
    /// the ends do not count. Without it keys have nothing before them.
    ///
    /// ```
    /// # fn example(store: session_runtime::RedisStore) {
    /// let store = store.base("shop/sessions");     // shop:sessions:<key>
    /// # }
    /// ```
    #[must_use]
    pub fn base(mut self, base: &str) -> Self {
        self.base = Base::new(base);
        self
    }

    /// The same store, reading the time from `clock`. It needs the time only to remember how long records are kept: what
    /// expires is decided by the server.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    fn new(link: Link) -> Self {
        Self {
            commands: Arc::new(Commands::new(link)),
            kept: Arc::new(Kept::new()),
            base: Base::default(),
            clock: Clock::system(),
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("link", self.commands.link())
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Store for RedisStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(async move {
            let name = self.base.name(key);
            let record = self.commands.load(&name).await?;
            Ok(record.map(|record| self.kept.loaded(&name, record, &self.clock)))
        })
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        Box::pin(async move {
            wire::check_size(record.text())?;
            let (name, until) = (self.base.name(key), Until::after(expiry, &self.clock));
            let put = match condition {
                PutIf::Absent => self.commands.create(&name, record, expiry).await?,
                PutIf::Unchanged(old) => self.commands.replace(&name, old, record, expiry).await?,
            };
            if matches!(put, Put::Stored) {
                self.kept.put(&name, record, until);
            }
            Ok(put)
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(async move { self.commands.remove(&self.base.name(key), condition).await })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(async move {
            let (name, until) = (self.base.name(key), Until::after(expiry, &self.clock));
            let touch = self.commands.extend(&name, expiry).await?;
            if touch == Touch::Touched {
                self.kept.touched(&name, until);
            }
            Ok(touch)
        })
    }
}

/// One server, spoken to in the third version of its protocol, in which the client says when a connection ends.
fn single(client: &Client) -> RedisResult<Single> {
    let info = client.get_connection_info().clone();
    let redis = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let info = info.set_redis_settings(redis).set_tcp_settings(tcp).into_connection_info()?;
    Ok(Single::new(Server::At(Client::open(info)?)))
}

fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// TLS needs one provider of cryptography in the process; the program's own choice counts.
fn install_crypto() {
    #[cfg(feature = "redis-tls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
