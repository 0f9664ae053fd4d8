//! One timer for the waits of many requests.
//!
//! Nearly every wait ends long before its deadline, and a timer of its own would cost it more than all else that it does.
//! So a wait only notes its deadline, in a place that its thread keeps, and a task that sleeps until the earliest one
//! wakes those that have lasted too long. There is such a task only while there is something noted, or was lately.

use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

use slab::Slab;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until};

thread_local! {
    static NOTED: Arc<Noted> = Arc::default();
}

/// The deadlines of the waits that began on one thread. They may end on others.
#[derive(Default)]
struct Noted(Mutex<State>);

#[derive(Default)]
struct State {
    waits: Slab<Wait>,
    /// When the task looks next; `None` where there is none.
    next: Option<Instant>,
    /// Which task it is. One that has been replaced ends when it notices.
    watch: u64,
}

struct Wait {
    deadline: Instant,
    /// Taken when the deadline has passed.
    waker: Option<Waker>,
}

/// Since when something is waited for, and until when.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) begun: Instant,
    pub(super) deadline: Instant,
}

/// The bound of one wait, noted from the first time that it is asked for. It is small, as every request carries it.
#[derive(Default)]
pub(super) struct Bound(Option<(Arc<Noted>, usize)>);

impl Bound {
    /// Whether the deadline has passed. If not, the task is woken when it does, unless this is no runtime of tokio's.
    pub(super) fn is_over(&mut self, span: Span, context: &Context<'_>) -> bool {
        let Some((noted, key)) = &self.0 else {
            self.note(span, context.waker().clone());
            return false;
        };
        let mut state = noted.lock();
        let Some(waker) = state.waits.get_mut(*key).and_then(|wait| wait.waker.as_mut()) else { return true };
        let before = (!waker.will_wake(context.waker())).then(|| replace(waker, context.waker().clone()));
        noted.see_to(state, span);
        // What a waker leads to may end with it, and with that another wait: not under the lock.
        drop(before);
        false
    }

    fn note(&mut self, span: Span, waker: Waker) {
        // Where the thread is about to end it keeps no place any more.
        let noted = NOTED.try_with(Arc::clone).unwrap_or_default();
        let mut state = noted.lock();
        let key = state.waits.insert(Wait { deadline: span.deadline, waker: Some(waker) });
        self.0 = Some((Arc::clone(&noted), key));
        noted.see_to(state, span);
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Some((noted, key)) = self.0.take() {
            let wait = noted.lock().waits.try_remove(key);
            // As in `is_over`.
            drop(wait);
        }
    }
}

