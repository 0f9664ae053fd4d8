//! Makes a connection, and the task that drives it: it sends what has gathered, reads, and hands out the answers.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::SockRef;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionAddr, RedisResult};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinSet;

use super::batches::{self, Answer, Batches, Orders};

/// How many bytes of commands may gather before they are written.
const GATHERED: usize = 64 << 10;

/// A connection and the task that drives it, which ends with it.
pub(super) struct Connection {
    orders: Orders,
    /// Aborted with the connection.
    _tasks: JoinSet<()>,
}

impl Connection {
    /// Connects to the client's server.
    ///
    /// Over TLS the client's own task reads and writes: only that can be given the client's certificates.
    pub(super) async fn make(client: &Client, config: &AsyncConnectionConfig) -> RedisResult<Self> {
        let config = config.clone().set_write_backpressure_boundary(GATHERED);
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => {
                let stream = connect(host, *port, client.get_connection_info().tcp_settings()).await?;
                Self::on(stream, client, config).await
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                Self::on(tokio::net::UnixStream::connect(path).await?, client, config).await
            }
            _ => {
                let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
                let (orders, batches) = batches::over(connection, true);
                Ok(Self::driven(orders, batches, std::future::ready(())))
            }
        }
    }

    async fn on(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: &Client,
        config: AsyncConnectionConfig,
    ) -> RedisResult<Self> {
        let settings = client.get_connection_info().redis_settings();
        let (connection, driver) = MultiplexedConnection::new_with_config(settings, stream, config).await?;
        let (orders, batches) = batches::over(connection, false);
        Ok(Self::driven(orders, batches, driver))
    }

    fn driven(orders: Orders, batches: Batches, driver: impl Future<Output = ()> + Send + 'static) -> Self {
        let mut tasks = JoinSet::new();
        // Where one thread runs all tasks nothing is gained by sending before all have run.
        let has_gatherer = Handle::current().runtime_flavor() != RuntimeFlavor::CurrentThread;
        if has_gatherer {
            tasks.spawn(orders.gather());
        }
        tasks.spawn(drive(batches, driver, has_gatherer));
        Self { orders, _tasks: tasks }
    }

    /// Sends a command, unless the answer is dropped before its turn has come. `alone`: nobody else is about to send one.
    pub(super) fn send(&self, command: Cmd, alone: bool) -> Answer {
        self.orders.send(command, alone)
    }

    /// For how long it has owed an answer and said nothing.
    pub(super) fn silence(&self) -> Duration {
        self.orders.silence()
    }
}

/// Without a gatherer all run first that are ready whenever it is woken.
async fn drive(mut batches: Batches, driver: impl Future<Output = ()>, has_gatherer: bool) {
    let (mut driver, mut is_driven) = (pin!(driver), true);
    let drivers = Arc::new(DriversWaker::default());
    let waker = Waker::from(Arc::clone(&drivers));
    let mut has_waited = has_gatherer;
    poll_fn(move |context| {
        if !has_waited {
            has_waited = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        has_waited = has_gatherer;
        loop {
            drivers.about_to_poll(context.waker(), || batches.poll_send(context));
            let had_room = batches.has_room();
            if is_driven {
                is_driven = driver.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
            }
            // What the driver has just read is handed out at once.
            batches.poll_answers(context);
            if had_room || !batches.has_room() {
                return Poll::<()>::Pending;
            }
        }
    })
    .await;
}

/// Wakes the task for the driver, but not for what it is given just before it is polled: another processor would be
/// roused to look for work.
#[derive(Default)]
struct DriversWaker {
    task: Mutex<Option<Waker>>,
    is_about_to_poll: AtomicBool,
}

impl DriversWaker {
    fn about_to_poll(&self, task: &Waker, then: impl FnOnce()) {
        self.lock().get_or_insert_with(|| task.clone()).clone_from(task);
        self.is_about_to_poll.store(true, Ordering::Relaxed);
        then();
        // Whoever saw that it was so has done before this what the driver is to find now.
        self.is_about_to_poll.swap(false, Ordering::AcqRel);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for DriversWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A plain load would not order what was done before it.
        let is_about_to_poll = self.is_about_to_poll.fetch_or(false, Ordering::AcqRel);
        if !is_about_to_poll && let Some(task) = &*self.lock() {
            task.wake_by_ref();
        }
    }
}

/// The addresses of a host are tried all at once; the first that answers is taken.
async fn connect(host: &str, port: u16, settings: &TcpSettings) -> io::Result<TcpStream> {
    let mut attempts = JoinSet::new();
    for address in lookup_host((host, port)).await? {
        attempts.spawn(TcpStream::connect(address));
    }
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    while let Some(attempt) = attempts.join_next().await {
        match attempt.map_err(io::Error::from).flatten() {
            Ok(stream) => return with_settings(stream, settings),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn with_settings(stream: TcpStream, settings: &TcpSettings) -> io::Result<TcpStream> {
    stream.set_nodelay(settings.nodelay())?;
    let socket = SockRef::from(&stream);
    if let Some(keepalive) = settings.keepalive() {
        socket.set_tcp_keepalive(keepalive)?;
    }
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    socket.set_tcp_user_timeout(settings.user_timeout())?;
    Ok(stream)
}
