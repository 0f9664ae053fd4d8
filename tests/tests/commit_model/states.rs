//! Tells states apart: what is stored, what every client knows and waits for, and the time.
//!
//! A client's future is a function of what it was told, so its history stands for it. Ids are random in every execution;
//! here a key is named by the client that made it up and by how many it had made up before.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use session_runtime::{Delete, Expiry, Put, Record, StoreKey};

use crate::sim::{Answer, Op, World};

pub(crate) struct Trail {
    names: HashMap<StoreKey, (usize, usize)>,
    /// For each client, a digest of what it has been told, and when.
    told: Vec<u64>,
}

impl Trail {
    pub(crate) fn new(clients: usize, first: StoreKey) -> Self {
        Self { names: HashMap::from([(first, (usize::MAX, 0))]), told: vec![0; clients] }
    }

    /// `client` made this call; how it ended is `fate`, told at `now`.
    pub(crate) fn tell(
        &mut self,
        client: usize,
        op: &Op,
        (answer, fate): (Option<&Answer>, &impl Hash),
        now: u64,
    ) {
        self.name(client, op);
        let mut hasher = DefaultHasher::new();
        self.told[client].hash(&mut hasher);
        self.op(op, &mut hasher);
        if let Some(answer) = answer {
            self.answer(answer, &mut hasher);
        }
        (fate, now).hash(&mut hasher);
        self.told[client] = hasher.finish();
    }

    /// The digest of the state that has been reached. Who waits in a process' queue before whom is no part of it.
    pub(crate) fn state(&mut self, world: &World, late: &[(usize, Op)], running: u64) -> u64 {
        for (client, op) in world.open.iter().enumerate() {
            if let Some(op) = op {
                self.name(client, op);
            }
        }
        let mut hasher = DefaultHasher::new();
        let mut records: Vec<_> =
            world.records.iter().map(|(key, kept)| (self.names.get(key), kept)).collect();
        records.sort_unstable_by_key(|(name, _)| *name);
        for (name, kept) in records {
            (name, kept.expires).hash(&mut hasher);
            self.text(&kept.record, &mut hasher);
        }
        (&self.told, world.now(), running).hash(&mut hasher);
        for op in world.open.iter().flatten() {
            self.op(op, &mut hasher);
        }
        for (client, op) in late {
            client.hash(&mut hasher);
            self.op(op, &mut hasher);
        }
        hasher.finish()
    }

    fn name(&mut self, client: usize, op: &Op) {
        let (Op::Load(key)
        | Op::Put(key, ..)
        | Op::Delete(key, _)
        | Op::Touch(key, _)
        | Op::Overwrite(key, _)) = op
        else {
            return;
        };
        let made = self.names.values().filter(|(maker, _)| *maker == client).count();
        self.names.entry(*key).or_insert((client, made));
    }

    fn op(&self, op: &Op, hasher: &mut impl Hasher) {
        std::mem::discriminant(op).hash(hasher);
        let (key, records, expiry) = match op {
            Op::Pause => return,
            Op::Load(key) => (key, [None, None], Expiry::Never),
            Op::Put(key, old, new, expiry) => (key, [old.as_ref(), Some(new)], *expiry),
            Op::Delete(key, old) => (key, [old.as_ref(), None], Expiry::Never),
            Op::Touch(key, expiry) => (key, [None, None], *expiry),
            Op::Overwrite(key, new) => (key, [None, Some(new)], Expiry::Never),
        };
        self.names.get(key).hash(hasher);
        for record in records {
            record.is_some().hash(hasher);
            record.inspect(|record| self.text(record, hasher));
        }
        match expiry {
            Expiry::Never => 0.hash(hasher),
            Expiry::After(time) => time.hash(hasher),
        }
    }

    fn answer(&self, answer: &Answer, hasher: &mut impl Hasher) {
        std::mem::discriminant(answer).hash(hasher);
        match answer {
            Answer::Loaded(Some(record))
            | Answer::Put(Put::Conflict(Some(record)))
            | Answer::Deleted(Delete::Conflict(record)) => {
                record.remaining().hash(hasher);
                self.text(record, hasher);
            }
            Answer::Put(put) => std::mem::discriminant(put).hash(hasher),
            Answer::Deleted(delete) => std::mem::discriminant(delete).hash(hasher),
            Answer::Touched(touch) => std::mem::discriminant(touch).hash(hasher),
            Answer::Loaded(None) | Answer::Nothing => {}
        }
    }

    /// A record's text; a marker holds a key.
    fn text(&self, record: &Record, hasher: &mut impl Hasher) {
        let target = self.names.iter().find(|(key, _)| record.text().contains(key.as_str()));
        match target {
            Some((_, name)) => name.hash(hasher),
            None => record.text().hash(hasher),
        }
    }
}
