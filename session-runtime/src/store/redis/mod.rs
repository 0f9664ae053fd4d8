//! The Redis store: sessions on a server, shared by all processes that reach it.

mod failure;
mod kept;
mod link;
mod name;
mod single;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::cluster::ClusterClientBuilder;
use redis::io::tcp::TcpSettings;
use redis::sentinel::SentinelClientBuilder;
use redis::{Client, Cmd, IntoConnectionInfo, ProtocolVersion, RedisResult, Value};

use self::failure::{at, unexpected};
use self::kept::{Kept, Until};
use self::link::Link;
use self::name::Base;
use self::single::{Server, Single};
use self::wire::{Answer, Script};
use super::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Store, StoreFuture, Touch};
use crate::{Clock, Error, StoreKey};

const LOAD: &str = "load a session from Redis";
const PUT: &str = "put a session into Redis";
const DELETE: &str = "delete a session from Redis";
const TOUCH: &str = "set the expiry of a session in Redis";
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
/// requests: the store remembers how long what it wrote or touched is kept, in 1 MiB of memory.
///
/// **Connection.** All requests share one, made anew when it breaks. A request that finds the server gone fails at once,
/// and the first one after it is back succeeds. An unanswered command waits until its caller gives up: sessions do after
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
    shared: Arc<Shared>,
    base: Base,
    clock: Clock,
}

struct Shared {
    link: Link,
    kept: Kept,
    /// Whether `SET … IFEQ` is worth a try.
    has_ifeq: AtomicBool,
    replace: redis::Script,
    delete: redis::Script,
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
        let shared = Shared {
            link,
            kept: Kept::new(),
            has_ifeq: AtomicBool::new(true),
            replace: redis::Script::new(wire::REPLACE),
            delete: redis::Script::new(wire::DELETE),
        };
        Self { shared: Arc::new(shared), base: Base::default(), clock: Clock::system() }
    }

    async fn read(&self, name: &str) -> Result<Option<Record>, Error> {
        let value = self.shared.link.ask(&wire::get(name)).await.map_err(at(LOAD))?;
        match Answer::read(value, LOAD)? {
            Answer::Text(record) => Ok(Some(record)),
            Answer::Nothing => Ok(None),
            Answer::Done => Err(unexpected(LOAD)),
        }
    }

    async fn create(&self, name: &str, record: &Record, expiry: Expiry) -> Result<Put, Error> {
        let command = wire::create(name, record.text(), expiry);
        let value = self.shared.link.send(&command).await.map_err(at(PUT))?;
        match Answer::read(value, PUT)? {
            Answer::Nothing => Ok(Put::Stored),
            Answer::Text(current) => Ok(Put::Conflict(Some(current))),
            Answer::Done => Err(unexpected(PUT)),
        }
    }

    async fn replace(&self, name: &str, old: &Record, new: &Record, expiry: Expiry) -> Result<Put, Error> {
        let shared = &*self.shared;
        while shared.has_ifeq.load(Ordering::Relaxed) {
            let command = wire::replace_if_equal(name, old.text(), new.text(), expiry);
            let answer = match shared.link.send(&command).await {
                Err(error) if wire::is_unknown_option(&error) => {
                    shared.has_ifeq.store(false, Ordering::Relaxed);
                    break;
                }
                answer => Answer::read(answer.map_err(at(PUT))?, PUT)?,
            };
            match answer {
                Answer::Done => return Ok(Put::Stored),
                Answer::Nothing => match self.read(name).await? {
                    // It was something else a moment ago, and is what was expected now.
                    Some(current) if current.same_content(old) => {}
                    current => return Ok(Put::Conflict(current)),
                },
                Answer::Text(_) => return Err(unexpected(PUT)),
            }
        }
        let value = shared
            .call(&shared.replace, wire::REPLACE, |script| {
                wire::replace(script, name, old.text(), new.text(), expiry)
            })
            .await
            .map_err(at(PUT))?;
        Ok(match Answer::read(value, PUT)? {
            Answer::Done => Put::Stored,
            Answer::Nothing => Put::Conflict(None),
            Answer::Text(current) => Put::Conflict(Some(current)),
        })
    }

    async fn remove(&self, name: &str, condition: DeleteIf<'_>) -> Result<Delete, Error> {
        let shared = &*self.shared;
        let value = match condition {
            DeleteIf::Any => shared.link.send(&wire::delete(name)).await,
            DeleteIf::Unchanged(old) => {
                shared
                    .call(&shared.delete, wire::DELETE, |script| {
                        wire::delete_if_equal(script, name, old.text())
                    })
                    .await
            }
        };
        Ok(match Answer::read(value.map_err(at(DELETE))?, DELETE)? {
            Answer::Done => Delete::Deleted,
            Answer::Nothing => Delete::Missing,
            Answer::Text(current) => Delete::Conflict(current),
        })
    }

    async fn extend(&self, name: &str, expiry: Expiry) -> Result<Touch, Error> {
        let link = &self.shared.link;
        // To extend twice is to extend once: this may be sent again.
        let mut value = link.ask(&wire::extend(name, expiry)).await.map_err(at(TOUCH))?;
        if matches!(Answer::read(value, TOUCH)?, Answer::Done) {
            return Ok(Touch::Touched);
        }
        // There is none, or it is kept for longer already.
        value = link.ask(&wire::exists(name)).await.map_err(at(TOUCH))?;
        match Answer::read(value, TOUCH)? {
            Answer::Done => Ok(Touch::Touched),
            _ => Ok(Touch::Missing),
        }
    }
}

impl Shared {
    /// Calls a script by its hash; in full where the server does not hold it, which makes it hold it.
    async fn call(
        &self,
        script: &redis::Script,
        code: &str,
        command: impl Fn(Script<'_>) -> Cmd,
    ) -> RedisResult<Value> {
        match self.link.send(&command(Script::ByHash(script.get_hash()))).await {
            Err(error) if wire::is_unknown_script(&error) => {
                self.link.send(&command(Script::InFull(code))).await
            }
            answer => answer,
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("link", &self.shared.link)
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

impl Store for RedisStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(async move {
            let name = self.base.name(key);
            let Some(record) = self.read(&name).await? else { return Ok(None) };
            Ok(Some(match self.shared.kept.remaining(&name, &record, &self.clock) {
                Some(remaining) => record.with_remaining(remaining),
                None => record,
            }))
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
                PutIf::Absent => self.create(&name, record, expiry).await?,
                PutIf::Unchanged(old) => self.replace(&name, old, record, expiry).await?,
            };
            if matches!(put, Put::Stored) {
                self.shared.kept.put(&name, record, until);
            }
            Ok(put)
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        Box::pin(async move { self.remove(&self.base.name(key), condition).await })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(async move {
            let (name, until) = (self.base.name(key), Until::after(expiry, &self.clock));
            let touch = self.extend(&name, expiry).await?;
            if touch == Touch::Touched {
                self.shared.kept.touched(&name, until);
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
