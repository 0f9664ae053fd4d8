//! The commands that wait to be sent, and when they are.
//!
//! If each command were sent as soon as it comes, it would cost a system call of its own, here and at the server. If none
//! were sent before all requests have run that are ready, the server would have nothing to do meanwhile, and the requests
//! nothing while it answers. So they leave together as soon as there are [`ENOUGH`] of them, or nobody is left to bring
//! more: a task of its own, the gatherer, is woken by the first one, lets all run that are ready then, and sees that what
//! has come is sent. A command waits for that as long as a request waits for its turn.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use redis::{Cmd, RedisResult, Value};
use tokio::sync::oneshot;

/// How many commands are sent without waiting for more: twice as many save little, and the server would idle.
const ENOUGH: usize = 32;

/// How many commands there are at least before those are looked for that nobody waits for any more.
const MANY: usize = 1024;

pub(super) struct Order {
    pub(super) command: Cmd,
    pub(super) answer: oneshot::Sender<RedisResult<Value>>,
}

impl Order {
    fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }
}

#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    orders: VecDeque<Order>,
    /// With how many commands those are looked for that were given up.
    full: usize,
    /// The task that sends has ended.
    is_closed: bool,
    sender: Option<Waker>,
    gatherer: Option<Waker>,
}

impl Queue {
    /// Hands in a command, which is dropped where nobody sends it any more. `alone`: nobody else is about to bring one.
    pub(super) fn push(&self, order: Order, alone: bool) {
        let mut state = self.lock();
        if state.is_closed {
            drop(state);
            return;
        }
        state.orders.push_back(order);
        if state.orders.len() > state.full {
            state.forget_given_up();
        }
        let awaited = match state.orders.len() {
            1 if !alone && state.gatherer.is_some() => &state.gatherer,
            1 | ENOUGH => &state.sender,
            _ => return,
        };
        let awaited = awaited.clone();
        drop(state);
        awaited.iter().for_each(Waker::wake_by_ref);
    }

    /// Takes out the first commands that somebody still waits for, `most` at most. Whoever polls is woken for the next.
    pub(super) fn take(&self, context: &Context<'_>, most: usize) -> Vec<Order> {
        let mut state = self.lock();
        register(&mut state.sender, context);
        let mut taken = Vec::with_capacity(most.min(state.orders.len()));
        while taken.len() < most
            && let Some(order) = state.orders.pop_front()
        {
            if !order.is_given_up() {
                taken.push(order);
            }
        }
        taken
    }

    /// Fails all commands, and those that come.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let orders = std::mem::take(&mut state.orders);
        drop(state);
        drop(orders);
    }

    /// What the gatherer does, without an end.
    pub(super) async fn gather(self: Arc<Self>) {
        let mut has_waited = false;
        poll_fn(|context| {
            let mut state = self.lock();
            register(&mut state.gatherer, context);
            has_waited = !has_waited && !state.orders.is_empty();
            let next = if has_waited { Some(context.waker().clone()) } else { state.sender.clone() };
            let is_empty = state.orders.is_empty();
            drop(state);
            if !is_empty {
                next.iter().for_each(Waker::wake_by_ref);
            }
            Poll::<()>::Pending
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_given_up(&mut self) {
        self.orders.retain(|order| !order.is_given_up());
        self.full = MANY.max(2 * self.orders.len());
    }
}

fn register(place: &mut Option<Waker>, context: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(context.waker()),
        None => *place = Some(context.waker().clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Woken {
        fn take(&self) -> usize {
            self.0.swap(0, Ordering::Relaxed)
        }
    }

    fn order() -> (Order, oneshot::Receiver<RedisResult<Value>>) {
        let (answer, receiver) = oneshot::channel();
        (Order { command: redis::cmd("PING"), answer }, receiver)
    }

    #[test]
    fn one_alone_is_sent_at_once_and_many_when_there_are_enough_or_no_more_come() {
        let (queue, sender, gatherer) =
            (Arc::<Queue>::default(), Arc::<Woken>::default(), Arc::<Woken>::default());
        let (to_sender, to_gatherer) = (Waker::from(Arc::clone(&sender)), Waker::from(Arc::clone(&gatherer)));
        let take = || queue.take(&Context::from_waker(&to_sender), usize::MAX).len();
        let mut gathering = pin!(Arc::clone(&queue).gather());
        let mut gather =
            || assert!(gathering.as_mut().poll(&mut Context::from_waker(&to_gatherer)).is_pending());
        let woken = || (sender.take(), gatherer.take());
        let mut receivers = Vec::new();
        let mut push = |alone| {
            let (order, receiver) = order();
            receivers.push(receiver);
            queue.push(order, alone);
        };
        assert_eq!(take(), 0);

        push(false);
        assert_eq!(woken(), (1, 0), "nobody gathers");
        assert_eq!(take(), 1);

        gather();
        push(true);
        assert_eq!(woken(), (1, 0));
        assert_eq!(take(), 1);

        push(false);
        assert_eq!(woken(), (0, 1));
        gather();
        assert_eq!(woken(), (0, 1), "the others run first");
        (2..ENOUGH).for_each(|_| push(false));
        assert_eq!(woken(), (0, 0));
        gather();
        assert_eq!(woken(), (1, 0), "nobody brings more");
        push(false);
        assert_eq!(woken(), (1, 0), "enough");
        push(false);
        assert_eq!(woken(), (0, 0));
        assert_eq!(take(), ENOUGH + 1);

        gather();
        assert_eq!(woken(), (0, 0), "there is nothing to send");
    }

    #[test]
    fn what_is_given_up_makes_room() {
        let queue = Queue::default();
        let kept: Vec<_> = (0..10 * MANY)
            .filter_map(|nth| {
                let (order, receiver) = order();
                queue.push(order, false);
                assert!(queue.lock().orders.len() <= 3 * MANY);
                (nth % 10 == 0).then_some(receiver)
            })
            .collect();
        assert_eq!(queue.take(&Context::from_waker(Waker::noop()), usize::MAX).len(), kept.len());
    }

    #[test]
    fn a_closed_queue_answers_nobody() {
        let queue = Queue::default();
        let (before, mut first) = order();
        queue.push(before, false);
        queue.close();
        let (after, mut second) = order();
        queue.push(after, false);
        for receiver in [&mut first, &mut second] {
            assert_eq!(receiver.try_recv().expect_err("nobody"), oneshot::error::TryRecvError::Closed);
        }
    }
}
