//! Makes a connection, and drives it so that the commands of many requests leave together.
//!
//! A connection is driven by a task. When a request hands it a command, tokio runs that task next, before the other
//! requests that are ready, and so each command would cost a system call of its own, here and at the server. Therefore
//! the task lets all run first that are ready when it is woken: what they send then leaves in one call, and what the
//! server answered meanwhile comes in with one. A command waits for that as long as a request waits for its turn.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::SockRef;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, RedisResult};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::{JoinHandle, JoinSet};

/// How many bytes of commands may gather before they are written.
const GATHERED: usize = 64 << 10;

/// A connection and the task that drives it, which ends with the last clone.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) commands: MultiplexedConnection,
    _task: Option<Arc<Task>>,
}

impl Connection {
    /// Connects to the client's server. `crowded` says whether it is worthwhile to let others run first.
    ///
    /// Over TLS the connection is driven by the client's own task: only that can be given the client's certificates.
    pub(super) async fn make(
        client: &Client,
        config: &AsyncConnectionConfig,
        crowded: impl Fn() -> bool + Send + 'static,
    ) -> RedisResult<Self> {
        let config = config.clone().set_write_backpressure_boundary(GATHERED);
        match client.get_connection_info().addr() {
            ConnectionAddr::Tcp(host, port) => {
                let stream = connect(host, *port, client.get_connection_info().tcp_settings()).await?;
                Self::on(stream, client, config, crowded).await
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => {
                Self::on(tokio::net::UnixStream::connect(path).await?, client, config, crowded).await
            }
            _ => {
                let commands = client.get_multiplexed_async_connection_with_config(&config).await?;
                Ok(Self { commands, _task: None })
            }
        }
    }

    async fn on(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: &Client,
        config: AsyncConnectionConfig,
        crowded: impl Fn() -> bool + Send + 'static,
    ) -> RedisResult<Self> {
        let settings = client.get_connection_info().redis_settings();
        let (commands, driver) = MultiplexedConnection::new_with_config(settings, stream, config).await?;
        let task = Task(tokio::spawn(last_of_all(driver, crowded)));
        Ok(Self { commands, _task: Some(Arc::new(task)) })
    }
}

/// Runs a future so that whenever it is woken, and it is `crowded`, all run first that are ready then.
async fn last_of_all(future: impl Future<Output = ()>, crowded: impl Fn() -> bool) {
    let mut future = pin!(future);
    let mut has_waited = false;
    poll_fn(move |context| {
        if !has_waited && crowded() {
            has_waited = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        has_waited = false;
        future.as_mut().poll(context)
    })
    .await;
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

struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
