//! A store around another that fails as it is told, and counts what it is asked.

use std::collections::VecDeque;
use std::fmt;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[cfg(feature = "tokio")]
use std::time::Duration;

use crate::{Delete, DeleteIf, Error, Expiry, Put, PutIf, Record, Store, StoreFuture, StoreKey, Touch};

/// A store around another, which fails as its [`Faults`] say and counts its calls: to see what an application does
/// while its store is away, and that it asks no more of it than it should.
///
/// ```
/// use session_runtime::testing::{FaultyStore, Fault, Operation};
/// use session_runtime::{MemoryStore, Session, SessionConfig, Sessions, testing};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let store = FaultyStore::new(MemoryStore::new());
/// let faults = store.faults();
/// let sessions = Sessions::new(store, SessionConfig::default());
///
/// let cookie = testing::cookie(&sessions, |session: &Session| session.set("n", 1)).await?;
/// assert_eq!(faults.take_calls(), [0, 1, 0, 0]);                 // one put
///
/// faults.all(Fault::Fails);
/// assert!(sessions.begin([cookie.as_bytes()]).load().await.is_err());
/// faults.clear();
/// assert!(sessions.begin([cookie.as_bytes()]).load().await.is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    faults: Faults,
}

impl<S> FaultyStore<S> {
    /// Around `store`, without faults at first.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self { store, faults: Faults::default() }
    }

    /// The faults, to be kept while the store goes into a layer.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    async fn through<'a, T>(
        &'a self,
        fault: Option<Fault>,
        call: impl FnOnce() -> StoreFuture<'a, T> + Send,
    ) -> Result<T, Error> {
        match fault {
            Some(Fault::Fails) => return Err(failure(io::ErrorKind::ConnectionRefused)),
            Some(Fault::Hangs) => pending().await,
            _ => {}
        }
        let answer = call().await?;
        match fault {
            Some(Fault::LosesAnswer) => return Err(failure(io::ErrorKind::ConnectionReset)),
            #[cfg(feature = "tokio")]
            Some(Fault::Late(by)) => tokio::time::sleep(by).await,
            _ => {}
        }
        Ok(answer)
    }
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It fails and nothing was done.
    Fails,
    /// It is done, and fails: its answer was lost.
    LosesAnswer,
    /// Nothing is done, and no answer ever comes.
    Hangs,
    /// It is done at once, and its answer comes by this much later.
    #[cfg(feature = "tokio")]
    Late(Duration),
}

/// An operation of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// [`Store::load`]
    Load,
    /// [`Store::put`]
    Put,
    /// [`Store::delete`]
    Delete,
    /// [`Store::touch`]
    Touch,
}

/// What is to happen to the calls of a [`FaultyStore`], and how many there were. Clones are the same.
///
/// The first of these that says something about a call decides: [`next`](Self::next), [`on`](Self::on) and
/// [`all`](Self::all), [`at_random`](Self::at_random).
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    /// By operation, as the others.
    calls: [usize; 4],
    next: [VecDeque<Fault>; 4],
    always: [Option<Fault>; 4],
    random: Option<Random>,
}

struct Random {
    state: u64,
    one_in: u64,
    faults: Vec<Fault>,
}

impl Faults {
    /// Lets the next call of `operation` meet `fault`; once more for each time this is called.
    pub fn next(&self, operation: Operation, fault: Fault) {
        self.plan().next[operation as usize].push_back(fault);
    }

    /// Lets every call of `operation` meet `fault` from now on.
    pub fn on(&self, operation: Operation, fault: Fault) {
        self.plan().always[operation as usize] = Some(fault);
    }

    /// Lets every call meet `fault` from now on.
    pub fn all(&self, fault: Fault) {
        self.plan().always = [Some(fault); 4];
    }

    /// Lets one call in `one_in` meet one of `faults`, at random. The same seed gives the same faults for the same
    /// calls.
    pub fn at_random(&self, seed: u64, one_in: u32, faults: &[Fault]) {
        self.plan().random =
            Some(Random { state: seed, one_in: u64::from(one_in.max(1)), faults: faults.to_vec() });
    }

    /// Ends all faults. A call that hangs goes on hanging.
    pub fn clear(&self) {
        let mut plan = self.plan();
        *plan = Plan { calls: plan.calls, ..Plan::default() };
    }

    /// How many loads, puts, deletes and touches there were.
    #[must_use]
    pub fn calls(&self) -> [usize; 4] {
        self.plan().calls
    }

    /// How many loads, puts, deletes and touches there were since the last time this was called.
    pub fn take_calls(&self) -> [usize; 4] {
        std::mem::take(&mut self.plan().calls)
    }

    /// Counts a call and says what happens to it.
    fn begin(&self, operation: Operation) -> Option<Fault> {
        let mut plan = self.plan();
        let at = operation as usize;
        plan.calls[at] += 1;
        plan.next[at].pop_front().or(plan.always[at]).or_else(|| plan.random.as_mut().and_then(Random::draw))
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

impl Random {
    fn draw(&mut self) -> Option<Fault> {
        if !self.next().is_multiple_of(self.one_in) {
            return None;
        }
        let at = self.next() % u64::try_from(self.faults.len().max(1)).unwrap_or(1);
        self.faults.get(usize::try_from(at).unwrap_or(0)).copied()
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        let fault = self.faults.begin(Operation::Load);
        Box::pin(self.through(fault, move || self.store.load(key)))
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        let fault = self.faults.begin(Operation::Put);
        Box::pin(self.through(fault, move || self.store.put(key, condition, record, expiry)))
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        let fault = self.faults.begin(Operation::Delete);
        Box::pin(self.through(fault, move || self.store.delete(key, condition)))
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        let fault = self.faults.begin(Operation::Touch);
        Box::pin(self.through(fault, move || self.store.touch(key, expiry)))
    }
}

fn failure(kind: io::ErrorKind) -> Error {
    Error::unavailable(io::Error::new(kind, "a fault of `FaultyStore`"))
}
