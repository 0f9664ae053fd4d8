//! The store of the model: a map that answers a call when the scheduler says so.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use session_runtime::testing::ManualClock;
use session_runtime::{
    Delete, DeleteIf, Error, Expiry, Put, PutIf, Record, Store, StoreFuture, StoreKey, Touch,
};

/// The time at which every execution starts.
pub(crate) const START: u64 = 1_795_416_736_073;

/// What a client waits for.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Load(StoreKey),
    /// Without a condition record: only if absent.
    Put(StoreKey, Option<Record>, Record, Expiry),
    /// Without a condition record: whatever is there.
    Delete(StoreKey, Option<Record>),
    Touch(StoreKey, Expiry),
    /// What a program without conditional writes does.
    Overwrite(StoreKey, Record),
    /// No call: the handler takes its time.
    Pause,
}

impl Op {
    /// Whether it can leave something behind, so that losing the answer differs from losing the call.
    pub(crate) fn writes(&self) -> bool {
        !matches!(self, Self::Load(_) | Self::Pause)
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Loaded(Option<Record>),
    Put(Put),
    Deleted(Delete),
    Touched(Touch),
    Nothing,
}

/// A way in which the store breaks its contract on purpose, to see that the checker notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    /// `put` writes although its condition does not hold.
    BlindPut,
    /// `delete` removes although its condition does not hold.
    BlindDelete,
    /// A failed condition is answered with success.
    FalseSuccess,
    /// `touch` brings a record back whose time is over.
    RevivingTouch,
}

/// What a call did, for the invariants that depend on the order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Wrote,
    Removed,
    Overwrote,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) client: usize,
    pub(crate) key: StoreKey,
    pub(crate) effect: Effect,
}

#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) record: Record,
    /// In milliseconds since the epoch.
    pub(crate) expires: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) records: HashMap<StoreKey, Kept>,
    pub(crate) clock: ManualClock,
    pub(crate) flaw: Flaw,
    /// Who is being polled; nobody: calls are answered at once, for the preparation and the checks.
    pub(crate) current: Option<usize>,
    pub(crate) open: Vec<Option<Op>>,
    pub(crate) answers: Vec<Option<Result<Answer, Error>>>,
    pub(crate) history: Vec<Event>,
    /// Keys that held a record when its time ran out.
    pub(crate) expired: Vec<StoreKey>,
}

/// A handle on the world; this is what `Sessions` gets as its store.
#[derive(Debug, Clone)]
pub(crate) struct Sim(Arc<Mutex<World>>);

