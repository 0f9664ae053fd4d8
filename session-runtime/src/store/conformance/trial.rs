//! One run of one check: the store it is about, the time that passes, and what every check does.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::subject::Passing;
use super::{Runtime, Subject};
use crate::{Delete, DeleteIf, Expiry, Put, PutIf, Record, SessionId, Store, StoreKey, Touch};

/// Without real time, one unit of a check's time.
const UNIT: Duration = Duration::from_secs(1);

/// One run of one check.
#[derive(Clone)]
pub(super) struct Trial(Arc<Inner>);

struct Inner {
    subject: Subject,
    runtime: Arc<dyn Runtime>,
    handles: [Arc<dyn Store>; 2],
    unit: Duration,
    start: Instant,
    /// How many units have passed since then.
    passed: AtomicU32,
    lateness: Arc<Lateness>,
}

/// Whether a check in real time asked the store for something a unit or more after it meant to. Checks leave a margin
/// of two: one for this, one for the store's own resolution.
#[derive(Default)]
pub(super) struct Lateness(AtomicBool);

impl Lateness {
    pub(super) fn is_late(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Trial {
    pub(super) async fn begin(
        subject: Subject,
        runtime: Arc<dyn Runtime>,
        lateness: Arc<Lateness>,
        repeats: u32,
    ) -> Self {
        let handles = [(subject.open)(), (subject.open)()];
        for handle in &handles {
            // Connections are made now, and not while a check measures time.
            let _ = handle.load(&new_key()).await;
        }
        let unit = match subject.time.0 {
            Passing::Manual(_) => UNIT,
            Passing::Real { unit } => unit * (1 << repeats),
        };
        let (start, passed) = (Instant::now(), AtomicU32::new(0));
        Self(Arc::new(Inner { subject, runtime, handles, unit, start, passed, lateness }))
    }

    /// The store, by one of two handles.
    pub(super) fn handle(&self, number: usize) -> Arc<dyn Store> {
        Arc::clone(&self.0.handles[number % 2])
    }

    /// The store by a handle of its own.
    pub(super) fn open(&self) -> Arc<dyn Store> {
        (self.0.subject.open)()
    }

    pub(super) fn max_bytes(&self) -> Option<usize> {
        self.0.subject.max_bytes
    }

    pub(super) fn units(&self, units: u32) -> Duration {
        self.0.unit * units
    }

    pub(super) fn after(&self, units: u32) -> Expiry {
        Expiry::After(self.units(units))
    }

    /// Lets time pass. A record is surely there two units before its end, and surely gone two units after it.
    pub(super) async fn pass(&self, units: u32) {
        let passed = self.0.passed.fetch_add(units, Ordering::SeqCst) + units;
        match &self.0.subject.time.0 {
            Passing::Manual(pass) => pass(self.units(units)),
            Passing::Real { .. } => sleep_until(self.0.start + self.units(passed)).await,
        }
    }

    /// Lets pass what a store of its own clock may be off by; nothing where the clock stands still.
    pub(super) async fn pass_resolution(&self) {
        if let Passing::Real { .. } = self.0.subject.time.0 {
            self.pass(2).await;
        }
    }

    /// Lets as much time pass as can be waited for.
    pub(super) async fn pass_ages(&self) {
        match self.0.subject.time.0 {
            Passing::Manual(_) => self.pass(100 * 365 * 86_400).await,
            Passing::Real { .. } => self.pass(20).await,
        }
    }

    pub(super) async fn load(&self, key: &StoreKey) -> Option<Record> {
        self.done("load", self.0.handles[0].load(key).await)
    }

    pub(super) async fn text(&self, key: &StoreKey) -> Option<String> {
        Some(self.load(key).await?.text().to_owned())
    }

    pub(super) async fn put(&self, key: &StoreKey, condition: PutIf<'_>, text: &str, expiry: Expiry) -> Put {
        self.done("put", self.0.handles[0].put(key, condition, &Record::new(text), expiry).await)
    }

    pub(super) async fn delete(&self, key: &StoreKey, condition: DeleteIf<'_>) -> Delete {
        self.done("delete", self.0.handles[0].delete(key, condition).await)
    }

    pub(super) async fn touch(&self, key: &StoreKey, expiry: Expiry) -> Touch {
        self.done("touch", self.0.handles[0].touch(key, expiry).await)
    }

    /// Puts the first record under a new key and loads it.
    pub(super) async fn stored(&self, text: &str, expiry: Expiry) -> (StoreKey, Record) {
        let key = new_key();
        stores(&self.put(&key, PutIf::Absent, text, expiry).await);
        let loaded = self.load(&key).await;
        (key, loaded.expect("what was just put is there"))
    }

    /// What all `tasks` give, which run at the same time; in the order in which they end.
    pub(super) async fn all<T: Send + 'static>(
        &self,
        tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
    ) -> Vec<T> {
        let (give, mut take) = mpsc::unbounded_channel();
        let mut begun = 0;
        for task in tasks {
            begun += 1;
            let give = give.clone();
            self.0.runtime.spawn(Box::pin(async move {
                let _ = give.send(task.await);
            }));
        }
        drop(give);
        let mut ended = Vec::with_capacity(begun);
        while let Some(one) = take.recv().await {
            ended.push(one);
        }
        assert_eq!(ended.len(), begun, "some operations of a race failed");
        ended
    }

    /// The answer of an operation, and a note if it came too late to prove anything.
    #[track_caller]
    fn done<T>(&self, operation: &str, answer: Result<T, crate::Error>) -> T {
        let due = self.units(self.0.passed.load(Ordering::SeqCst));
        let real = matches!(self.0.subject.time.0, Passing::Real { .. });
        if real && self.0.start.elapsed() >= due + self.0.unit {
            self.0.lateness.0.store(true, Ordering::SeqCst);
        }
        answer.unwrap_or_else(|error| panic!("{operation} failed: {error:?}"))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("subject", &self.0.subject).finish_non_exhaustive()
    }
}

/// A key that nothing is stored under.
pub(super) fn new_key() -> StoreKey {
    StoreKey::hashed(&SessionId::random())
}

#[track_caller]
pub(super) fn stores(put: &Put) {
    assert!(matches!(put, Put::Stored), "not stored: {put:?}");
}

/// The put has not happened, and shows what is stored instead.
#[track_caller]
pub(super) fn shows(put: &Put, expected: Option<&str>) {
    match put {
        Put::Stored => panic!("stored, though its condition did not hold"),
        Put::Conflict(current) => assert_eq!(current.as_ref().map(Record::text), expected, "what is shown"),
    }
}

#[track_caller]
pub(super) fn deletes(delete: &Delete) {
    assert!(matches!(delete, Delete::Deleted), "not deleted: {delete:?}");
}

/// Lets other tasks go first.
pub(super) async fn let_others_run() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls `operation` once and drops it, as happens when a client goes away.
pub(super) async fn begin_and_drop(operation: impl Future) {
    let mut operation = pin!(operation);
    poll_fn(|context| {
        let _ = operation.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

/// A timer for any runtime.
async fn sleep_until(time: Instant) {
    let (wake, woken) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(time.saturating_duration_since(Instant::now()));
        let _ = wake.send(());
    });
    let _ = woken.await;
}
