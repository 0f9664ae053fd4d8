//! A record that this process wrote is opened without a check and written by short ways. Beside sessions whose records seem
//! to come from elsewhere, nobody may see a difference.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use session_runtime::testing::ManualClock;
use session_runtime::{
    Delete, DeleteIf, Error, Exchange, Expiry, MemoryStore, Put, PutIf, Record, SessionConfig, Sessions,
    Store, StoreFuture, StoreKey, Touch,
};

/// As if another process had written everything.
#[derive(Clone)]
struct Elsewhere(MemoryStore);

impl Store for Elsewhere {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        Box::pin(async { Ok(self.0.load(key).await?.map(|record| Record::new(record.text()))) })
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        self.0.put(key, condition, record, expiry)
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        self.0.delete(key, condition)
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        self.0.touch(key, expiry)
    }
}

/// One visitor, and the store that the session is in.
struct Visitor {
    sessions: Sessions,
    store: MemoryStore,
    cookie: Option<String>,
}

impl Visitor {
    fn of(store: &MemoryStore, layer: impl Store, clock: &ManualClock) -> Self {
        let config = SessionConfig::default().clock(clock.clock());
        Self { sessions: Sessions::new(layer, config), store: store.clone(), cookie: None }
    }

    fn begin(&self) -> Exchange {
        self.sessions.begin(self.cookie.as_deref().map(str::as_bytes))
    }

    /// A request that makes these changes. Gives what is stored afterwards, and what the next request reads.
    async fn request(&mut self, changes: &[Change]) -> Result<(Option<String>, Vec<(String, Value)>), Error> {
        let exchange = self.begin();
        let session = exchange.load().await?.untyped();
        for Change { key, value, ttl } in changes {
            match (value, ttl) {
                (None, _) => session.remove(key)?,
                (Some(value), None) => session.set(key, value)?,
                (Some(value), Some(ttl)) => session.set_for(key, value, *ttl)?,
            }
        }
        let finish = exchange.finish(200).await;
        assert!(finish.error.is_none(), "{:?}", finish.error);
        if let Some(cookie) = finish.set_cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        let session = self.begin().load().await?.untyped();
        let key = session.id().map(|id| StoreKey::hashed(&id));
        let stored = match key {
            Some(key) => self.store.load(&key).await?.map(|record| record.text().to_owned()),
            None => None,
        };
        let read = |key: String| Ok((key.clone(), session.get::<Value>(&key)?.unwrap_or_default()));
        Ok((stored, session.keys().into_iter().map(read).collect::<Result<_, Error>>()?))
    }
}

#[derive(Debug, Clone)]
struct Change {
    key: String,
    value: Option<Value>,
    ttl: Option<Duration>,
}

/// Few different words, so that values often have some in common, and such as are written with escapes.
const WORDS: [&str; 14] = [
    "",
    "1",
    "a",
    "key-1",
    "key-2",
    "key-3",
    "key-4",
    "data",
    "product-0001",
    "a,b]\"}",
    "\\",
    "<b>",
    "line\nbreak",
    "émigré \u{2028}",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..30).prop_map(Value::from),
        (0..1_000).prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        select(&WORDS[..]).prop_map(Value::from),
        (0..3).prop_map(|digit| Value::from(format!("{digit:0>70}"))),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let members = vec((select(&WORDS[..]), inner.clone()), 0..4);
        prop_oneof![
            vec(inner, 0..5).prop_map(Value::from),
            members.prop_map(|members| members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}

fn change() -> impl Strategy<Value = Change> {
    let ttl = weighted(0.15, Just(Duration::from_secs(60)));
    (0..10, weighted(0.7, value()), ttl).prop_map(|(key, value, ttl)| Change {
        key: format!("key-{key}"),
        value,
        ttl,
    })
}

/// In the stored text the key has no entry of its own then: it stands among those of the value.
#[tokio::test]
async fn of_two_keys_one_of_which_is_in_the_other_ones_value_either_may_go() -> Result<(), Error> {
    for ttl in [None, Some(Duration::from_secs(60))] {
        for (gone, left) in [("inner", "outer"), ("outer", "inner")] {
            let (clock, store) = (ManualClock::at(1_000_000), MemoryStore::new());
            let store = store.clock(clock.clock());
            let mut visitor = Visitor::of(&store, store.clone(), &clock);
            let outer = Change { key: "outer".to_owned(), value: Some(Value::from(vec!["inner"])), ttl };
            let inner = Change { key: "inner".to_owned(), value: Some(Value::from(5)), ttl: None };
            let values = [outer, inner];
            let (_, both) = visitor.request(&values).await?;
            assert_eq!(both.len(), 2);
            let (_, one) =
                visitor.request(&[Change { key: gone.to_owned(), value: None, ttl: None }]).await?;
            assert_eq!(one, both.into_iter().filter(|(key, _)| key == left).collect::<Vec<_>>());
        }
    }
    Ok(())
}

/// Another program may give two keys one entry. The record that is written next looks the same, but no key of it is on its own.
#[tokio::test]
async fn what_keys_of_another_programs_record_share_outlives_one_of_them() -> Result<(), Error> {
    let (clock, store) = (ManualClock::at(1_000_000), MemoryStore::new());
    let store = store.clock(clock.clock());
    let mut visitor = Visitor::of(&store, store.clone(), &clock);
    let set = |key: &str, value: Option<u8>| Change {
        key: key.to_owned(),
        value: value.map(Value::from),
        ttl: None,
    };
    visitor.request(&[set("first", Some(1))]).await?;
    let id = visitor.begin().load().await?.untyped().id().expect("a session");
    let key = StoreKey::hashed(&id);
    let old = store.load(&key).await?.expect("a record");
    let text = r#"[["Map",1,2,4,5,7,8],"a",{"data":3,"expires":-1},[4,5,7,8],"b",{"data":6,"expires":-1},1,"c",{"data":9,"expires":-1},"what c has"]"#;
    store.put(&key, PutIf::Unchanged(&old), &Record::new(text), Expiry::Never).await?;
    let read = |key: &str, value: Value| (key.to_owned(), value);
    let (b, z) = (read("b", Value::from(1)), read("z", Value::from(1)));
    let entry = |data: Value| serde_json::json!({ "data": data, "expires": null });
    let a = Value::from(vec!["b".into(), entry(1.into()), "c".into(), entry("what c has".into())]);
    let a = read("a", a);
    let (_, with) = visitor.request(&[set("z", Some(1))]).await?;
    assert_eq!(with, [a.clone(), b.clone(), read("c", Value::from("what c has")), z.clone()]);
    let (_, without) = visitor.request(&[set("c", None)]).await?;
    assert_eq!(without, [a, b, z]);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn nobody_sees_who_wrote_a_record(requests in vec(vec(change(), 1..4), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let clock = ManualClock::at(1_000_000);
        let [own, other] = [(); 2].map(|()| MemoryStore::new().clock(clock.clock()));
        let mut own = Visitor::of(&own, own.clone(), &clock);
        let mut other = Visitor::of(&other, Elsewhere(other.clone()), &clock);
        for changes in &requests {
            clock.advance(Duration::from_secs(7));
            let left = runtime.block_on(own.request(changes)).unwrap();
            let right = runtime.block_on(other.request(changes)).unwrap();
            prop_assert_eq!(left, right);
        }
    }
}