impl Sim {
    pub(crate) fn new(clients: usize, flaw: Flaw) -> Self {
        Self(Arc::new(Mutex::new(World {
            records: HashMap::new(),
            clock: ManualClock::at(START),
            flaw,
            current: None,
            open: vec![None; clients],
            answers: vec![None; clients],
            history: Vec::new(),
            expired: Vec::new(),
        })))
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Waits until the scheduler answers.
    pub(crate) async fn call(&self, op: Op) -> Result<Answer, Error> {
        let client = {
            let mut world = self.world();
            let Some(client) = world.current else { return Ok(world.apply(&op, usize::MAX)) };
            world.open[client] = Some(op);
            client
        };
        poll_fn(|_| self.world().answers[client].take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl World {
    pub(crate) fn now(&self) -> u64 {
        self.clock.clock().now_ms()
    }

    pub(crate) fn live(&self, key: &StoreKey) -> Option<&Kept> {
        self.records.get(key).filter(|kept| kept.expires.is_none_or(|expires| expires > self.now()))
    }

    /// The time moves on, and records expire.
    pub(crate) fn advance(&mut self, by: std::time::Duration) {
        let live = |world: &Self| -> Vec<StoreKey> {
            world.records.keys().filter(|key| world.live(key).is_some()).copied().collect()
        };
        let before = live(self);
        self.clock.advance(by);
        let after = live(self);
        self.expired.extend(before.into_iter().filter(|key| !after.contains(key)));
    }

    fn current(&self, key: &StoreKey) -> Option<Record> {
        let kept = self.live(key)?;
        Some(match kept.expires {
            Some(expires) => {
                kept.record.clone().with_remaining(std::time::Duration::from_millis(expires - self.now()))
            }
            None => kept.record.clone(),
        })
    }

    fn deadline(&self, expiry: Expiry) -> Option<u64> {
        match expiry {
            Expiry::Never => None,
            Expiry::After(span) => Some(self.now() + u64::try_from(span.as_millis()).unwrap()),
        }
    }

    fn note(&mut self, client: usize, key: &StoreKey, effect: Effect) {
        self.history.push(Event { client, key: *key, effect });
    }

    /// Does what `op` asks for.
    pub(crate) fn apply(&mut self, op: &Op, client: usize) -> Answer {
        match op {
            Op::Pause => Answer::Nothing,
            Op::Load(key) => {
                self.note(client, key, Effect::Read);
                Answer::Loaded(self.current(key))
            }
            Op::Put(key, condition, record, expiry) => {
                Answer::Put(self.put((client, key), condition.as_ref(), record, *expiry))
            }
            Op::Delete(key, condition) => Answer::Deleted(self.delete((client, key), condition.as_ref())),
            Op::Touch(key, expiry) => Answer::Touched(self.touch(key, *expiry)),
            Op::Overwrite(key, record) => {
                self.note(client, key, Effect::Overwrote);
                self.records.insert(*key, Kept { record: record.clone(), expires: None });
                Answer::Nothing
            }
        }
    }

    fn put(
        &mut self,
        at: (usize, &StoreKey),
        condition: Option<&Record>,
        record: &Record,
        expiry: Expiry,
    ) -> Put {
        let (client, key) = at;
        let current = self.current(key);
        let holds = match (condition, &current) {
            (None, None) => true,
            (Some(old), Some(current)) => old.same_content(current),
            _ => false,
        };
        if !holds && self.flaw == Flaw::FalseSuccess {
            return Put::Stored;
        }
        if !holds && self.flaw != Flaw::BlindPut {
            return Put::Conflict(current);
        }
        self.note(client, key, Effect::Wrote);
        let expires = self.deadline(expiry);
        self.records.insert(*key, Kept { record: record.clone(), expires });
        Put::Stored
    }

    fn delete(&mut self, at: (usize, &StoreKey), condition: Option<&Record>) -> Delete {
        let (client, key) = at;
        let Some(current) = self.current(key) else { return Delete::Missing };
        let holds = condition.is_none_or(|old| old.same_content(&current));
        if !holds && self.flaw == Flaw::FalseSuccess {
            return Delete::Deleted;
        }
        if !holds && self.flaw != Flaw::BlindDelete {
            return Delete::Conflict(current);
        }
        self.note(client, key, Effect::Removed);
        self.records.remove(key);
        Delete::Deleted
    }

    fn touch(&mut self, key: &StoreKey, expiry: Expiry) -> Touch {
        let until = self.deadline(expiry);
        if self.live(key).is_none() && self.flaw != Flaw::RevivingTouch {
            return Touch::Missing;
        }
        let Some(kept) = self.records.get_mut(key) else { return Touch::Missing };
        // "Never" outlives every point in time.
        kept.expires = kept.expires.and_then(|old| until.map(|until| old.max(until)));
        Touch::Touched
    }
}

impl Store for Sim {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(async move {
            match self.call(Op::Load(*key)).await? {
                Answer::Loaded(record) => Ok(record),
                other => unreachable!("{other:?}"),
            }
        })
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        let condition = match condition {
            PutIf::Absent => None,
            PutIf::Unchanged(old) => Some(old.clone()),
        };
        Box::pin(async move {
            match self.call(Op::Put(*key, condition, record.clone(), expiry)).await? {
                Answer::Put(put) => Ok(put),
                other => unreachable!("{other:?}"),
            }
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        let condition = match condition {
            DeleteIf::Any => None,
            DeleteIf::Unchanged(old) => Some(old.clone()),
        };
        Box::pin(async move {
            match self.call(Op::Delete(*key, condition)).await? {
                Answer::Deleted(delete) => Ok(delete),
                other => unreachable!("{other:?}"),
            }
        })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        Box::pin(async move {
            match self.call(Op::Touch(*key, expiry)).await? {
                Answer::Touched(touch) => Ok(touch),
                other => unreachable!("{other:?}"),
            }
        })
    }
}
