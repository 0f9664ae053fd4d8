//! The connection to one server, made anew when it breaks.
//!
//! The client's `ConnectionManager` is not used: it repeats a failed attempt to connect before it says so, hands a
//! failure of the past to the first request after the server is back, and waits without end for a server that is there
//! but silent. Here a request that finds no connection makes one, together with all that come meanwhile; it fails if an
//! attempt fails that began after it did. So a server that is gone costs no waiting, and one that is back is there for
//! the next request.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use redis::sentinel::SentinelClient;
use redis::{AsyncConnectionConfig, Client, Cmd, PushInfo, PushKind, RedisError, RedisResult, Value};
use tokio::sync::watch;
use tokio::time::timeout;

use super::batches::Answer;
use super::driver::Connection;
use super::link::Reply;

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
    is_broken: Arc<AtomicBool>,
}

impl Single {
    pub(super) fn new(server: Server) -> Self {
        Self { server: Arc::new(server), state: Arc::default() }
    }

    /// Connects, unless there is a connection.
    pub(super) async fn connect(&self) -> RedisResult<()> {
        self.connection().await.map(|_| ())
    }

    pub(super) fn send(&self, command: Cmd) -> Reply<'_> {
        match self.connected() {
            Some(live) => Reply::Sent(Sent::new(live, command)),
            None => Reply::boxed(async move { Sent::new(self.connection().await?, command).await }),
        }
    }

    fn connected(&self) -> Option<Arc<Live>> {
        match &self.state.read().unwrap_or_else(PoisonError::into_inner).stage {
            Stage::Connected(live) if live.is_sound() => Some(Arc::clone(live)),
            _ => None,
        }
    }

    /// The connection there is, or the one that is being made or has to be.
    async fn connection(&self) -> RedisResult<Arc<Live>> {
        let mut before = None;
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
            let outcome = this.server.connect().await.map(Arc::new);
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
        let is_broken = Arc::<AtomicBool>::default();
        let listener = Listener(Arc::clone(&is_broken));
        let config = AsyncConnectionConfig::new()
            // Whoever sends a command bounds its wait.
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE)
            .set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    listener.0.store(true, Ordering::Relaxed);
                }
                Ok::<(), redis::aio::SendError>(())
            });
        let client = match self {
            Self::At(client) => client,
            Self::Sentinels(sentinels) => &sentinels.lock().await.async_get_client().await?,
        };
        match timeout(CONNECTING, Connection::make(client, &config)).await {
            Ok(connection) => Ok(Live { connection: connection?, is_broken }),
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        }
    }
}

/// Held by the task that drives the connection: told when the connection ends, and dropped with the task, should its
/// runtime end.
struct Listener(Arc<AtomicBool>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Live {
    fn is_sound(&self) -> bool {
        !self.is_broken.load(Ordering::Relaxed)
    }
}

/// The connection is gone, or its server no longer the one to write to.
fn needs_another_connection(error: &RedisError) -> bool {
    error.is_unrecoverable_error() || error.code() == Some("READONLY")
}

/// The answer to a command. It notices when it is given up while the connection says nothing to anyone.
pub(super) struct Sent {
    answer: Answer,
    live: Arc<Live>,
    is_over: bool,
}

impl Sent {
    fn new(live: Arc<Live>, command: Cmd) -> Self {
        // Everyone holds the connection who is about to send or waits for an answer, and so does the state.
        let alone = Arc::strong_count(&live) <= 2;
        Self { answer: live.connection.send(command, alone), live, is_over: false }
    }
}

impl Future for Sent {
    type Output = RedisResult<Value>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        self.is_over = true;
        if answer.as_ref().is_err_and(needs_another_connection) {
            self.live.is_broken.store(true, Ordering::Relaxed);
        }
        Poll::Ready(answer)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let Live { connection, is_broken } = &*self.live;
        if !self.is_over && connection.silence() >= SILENCE {
            is_broken.store(true, Ordering::Relaxed);
        }
    }
}
