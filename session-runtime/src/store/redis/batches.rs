//! The commands of many requests, sent as pipelines.
//!
//! The client does a good deal for each message it sends: the place in its queue, the future that waits, the waking. A
//! pipeline is one message, whatever the number of commands in it.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline, RedisResult, Value};
use tokio::sync::oneshot;

use super::queue::{Order, Queue};
use super::silence::Silence;

/// How many commands share a pipeline at most. All wait for the answer to the last one.
const LONGEST: usize = 16;

/// How many pipelines wait for answers at most. Then commands wait until one has come.
const MOST: usize = 64;

/// Where commands are handed in.
pub(super) struct Orders {
    queue: Arc<Queue>,
    silence: Arc<Silence>,
}

impl Orders {
    /// Sends a command. `alone`: nobody else is about to send one.
    pub(super) fn send(&self, command: Cmd, alone: bool) -> Answer {
        let (answer, receiver) = oneshot::channel();
        self.queue.push(Order { command, answer }, alone);
        Answer(receiver)
    }

    /// The task that lets commands gather.
    pub(super) fn gather(&self) -> impl Future<Output = ()> + Send + 'static {
        Arc::clone(&self.queue).gather()
    }

    /// For how long commands have been sent and nothing was heard.
    pub(super) fn silence(&self) -> Duration {
        self.silence.lasted()
    }
}

/// What a command will be answered. Dropped before its turn has come, it is never sent.
pub(super) struct Answer(oneshot::Receiver<RedisResult<Value>>);

impl Future for Answer {
    type Output = RedisResult<Value>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match ready!(Pin::new(&mut self.0).poll(context)) {
            Ok(answer) => Poll::Ready(answer),
            // Nobody sends it any more.
            Err(_) => Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe).into())),
        }
    }
}

/// The pipelines of a connection.
pub(super) struct Batches {
    connection: MultiplexedConnection,
    queue: Arc<Queue>,
    /// The first one is answered first.
    sent: VecDeque<Batch>,
    silence: Arc<Silence>,
    /// Whether another task reads the answers, and has to wake this one.
    read_elsewhere: bool,
}

struct Batch {
    answers: Vec<oneshot::Sender<RedisResult<Value>>>,
    outcome: Pin<Box<dyn Future<Output = RedisResult<Vec<Value>>> + Send>>,
}

/// `read_elsewhere`: whether answers are read by another task than the one that polls for them.
pub(super) fn over(connection: MultiplexedConnection, read_elsewhere: bool) -> (Orders, Batches) {
    let (queue, silence) = (Arc::<Queue>::default(), Arc::<Silence>::default());
    let batches = Batches {
        connection,
        queue: Arc::clone(&queue),
        sent: VecDeque::new(),
        silence: Arc::clone(&silence),
        read_elsewhere,
    };
    (Orders { queue, silence }, batches)
}

impl Batches {
    /// Sends what has come, as long as there is room.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) {
        self.poll_answers(context);
        while self.has_room()
            && let Some(batch) = Batch::new(&self.connection, self.queue.take(context, LONGEST))
        {
            if self.sent.is_empty() {
                self.silence.begin();
            }
            self.sent.push_back(batch);
            self.poll_last(context);
        }
    }

    /// Otherwise commands may be left that nobody is told of.
    pub(super) fn has_room(&self) -> bool {
        self.sent.len() < MOST
    }

    /// A future does nothing before it is polled.
    fn poll_last(&mut self, context: &mut Context<'_>) {
        let mut context = self.context(context);
        if let Some(batch) = self.sent.back_mut()
            && let Poll::Ready(outcome) = batch.outcome.as_mut().poll(&mut context)
            && let Some(Batch { answers, .. }) = self.sent.pop_back()
        {
            hand_out(answers, outcome);
            self.heard();
        }
    }

    /// Where the task itself reads the answers it need not be woken for them, only to find them handed out.
    fn context<'c>(&self, context: &mut Context<'c>) -> Context<'c> {
        Context::from_waker(if self.read_elsewhere { context.waker() } else { Waker::noop() })
    }

    /// Hands out the answers that have come.
    pub(super) fn poll_answers(&mut self, context: &mut Context<'_>) {
        let mut context = self.context(context);
        let unanswered = self.sent.len();
        while let Some(batch) = self.sent.front_mut()
            && let Poll::Ready(outcome) = batch.outcome.as_mut().poll(&mut context)
            && let Some(Batch { answers, .. }) = self.sent.pop_front()
        {
            hand_out(answers, outcome);
        }
        if self.sent.len() < unanswered {
            self.heard();
        }
    }

    /// The clock is read only where somebody waits on, and once for all that has come.
    fn heard(&self) {
        if self.sent.is_empty() { self.silence.end() } else { self.silence.begin() }
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Batch {
    fn new(connection: &MultiplexedConnection, orders: Vec<Order>) -> Option<Self> {
        let count = orders.len();
        let (mut pipeline, mut answers) = (Pipeline::with_capacity(count), Vec::with_capacity(count));
        for Order { command, answer } in orders {
            pipeline.add_command(command);
            answers.push(answer);
        }
        let mut connection = connection.clone();
        let outcome = async move { connection.send_packed_commands(&pipeline, 0, count).await };
        // It never says "not now, but wake me", as tokio has it of tasks that had much to do.
        let outcome = Box::pin(tokio::task::unconstrained(outcome));
        (count > 0).then_some(Self { answers, outcome })
    }
}

/// A connection that breaks fails all commands of a pipeline, also those whose answers had come.
fn hand_out(answers: Vec<oneshot::Sender<RedisResult<Value>>>, outcome: RedisResult<Vec<Value>>) {
    // Whoever has given up wants no answer.
    match outcome {
        Ok(values) => answers.into_iter().zip(values).for_each(|(answer, value)| {
            let _ = answer.send(value.extract_error());
        }),
        Err(error) => answers.into_iter().for_each(|answer| {
            let _ = answer.send(Err(error.clone()));
        }),
    }
}
