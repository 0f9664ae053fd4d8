//! The ways to a server. Commands of all requests share one connection; none is ever sent twice from here.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use redis::aio::ConnectionLike;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::SingleNodeRoutingInfo;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisResult, ServerErrorKind, Value};

use super::single::{Sent, Single};

/// How often a cluster may send one command on to another node.
const MAX_REDIRECTS: usize = 5;

type Boxed<'l> = Pin<Box<dyn Future<Output = RedisResult<Value>> + Send + 'l>>;

/// The answer to a command, which has been sent or will be.
pub(super) enum Reply<'l> {
    Sent(Sent),
    /// Apart, so that those whose command has been sent carry nothing of it.
    Boxed(Boxed<'l>),
}

impl<'l> Reply<'l> {
    pub(super) fn boxed(reply: impl Future<Output = RedisResult<Value>> + Send + 'l) -> Self {
        Self::Boxed(Box::pin(reply))
    }
}

impl Future for Reply<'_> {
    type Output = RedisResult<Value>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Sent(sent) => Pin::new(sent).poll(context),
            Self::Boxed(boxed) => boxed.as_mut().poll(context),
        }
    }
}

pub(super) enum Link {
    /// One server, or the primary that sentinels name; made anew when it breaks.
    Single(Single),
    Cluster(ClusterConnection),
    /// A connection that the user brought and that looks after itself.
    Given(Box<dyn Given>),
}

impl Link {
    /// Sends a command once.
    pub(super) fn send(&self, command: Cmd) -> Reply<'_> {
        match self {
            Self::Single(single) => single.send(command),
            Self::Cluster(connection) => Reply::boxed(send_to_cluster(connection.clone(), command)),
            Self::Given(connection) => connection.send(command),
        }
    }

    /// Sends a command that changes nothing: once more if the connection turned out to be broken.
    pub(super) async fn ask(&self, command: impl Fn() -> Cmd) -> RedisResult<Value> {
        match self.send(command()).await {
            Err(error) if error.is_connection_dropped() && !error.is_connection_refusal() => {
                self.send(command()).await
            }
            answer => answer,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of what is inside: it holds passwords.
        f.write_str(match self {
            Self::Single(_) => "Single",
            Self::Cluster(_) => "Cluster",
            Self::Given(_) => "Given",
        })
    }
}

/// A connection that somebody else made.
pub(super) trait Given: Send + Sync {
    fn send(&self, command: Cmd) -> Reply<'_>;
}

impl<C: ConnectionLike + Clone + Send + Sync> Given for C {
    fn send(&self, command: Cmd) -> Reply<'_> {
        let mut connection = self.clone();
        Reply::boxed(
            async move { connection.req_packed_command(&command).await.and_then(Value::extract_error) },
        )
    }
}

/// The client's own repetitions are off, as it would also repeat what may have been carried out. Redirections are
/// followed here: a node that redirects did nothing.
async fn send_to_cluster(mut connection: ClusterConnection, command: Cmd) -> RedisResult<Value> {
    let mut answer = connection.req_packed_command(&command).await.and_then(Value::extract_error);
    for _ in 0..MAX_REDIRECTS {
        let Err(error) = &answer else { break };
        answer = match error.kind() {
            // The client has looked up the slots anew.
            ErrorKind::Server(ServerErrorKind::Moved) => connection.req_packed_command(&command).await,
            ErrorKind::Server(ServerErrorKind::Ask) => match node(error) {
                Some(node) => ask_node(&mut connection, &command, node).await,
                None => break,
            },
            _ => break,
        }
        .and_then(Value::extract_error);
    }
    answer
}

fn node(error: &RedisError) -> Option<SingleNodeRoutingInfo> {
    let (host, port) = error.redirect_node()?.0.rsplit_once(':')?;
    Some(SingleNodeRoutingInfo::ByAddress { host: host.to_owned(), port: port.parse().ok()? })
}

/// The one command after `ASKING` is answered by a node that is just taking over the slot.
async fn ask_node(
    connection: &mut ClusterConnection,
    command: &Cmd,
    node: SingleNodeRoutingInfo,
) -> RedisResult<Value> {
    let mut pipeline = Pipeline::with_capacity(2);
    pipeline.cmd("ASKING").add_command(command.clone());
    let answers = connection.route_pipeline(pipeline, 0, 2, node).await?;
    answers.into_iter().nth(1).unwrap_or(Value::Nil).extract_error()
}