impl Noted {
    /// Sees to it that a task looks when the deadline has passed. One that is late already may be on a runtime that does not
    /// run any more.
    fn see_to(self: &Arc<Self>, mut state: MutexGuard<'_, State>, Span { begun, deadline }: Span) {
        if state.next.is_none_or(|next| deadline < next || next < begun)
            && let Ok(runtime) = Handle::try_current()
        {
            // Made here, since it is the waiting one that is to be told of a runtime without timers.
            let sleep = Box::pin(sleep_until(deadline));
            state.next = Some(deadline);
            state.watch += 1;
            let watch = Watch { noted: Arc::clone(self), number: state.watch };
            drop(state);
            runtime.spawn(watch.run(sleep));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every state is a legal one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task that looks at the deadlines.
struct Watch {
    noted: Arc<Noted>,
    number: u64,
}

impl Watch {
    async fn run(self, mut sleep: Pin<Box<Sleep>>) {
        loop {
            sleep.as_mut().await;
            match self.look() {
                Some(next) => sleep.as_mut().reset(next),
                None => return,
            }
        }
    }

    /// Wakes those that have waited too long; says when to look next.
    fn look(&self) -> Option<Instant> {
        let mut state = self.noted.lock();
        if state.watch != self.number {
            return None;
        }
        let now = Instant::now();
        let (mut late, mut next) = (Vec::new(), None);
        for (_, wait) in &mut state.waits {
            if wait.deadline <= now {
                late.extend(wait.waker.take());
            } else {
                next = Some(next.map_or(wait.deadline, |next: Instant| next.min(wait.deadline)));
            }
        }
        state.next = next;
        drop(state);
        late.into_iter().for_each(Waker::wake);
        next
    }
}

impl Drop for Watch {
    /// A task that ends with its runtime leaves those behind that wait on another one: woken, they find one anew.
    fn drop(&mut self) {
        let mut state = self.noted.lock();
        if state.watch == self.number && state.next.take().is_some() {
            let left: Vec<_> = state.waits.iter().filter_map(|(_, wait)| wait.waker.clone()).collect();
            drop(state);
            left.into_iter().for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::{Poll, Waker};
    use std::time::Duration;

    use tokio::runtime::{Builder, Runtime};
    use tokio::task::{JoinSet, yield_now};
    use tokio::time::{Instant, sleep, timeout};

    use super::{Bound, Context, NOTED, Span};

    const SECOND: Duration = Duration::from_secs(1);

    /// A wait, and until when.
    struct Waiting(Bound, Span);

    impl Waiting {
        fn is_over(&mut self, context: &Context<'_>) -> bool {
            self.0.is_over(self.1, context)
        }
    }

    fn bound(time: Duration) -> Waiting {
        let begun = Instant::now();
        Waiting(Bound::default(), Span { begun, deadline: begun + time })
    }

    /// Waits for what never comes; for how long it did.
    async fn wait(mut bound: Waiting) -> Duration {
        let start = Instant::now();
        poll_fn(|context| if bound.is_over(context) { Poll::Ready(()) } else { Poll::Pending }).await;
        start.elapsed()
    }

    /// How many waits are noted for this thread, and whether there is a task that looks at them.
    fn noted() -> (usize, bool) {
        NOTED.with(|noted| {
            let state = noted.lock();
            (state.waits.len(), state.next.is_some())
        })
    }

    fn one_thread() -> Runtime {
        Builder::new_current_thread().enable_all().build().expect("a runtime")
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_ends_at_its_deadline_whatever_the_order() {
        let mut waits = JoinSet::new();
        for ms in [500, 20, 900, 20, 300, 1, 700] {
            waits.spawn(async move { (ms, wait(bound(Duration::from_millis(ms))).await) });
            sleep(Duration::from_millis(3)).await;
        }
        for (ms, lasted) in waits.join_all().await {
            assert_eq!(lasted, Duration::from_millis(ms));
        }
        assert_eq!(noted().0, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_ended_leaves_nothing_and_in_the_end_no_task() {
        for _ in 0..100 {
            let mut bound = bound(SECOND);
            let is_over = poll_fn(|context| Poll::Ready(bound.is_over(context))).await;
            assert!(!is_over && noted() == (1, true));
            drop(bound);
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(noted(), (0, true));
        sleep(2 * SECOND).await;
        assert_eq!(noted(), (0, false));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_polled_last_is_woken() {
        let mut bound = bound(SECOND);
        assert!(!bound.is_over(&Context::from_waker(Waker::noop())));
        assert_eq!(
            timeout(2 * SECOND, tokio::spawn(wait(bound))).await.expect("in time").expect("a task"),
            SECOND
        );
    }

    #[test]
    fn a_wait_outlives_the_runtime_of_the_first_one() {
        let (first, second) = (one_thread(), one_thread());
        first.block_on(async {
            tokio::spawn(wait(bound(SECOND)));
            yield_now().await;
        });
        let mut bound = bound(SECOND / 10);
        {
            let _inside = first.enter();
            assert!(!bound.is_over(&Context::from_waker(Waker::noop())));
        }
        assert!(noted().1);
        second.block_on(async {
            let waiting = tokio::spawn(wait(bound));
            yield_now().await;
            drop(tokio::task::spawn_blocking(|| drop(first)).await);
            let lasted = timeout(SECOND / 2, waiting).await.expect("in time").expect("a task");
            assert!(lasted >= SECOND / 20, "{lasted:?}");
        });
    }

    /// Its task is there, but nobody runs it.
    #[test]
    fn a_runtime_that_stands_still_keeps_nobody_waiting() {
        let (standing, running) = (one_thread(), one_thread());
        standing.block_on(async {
            let mut bound = bound(SECOND / 20);
            poll_fn(|context| Poll::Ready(bound.is_over(context))).await;
        });
        assert_eq!(noted(), (0, true));
        running.block_on(async {
            sleep(SECOND / 10).await;
            let lasted = timeout(SECOND, wait(bound(SECOND / 10))).await.expect("in time");
            assert!(lasted >= SECOND / 10, "{lasted:?}");
        });
        drop(standing);
    }

    #[test]
    fn without_a_runtime_a_wait_has_no_bound() {
        std::thread::spawn(|| {
            let mut bound = bound(Duration::ZERO);
            let context = &Context::from_waker(Waker::noop());
            assert!(!bound.is_over(context) && !bound.is_over(context) && noted() == (1, false));
        })
        .join()
        .expect("no panic");
    }

    #[test]
    fn a_runtime_without_timers_is_said_to_the_one_that_waits() {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let told = runtime.block_on(async { tokio::spawn(wait(bound(SECOND))).await });
        assert!(told.expect_err("a panic").is_panic());
        assert_eq!(noted(), (0, false));
    }
}
