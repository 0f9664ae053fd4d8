//! The connection to one server, made anew when it breaks.
//!
//! The client's `ConnectionManager` is not used: it repeats a failed attempt to connect before it says so, hands a
//! failure of the past to the first request after the server is back, and waits without end for a server that is there
//! but silent. Here a request that finds no connection makes one, together with all that come meanwhile; it fails if an
//! attempt fails that began after it did. So a server that is gone costs no waiting, and one that is back is there for
//! the next request.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard, Weak};
use std::time::Duration;

use redis::sentinel::SentinelClient;
use redis::{AsyncConnectionConfig, Client, Cmd, PushInfo, PushKind, RedisError, RedisResult, Value};
use tokio::sync::watch;
use tokio::time::timeout;

use super::driver::Connection;

/// How long an attempt to connect may take, the greeting included.
const CONNECTING: Duration = Duration::from_millis(800);

/// A connection that has owed an answer and said nothing for this long when somebody gives up is not used again, however
/// short a time that one has waited.
const SILENCE: Duration = Duration::from_millis(250);

/// How many commands wait in the client before their senders do.
const QUEUE: usize = 1024;

#[derive(Clone)]
pub(super) struct Single {
    server: Arc<Server>,
    state: Arc<RwLock<State>>,
}

/// Where the server is found.
pub(super) enum Server {
    At(Client),
    /// Asked anew for every connection, as the primary may have changed.
    Sentinels(tokio::sync::Mutex<SentinelClient>),
}

#[derive(Default)]
struct State {
    /// How many attempts have begun.
    attempts: u64,
    stage: Stage,
}

#[derive(Default)]
enum Stage {
    #[default]
    Apart,
    Connecting(Attempt),
    Connected(Arc<Live>),
}

#[derive(Clone)]
struct Attempt {
    number: u64,
    outcome: watch::Receiver<Option<RedisResult<Arc<Live>>>>,
}

struct Live {
    connection: Connection,
    health: Arc<Health>,
}

#[derive(Default)]
struct Health {
    broken: AtomicBool,
    /// The connection, which everyone holds that waits for an answer.
    live: OnceLock<Weak<Live>>,
}

impl Health {
    /// Whether more than one waits for an answer. The connection is also held by the state that it is in.
    fn is_crowded(&self) -> bool {
        self.live.get().is_some_and(|live| live.strong_count() > 2)
    }
}

impl Single {
    pub(super) fn new(server: Server) -> Self {
        Self { server: Arc::new(server), state: Arc::default() }
    }

    /// Connects, unless there is a connection.
    pub(super) async fn connect(&self) -> RedisResult<()> {
        self.connection().await.map(|_| ())
    }

    pub(super) async fn send(&self, command: Cmd) -> RedisResult<Value> {
        let live = self.connection().await?;
        let waiting = Waiting::new(&live);
        let answer = live.connection.send(command).await;
        waiting.end();
        if answer.as_ref().is_err_and(needs_another_connection) {
            live.health.broken.store(true, Ordering::Relaxed);
        }
        answer
    }

    async fn connection(&self) -> RedisResult<Arc<Live>> {
        let mut before = None;
        if let Stage::Connected(live) = &self.state.read().unwrap_or_else(PoisonError::into_inner).stage
            && live.is_sound()
        {
            return Ok(Arc::clone(live));
        }
        loop {
            let mut attempt = {
                let mut state = self.lock();
                let begun = state.attempts;
                before.get_or_insert(begun);
                match &state.stage {
                    Stage::Connected(live) if live.is_sound() => return Ok(Arc::clone(live)),
                    Stage::Connecting(attempt) => attempt.clone(),
                    _ => self.begin(&mut state),
                }
            };
            // Cloned before the guard of the channel is dropped, which must not be held over an await.
            let outcome = attempt.outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
            match outcome {
                Ok(Some(Ok(live))) => return Ok(live),
                Ok(Some(Err(error))) if before < Some(attempt.number) => return Err(error),
                Ok(_) => {}
                // The runtime it ran on is gone.
                Err(_) => self.lock().forget(attempt.number),
            }
        }
    }

    /// Begins an attempt, in a task of its own: whoever asked for it may be gone before it ends.
    fn begin(&self, state: &mut State) -> Attempt {
        state.attempts += 1;
        let (sender, outcome) = watch::channel(None);
        let attempt = Attempt { number: state.attempts, outcome };
        state.stage = Stage::Connecting(attempt.clone());
        let (this, number) = (self.clone(), attempt.number);
        tokio::spawn(async move {
            let outcome = this.server.connect().await.map(Live::shared);
            match &outcome {
                Ok(live) => this.lock().stage = Stage::Connected(Arc::clone(live)),
                Err(_) => this.lock().forget(number),
            }
            // Nobody may be waiting any more.
            let _ = sender.send(Some(outcome));
        });
        attempt
    }

    fn lock(&self) -> RwLockWriteGuard<'_, State> {
        // Nothing that can panic runs under this lock, and every state is a legal one.
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, number: u64) {
        if matches!(&self.stage, Stage::Connecting(attempt) if attempt.number == number) {
            self.stage = Stage::Apart;
        }
    }
}

impl Server {
    async fn connect(&self) -> RedisResult<Live> {
        let health = Arc::<Health>::default();
        let listener = Listener(Arc::clone(&health));
        let config = AsyncConnectionConfig::new()
            // Whoever sends a command bounds its wait.
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE)
            .set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    listener.0.broken.store(true, Ordering::Relaxed);
                }
                Ok::<(), redis::aio::SendError>(())
            });
        let client = match self {
            Self::At(client) => client,
            Self::Sentinels(sentinels) => &sentinels.lock().await.async_get_client().await?,
        };
        let others = Arc::clone(&health);
        let crowded = move || others.is_crowded();
        match timeout(CONNECTING, Connection::make(client, &config, crowded)).await {
            Ok(connection) => Ok(Live { connection: connection?, health }),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }
}

/// Held by the task that drives the connection: told when the connection ends, and dropped with the task, should its
/// runtime end.
struct Listener(Arc<Health>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.broken.store(true, Ordering::Relaxed);
    }
}

impl Live {
    fn shared(self) -> Arc<Self> {
        let live = Arc::new(self);
        let _ = live.health.live.set(Arc::downgrade(&live));
        live
    }

    fn is_sound(&self) -> bool {
        !self.health.broken.load(Ordering::Relaxed)
    }
}

/// The connection is gone, or its server no longer the one to write to.
fn needs_another_connection(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || error.code() == Some("READONLY")
}

/// Notices when somebody gives up waiting while the connection says nothing to anyone.
struct Waiting<'l> {
    live: &'l Live,
    over: bool,
}

impl<'l> Waiting<'l> {
    fn new(live: &'l Live) -> Self {
        Self { live, over: false }
    }

    fn end(mut self) {
        self.over = true;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Live { connection, health } = self.live;
        if !self.over && connection.silence() >= SILENCE {
            health.broken.store(true, Ordering::Relaxed);
        }
    }
}
