//! Random operations of several requests in random interleavings, against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;
use session_runtime::{ErrorKind, Exchange, MemoryStore, Session, SessionConfig, SessionData, Sessions};

const REQUESTS: usize = 3;

/// Three keys of one type: two with a default, one that may be absent.
#[derive(SessionData)]
struct Lists {
    #[session(default)]
    a: Vec<u8>,
    #[session(default)]
    b: Vec<u8>,
    c: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Op {
    Set(u8, Vec<u8>),
    Remove(u8),
    Push(u8, u8),
    Take(u8),
    Read(u8),
    Discard,
    Save,
    Regenerate,
    Destroy,
    Finish(u16),
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0..3_u8;
    let value = proptest::collection::vec(0..3_u8, 0..3);
    prop_oneof![
        4 => (key.clone(), value).prop_map(|(key, value)| Op::Set(key, value)),
        3 => key.clone().prop_map(Op::Remove),
        6 => (key.clone(), any::<u8>()).prop_map(|(key, item)| Op::Push(key, item)),
        2 => key.clone().prop_map(Op::Take),
        4 => key.prop_map(Op::Read),
        1 => Just(Op::Discard),
        2 => Just(Op::Save),
        1 => Just(Op::Regenerate),
        1 => Just(Op::Destroy),
        5 => prop_oneof![4 => Just(200), 1 => Just(404), 1 => Just(500)].prop_map(Op::Finish),
    ]
}

type Map = BTreeMap<u8, Vec<u8>>;

/// One change as the model records it.
#[derive(Debug, Clone)]
enum Change {
    Set(u8, Vec<u8>),
    Remove(u8),
    Push(u8, u8),
}

fn apply(map: &Map, changes: &[Change]) -> Map {
    let mut map = map.clone();
    for change in changes {
        match change {
            Change::Set(key, value) => {
                map.insert(*key, value.clone());
            }
            Change::Remove(key) => {
                map.remove(key);
            }
            Change::Push(key, item) => map.entry(*key).or_default().push(*item),
        }
    }
    map
}

/// What the model knows of one stored session: its data, and how often its id was renewed; `None` once destroyed.
type Stored = BTreeMap<usize, Option<(Map, u32)>>;

/// One request beside its model.
struct Request {
    exchange: Exchange,
    session: Session<Lists>,
    /// Which stored session it is on; `None` after `destroy`.
    on: Option<usize>,
    /// The generation of the id it holds.
    generation: u32,
    base: Map,
    changes: Vec<Change>,
    renew: bool,
    destroys: Vec<usize>,
    /// A commit found the session gone.
    interrupted: bool,
}

impl Request {
    async fn begin(sessions: &Sessions, cookie: &str, on: usize, stored: &Stored) -> Self {
        let exchange = sessions.begin([cookie.as_bytes()]);
        let session = exchange.load().await.expect("memory").view();
        let (base, generation) = stored[&on].clone().expect("begun while it lives");
        Self {
            exchange,
            session,
            on: Some(on),
            generation,
            base,
            changes: vec![],
            renew: false,
            destroys: vec![],
            interrupted: false,
        }
    }

    fn seen(&self) -> Map {
        apply(&self.base, &self.changes)
    }

    fn set(&mut self, key: u8, value: Vec<u8>) -> Result<(), ErrorKind> {
        let done = match key {
            0 => self.session.a().set(value.clone()),
            1 => self.session.b().set(value.clone()),
            _ => self.session.c().set(value.clone()),
        };
        done.map_err(|error| error.kind()).map(|()| self.changes.push(Change::Set(key, value)))
    }

    fn remove(&mut self, key: u8) -> Result<(), ErrorKind> {
        let done = match key {
            0 => self.session.a().remove(),
            1 => self.session.b().remove(),
            _ => self.session.c().remove(),
        };
        done.map_err(|error| error.kind()).map(|()| self.changes.push(Change::Remove(key)))
    }

    fn push(&mut self, key: u8, item: u8) -> Result<(), ErrorKind> {
        let done = match key {
            0 => self.session.a().update(move |list| list.push(item)),
            1 => self.session.b().update(move |list| list.push(item)),
            _ => self.session.c().update(move |list| list.get_or_insert_default().push(item)),
        };
        done.map_err(|error| error.kind()).map(|()| self.changes.push(Change::Push(key, item)))
    }

    fn read(&self, key: u8) -> Option<Vec<u8>> {
        match key {
            0 => self.session.a().exists().then(|| self.session.a().get().expect("typed")),
            1 => self.session.b().exists().then(|| self.session.b().get().expect("typed")),
            _ => self.session.c().get().expect("typed"),
        }
    }

    /// What a commit must lead to, by the model; `Err` is "interrupted".
    fn commit(&mut self, stored: &mut Stored) -> Result<(), ()> {
        for gone in self.destroys.drain(..) {
            // `destroy` follows a session to where it has moved.
            stored.insert(gone, None);
        }
        let changes = std::mem::take(&mut self.changes);
        let renew = std::mem::take(&mut self.renew);
        let Some(on) = self.on else {
            let fresh = apply(&Map::new(), &changes);
            if !fresh.is_empty() {
                self.on = Some(stored.len());
                stored.insert(stored.len(), Some((fresh.clone(), 0)));
                (self.base, self.generation) = (fresh, 0);
            }
            return Ok(());
        };
        if !renew && apply(&self.base, &changes) == self.base {
            return Ok(());
        }
        match stored[&on].clone() {
            Some((current, generation)) if generation == self.generation => {
                let merged = apply(&current, &changes);
                self.generation += u32::from(renew);
                stored.insert(on, Some((merged.clone(), self.generation)));
                self.base = merged;
                Ok(())
            }
            _ => {
                // A `destroy` still finds it.
                self.interrupted = true;
                self.base.clear();
                Err(())
            }
        }
    }

