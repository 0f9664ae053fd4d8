//! The memory store against a plain list as its model: random operations, small bounds, moving time.

use std::time::Duration;

use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;
use session_runtime::testing::ManualClock;
use session_runtime::{Delete, DeleteIf, Expiry, MemoryStore, Put, PutIf, Record, Store, StoreKey, Touch};

use crate::support::parse;

const MAX_BYTES: usize = 60;
const MAX_SESSIONS: usize = 5;

#[derive(Debug, Clone)]
enum Operation {
    Load(u8),
    /// Under a condition that holds, or one that expects another content.
    Put {
        key: u8,
        len: usize,
        seconds: Option<u64>,
        absent: bool,
        stale: bool,
    },
    Delete {
        key: u8,
        any: bool,
        stale: bool,
    },
    Touch {
        key: u8,
        seconds: Option<u64>,
    },
    Pass(u64),
}

fn operation() -> impl Strategy<Value = Operation> {
    let key = 0_u8..8;
    let seconds = || proptest::option::weighted(0.7, 1_u64..40);
    let put = (key.clone(), 0_usize..30, seconds(), any::<bool>(), proptest::bool::weighted(0.1));
    prop_oneof![
        3 => key.clone().prop_map(Operation::Load),
        5 => put.prop_map(|(key, len, seconds, absent, stale)| Operation::Put { key, len, seconds, absent, stale }),
        1 => (key.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(key, any, stale)| Operation::Delete { key, any, stale }),
        2 => (key, seconds()).prop_map(|(key, seconds)| Operation::Touch { key, seconds }),
        1 => (0_u64..20).prop_map(Operation::Pass),
        1 => Just(Operation::Pass(0)),
    ]
}

struct Entry {
    key: u8,
    text: String,
    expires: Option<u64>,
}

/// Entries in the order of their use, the least recently used first.
#[derive(Default)]
struct Model {
    entries: Vec<Entry>,
    now: u64,
    puts: usize,
}

impl Model {
    fn take(&mut self, key: u8) -> Option<Entry> {
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(at))
    }

    fn used(&mut self, key: u8) -> Option<&mut Entry> {
        let entry = self.take(key)?;
        self.entries.push(entry);
        self.entries.last_mut()
    }

    fn text(&self, key: u8) -> Option<&str> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.text.as_str())
    }

    fn bytes(&self) -> usize {
        self.entries.iter().map(|entry| entry.text.len()).sum()
    }

    fn put(&mut self, key: u8, text: String, expires: Option<u64>) {
        self.take(key);
        while self.bytes() + text.len() > MAX_BYTES || self.entries.len() + 1 > MAX_SESSIONS {
            self.entries.remove(0);
        }
        self.entries.push(Entry { key, text, expires });
    }
}

fn key(number: u8) -> StoreKey {
    match number % 2 {
        0 => parse(&format!("{number:064x}")),
        _ => parse(&format!("1111111{number}-1111-4111-8111-111111111111")),
    }
}

fn expiry(seconds: Option<u64>) -> Expiry {
    seconds.map_or(Expiry::Never, |seconds| Expiry::After(Duration::from_secs(seconds)))
}

fn text(record: Option<&Record>) -> Option<&str> {
    record.map(Record::text)
}

async fn step(store: &MemoryStore, model: &mut Model, operation: Operation) -> Result<(), TestCaseError> {
    match operation {
        Operation::Load(number) => {
            let now = model.now;
            let loaded = store.load(&key(number)).await.expect("load");
            let expected = model.used(number);
            prop_assert_eq!(text(loaded.as_ref()), expected.as_ref().map(|entry| entry.text.as_str()));
            let left = expected.and_then(|entry| entry.expires).map(|at| Duration::from_secs(at - now));
            prop_assert_eq!(loaded.and_then(|loaded| loaded.remaining()), left);
        }
        put @ Operation::Put { .. } => step_put(store, model, &put).await?,
        Operation::Delete { key: number, any, stale } => {
            let current = model.text(number).map(str::to_owned);
            let believed = Record::new(if stale { "stale" } else { current.as_deref().unwrap_or("none") });
            let condition = if any { DeleteIf::Any } else { DeleteIf::Unchanged(&believed) };
            let expected = if current.is_none() {
                'm'
            } else if any || !stale {
                'd'
            } else {
                'c'
            };
            let deleted = match store.delete(&key(number), condition).await.expect("delete") {
                Delete::Missing => 'm',
                Delete::Deleted => 'd',
                Delete::Conflict(_) => 'c',
            };
            prop_assert_eq!(deleted, expected);
            if deleted == 'd' {
                model.take(number);
            }
        }
        Operation::Touch { key: number, seconds } => {
            let until = seconds.map(|seconds| model.now + seconds);
            let touched = store.touch(&key(number), expiry(seconds)).await.expect("touch");
            let entry = model.used(number);
            prop_assert_eq!(touched == Touch::Touched, entry.is_some());
            if let Some(entry) = entry {
                entry.expires = entry.expires.zip(until).map(|(kept, asked)| kept.max(asked));
            }
        }
        Operation::Pass(_) => {}
    }
    Ok(())
}

/// The one operation that needs room.
async fn step_put(store: &MemoryStore, model: &mut Model, put: &Operation) -> Result<(), TestCaseError> {
    let Operation::Put { key: number, len, seconds, absent, stale } = *put else { return Ok(()) };
    model.puts += 1;
    let new = format!("{:len$}", model.puts);
    let current = model.text(number).map(str::to_owned);
    let believed = Record::new(if stale { "stale" } else { current.as_deref().unwrap_or("none") });
    let condition = if absent { PutIf::Absent } else { PutIf::Unchanged(&believed) };
    let holds = if absent { current.is_none() } else { !stale && current.is_some() };
    let put = store.put(&key(number), condition, &Record::new(new.as_str()), expiry(seconds)).await;
    match put.expect("put") {
        Put::Stored => prop_assert_eq!(holds, true),
        Put::Conflict(shown) => {
            prop_assert_eq!(holds, false);
            prop_assert_eq!(text(shown.as_ref()), current.as_deref());
        }
    }
    if holds {
        model.put(number, new, seconds.map(|seconds| model.now + seconds));
    } else {
        model.used(number);
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_memory_store_is_a_bounded_list(operations in proptest::collection::vec(operation(), 0..200)) {
        let clock = ManualClock::at(0);
        let store = MemoryStore::with_limits(MAX_BYTES, MAX_SESSIONS).clock(clock.clock());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        let mut model = Model::default();
        for operation in operations {
            if let Operation::Pass(seconds) = operation {
                clock.advance(Duration::from_secs(seconds));
                model.now += seconds;
                let now = model.now;
                model.entries.retain(|entry| entry.expires.is_none_or(|at| at > now));
                // The store frees expired records little by little; the model at once.
                store.purge_expired();
            }
            runtime.block_on(step(&store, &mut model, operation))?;
            prop_assert_eq!((store.len(), store.bytes()), (model.entries.len(), model.bytes()));
        }
    }
}