    /// Does one thing to the session and to the model, and compares what they say.
    async fn step(&mut self, op: Op, stored: &mut Stored) -> Result<(), TestCaseError> {
        let open = if self.interrupted { Err(ErrorKind::Interrupted) } else { Ok(()) };
        match op {
            Op::Set(key, value) => prop_assert_eq!(self.set(key, value), open),
            Op::Remove(key) => prop_assert_eq!(self.remove(key), open),
            Op::Push(key, item) => prop_assert_eq!(self.push(key, item), open),
            Op::Take(key) => {
                prop_assert_eq!(self.read(key), self.seen().get(&key).cloned());
                prop_assert_eq!(self.remove(key), open);
            }
            Op::Read(key) => prop_assert_eq!(self.read(key), self.seen().get(&key).cloned()),
            Op::Discard => {
                self.session.discard();
                self.changes.clear();
                self.renew = false;
            }
            Op::Regenerate => {
                prop_assert_eq!(self.session.regenerate().map_err(|error| error.kind()), open);
                self.renew = self.on.is_some() && !self.interrupted;
            }
            Op::Destroy => {
                prop_assert!(self.session.destroy().is_ok());
                self.changes.clear();
                self.renew = false;
                self.destroys.extend(self.on.take());
                self.base.clear();
            }
            Op::Save => {
                let expected = self.commit(stored).map_err(|()| ErrorKind::Interrupted);
                let saved = self.session.save().await.map_err(|error| error.kind());
                prop_assert_eq!(saved, expected);
            }
            Op::Finish(_) => {}
        }
        Ok(())
    }

    /// Ends the request; gives the cookie its client got, and the session it leads to.
    async fn finish(
        mut self,
        status: u16,
        stored: &mut Stored,
    ) -> Result<Option<(String, usize)>, TestCaseError> {
        if status >= 500 {
            self.changes.clear();
            self.renew = false;
        }
        let expected = self.commit(stored).map_err(|()| ErrorKind::Interrupted);
        let finish = self.exchange.finish(status).await;
        prop_assert_eq!(finish.error.map(|error| error.kind()), expected.err());
        let pair = finish
            .set_cookie
            .as_deref()
            .and_then(|set| set.split(';').next())
            .filter(|set| !set.ends_with("=deleted"));
        Ok(pair.map(str::to_owned).zip(self.on))
    }
}

async fn run(ops: Vec<(usize, Op)>) -> Result<(), TestCaseError> {
    let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default());
    let cookie =
        session_runtime::testing::cookie(&sessions, |session: &Session<Lists>| session.a().set(vec![1]))
            .await
            .expect("stored");
    let mut stored: Stored = [(0, Some((Map::from([(0, vec![1])]), 0)))].into();
    let mut requests = Vec::new();
    for _ in 0..REQUESTS {
        requests.push(Some(Request::begin(&sessions, &cookie, 0, &stored).await));
    }
    let mut cookies = vec![(cookie, 0)];
    for (slot, op) in ops {
        match (op, &mut requests[slot]) {
            (_, None) => {}
            (Op::Finish(status), place) => {
                let request = place.take().expect("present");
                cookies.extend(request.finish(status, &mut stored).await?);
            }
            (op, Some(request)) => request.step(op, &mut stored).await?,
        }
    }
    for request in requests.into_iter().flatten() {
        cookies.extend(request.finish(200, &mut stored).await?);
    }
    compare(&sessions, cookies, &stored).await
}

/// Each stored session is led to by exactly one of the cookies, and holds what the model says.
async fn compare(
    sessions: &Sessions,
    cookies: Vec<(String, usize)>,
    stored: &Stored,
) -> Result<(), TestCaseError> {
    let mut live = BTreeMap::<usize, usize>::new();
    for (cookie, on) in cookies {
        let exchange = sessions.begin([cookie.as_bytes()]);
        let session: Session<Lists> = exchange.load().await.expect("memory").view();
        if session.id().is_none() {
            continue;
        }
        *live.entry(on).or_default() += 1;
        let found: Map = [
            (0, session.a().exists().then(|| session.a().get().expect("typed"))),
            (1, session.b().exists().then(|| session.b().get().expect("typed"))),
            (2, session.c().get().expect("typed")),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
        prop_assert_eq!(Some(found), stored[&on].as_ref().map(|(data, _)| data.clone()));
    }
    let expected: BTreeMap<_, _> =
        stored.iter().filter(|(_, data)| data.is_some()).map(|(on, _)| (*on, 1)).collect();
    prop_assert_eq!(live, expected, "each stored session is led to by exactly one cookie");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn requests_in_any_interleaving_agree_with_a_plain_map(
        ops in proptest::collection::vec((0..REQUESTS, op()), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(run(ops))?;
    }
}
