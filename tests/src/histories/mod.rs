//! Histories: clients do random things to a few sessions at once, over a real store and without a scheduler of ours.
//! What each was told is recorded with the times of its call and of its answer, and checked when all is over.
//!
//! A *lineage* is one session under all the ids that renewals gave it; the request that starts it writes a number that
//! it keeps. Half of the clients share one `Sessions`, half another, as in two processes. Some requests are dropped at a
//! random moment, as if their client was gone.
//!
//! 1. No acknowledged `update` is lost, none is applied twice, and one that was answered with 409 is not applied.
//! 2. Whatever was seen of a session's log is a beginning of what was seen of it later: there is one order of all
//!    updates, and no answered one is missing from what is read after its answer.
//! 3. Nothing that was destroyed is found afterwards.
//! 4. Of all ids that clients were given, at most one leads to a lineage; one does, unless somebody ended it.
//! 5. No value is claimed twice, and none is left that was claimed.
//! 6. What a key holds was set last, or as good as last: no other `set` began after it was answered.
//! 7. A 409 has a cause: a destroy or a renewal of that lineage.
//!
//! Over a store that fails now and then, a 409 may follow from a lost answer, and what it refused may have been done;
//! beside Astro a renewal whose answer was lost ends the session.

mod check;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use session_runtime::{
    Error, ErrorKind, Exchange, Session, SessionConfig, SessionData, SessionId, Sessions, Store,
};
use tokio::task::JoinSet;

/// The session of the histories.
#[derive(Debug, SessionData)]
struct Data {
    /// The lineage, written by the request that starts the session.
    lineage: u64,
    /// Each update appends the number of its request.
    #[session(default)]
    log: Vec<u64>,
    /// The number of the last request that set it.
    plan: u64,
    /// To be claimed by one.
    voucher: u64,
}

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Clients that send requests at the same time.
    pub clients: usize,
    /// Requests that each of them sends, one after the other.
    pub requests: usize,
    /// Cookie jars that the clients share.
    pub jars: usize,
    /// Whether the store fails now and then, so that a request may be refused although it was done.
    pub faulty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Update,
    Set,
    Read,
    Renew,
    Destroy,
    Restart,
    Refill,
    Claim,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Acknowledged,
    Interrupted,
    /// Answered with 503, or never: it may have been done or not.
    Unknown,
}

/// One request.
#[derive(Debug, Clone)]
struct Event {
    number: u64,
    act: Act,
    called: u64,
    /// Never: the greatest number there is.
    answered: u64,
    verdict: Verdict,
    /// The id in its cookie.
    sent: Option<SessionId>,
    /// The lineage it found behind its cookie.
    found: Option<u64>,
    /// The lineage it started, if it came through.
    started: Option<u64>,
    /// The log as it found it.
    seen: Vec<u64>,
    claimed: Option<u64>,
    /// The id it was given.
    given: Option<SessionId>,
}

/// What is there in the end.
#[derive(Debug, Clone)]
struct Left {
    log: Vec<u64>,
    plan: Option<u64>,
    voucher: Option<u64>,
}

/// What was done and what was left.
#[derive(Debug)]
pub struct History {
    events: Vec<Event>,
    left: BTreeMap<u64, Vec<Left>>,
    astro: bool,
    faulty: bool,
    took: Duration,
}

struct World {
    sites: [Sessions; 2],
    jars: Vec<Mutex<Option<String>>>,
    time: AtomicU64,
    numbers: AtomicU64,
}

/// A generator of random numbers: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn act(&mut self) -> Act {
        match self.below(48) {
            0..19 => Act::Update,
            19..25 => Act::Set,
            25..32 => Act::Read,
            32..35 => Act::Renew,
            35 => Act::Destroy,
            36 => Act::Restart,
            37..41 => Act::Refill,
            _ => Act::Claim,
        }
    }
}

/// Does all of `load` to `store`, and gives what happened. `config` is that of the store's layout.
///
/// # Panics
/// A client panics, or what is left cannot be read.
pub async fn record(store: Arc<dyn Store>, config: SessionConfig, astro: bool, load: Load) -> History {
    // Nobody is to give up because the machine is slow.
    let config = config.store_timeout(Duration::from_secs(60));
    let world = Arc::new(World {
        sites: [(); 2].map(|()| Sessions::new(Arc::clone(&store), config.clone())),
        jars: (0..load.jars).map(|_| Mutex::default()).collect(),
        time: AtomicU64::new(0),
        numbers: AtomicU64::new(1),
    });
    let began = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..load.clients {
        let world = Arc::clone(&world);
        clients.spawn(async move {
            let mut random = Random(RandomState::new().hash_one(client));
            let mut events = Vec::with_capacity(load.requests);
            for _ in 0..load.requests {
                events.push(world.request(client, &mut random).await);
            }
            events
        });
    }
    let events: Vec<Event> = clients.join_all().await.into_iter().flatten().collect();
    let took = began.elapsed();
    // A call whose future was dropped may still be on its way to the disk.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let left = world.left(&events).await.expect("what is left can be read");
    History { events, left, astro, faulty: load.faulty, took }
}

impl World {
    fn tick(&self) -> u64 {
        self.time.fetch_add(1, Ordering::SeqCst)
    }

    /// One request: with the cookie that its jar holds now, dropped after a while in one of sixteen cases.
    async fn request(&self, client: usize, random: &mut Random) -> Event {
        let place = usize::try_from(random.below(self.jars.len() as u64)).unwrap_or_default();
        let jar = || self.jars[place].lock().unwrap_or_else(PoisonError::into_inner);
        let cookie = jar().clone();
        let exchange = self.sites[client % 2].begin(cookie.iter().map(String::as_bytes));
        let event = Mutex::new(Event {
            number: self.numbers.fetch_add(1, Ordering::SeqCst),
            act: random.act(),
            called: self.tick(),
            answered: u64::MAX,
            verdict: Verdict::Unknown,
            sent: cookie.as_deref().and_then(id_of),
            found: None,
            started: None,
            seen: Vec::new(),
            claimed: None,
            given: None,
        });
        let patience = match random.below(16) {
            0 => Duration::from_micros(random.below(3_000)),
            _ => Duration::from_secs(600),
        };
        let pause = Duration::from_micros(random.below(4) * 300);
        let answer = tokio::time::timeout(patience, handle(&exchange, &event, pause)).await;
        let mut event = event.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Ok((outcome, set_cookie)) = answer else { return event };
        event.answered = self.tick();
        event.verdict = match outcome {
            Ok(()) => Verdict::Acknowledged,
            Err(error) if error.kind() == ErrorKind::Interrupted => Verdict::Interrupted,
            Err(error) if error.status() == 503 => Verdict::Unknown,
            Err(error) => panic!("{event:?}: {error:?}"),
        };
        if let Some(pair) = set_cookie.as_deref().and_then(|set| set.split(';').next()) {
            event.given = id_of(pair);
            *jar() = event.given.map(|_| pair.to_owned());
        } else if event.verdict == Verdict::Interrupted && *jar() == cookie {
            // Its session is gone for this client, who starts anew.
            *jar() = None;
        }
        event
    }

    /// Looks again where a store that is made to fail does so.
    async fn open(&self, id: &SessionId) -> Result<Option<Session<Data>>, Error> {
        let mut opened = self.sites[0].open(id).await;
        for _ in 0..20 {
            if opened.is_ok() {
                break;
            }
            opened = self.sites[0].open(id).await;
        }
        opened
    }

    /// What all the ids lead to that clients were given, by lineage.
    async fn left(&self, events: &[Event]) -> Result<BTreeMap<u64, Vec<Left>>, Error> {
        let ids: BTreeMap<&str, SessionId> =
            events.iter().filter_map(|event| event.given.as_ref()).map(|id| (id.expose(), *id)).collect();
        let mut left = BTreeMap::<u64, Vec<Left>>::new();
        for id in ids.into_values() {
            let Some(session) = self.open(&id).await? else { continue };
            let lineage = session.lineage().get()?.unwrap_or_default();
            left.entry(lineage).or_default().push(Left {
                log: session.log().get()?,
                plan: session.plan().get()?,
                voucher: session.voucher().get()?,
            });
        }
        Ok(left)
    }
}

fn id_of(pair: &str) -> Option<SessionId> {
    pair.split_once('=').and_then(|(_, id)| id.parse().ok())
}

/// The handler: it looks at the session, takes its time, and does one thing to it.
async fn handle(
    exchange: &Exchange,
    event: &Mutex<Event>,
    pause: Duration,
) -> (Result<(), Error>, Option<String>) {
    let session: Session<Data> = match exchange.load().await {
        Ok(handle) => handle.view(),
        Err(error) => return (Err(error), None),
    };
    let done = perform(&session, event, pause).await;
    let finish = exchange.finish(done.as_ref().err().map_or(200, Error::status)).await;
    (done.and(finish.error.map_or(Ok(()), Err)), finish.set_cookie)
}

async fn perform(session: &Session<Data>, event: &Mutex<Event>, pause: Duration) -> Result<(), Error> {
    let with =
        |note: &mut dyn FnMut(&mut Event)| note(&mut event.lock().unwrap_or_else(PoisonError::into_inner));
    let (found, seen) = (session.lineage().get()?, session.log().get()?);
    let (mut act, mut number) = (Act::Read, 0);
    with(&mut |event| {
        event.found = found;
        event.seen.clone_from(&seen);
        (act, number) = (event.act, event.number);
    });
    tokio::time::sleep(pause).await;
    let start = || {
        with(&mut |event| event.started = Some(number));
        session.lineage().set(number)
    };
    let writes = matches!(act, Act::Update | Act::Set | Act::Renew | Act::Refill);
    if found.is_none() && writes {
        start()?;
    }
    match act {
        Act::Read => Ok(()),
        Act::Update => session.log().update(move |log| log.push(number)),
        Act::Set => session.plan().set(number),
        // No `set`, which may be repeated when its answer was lost, and would bring a claimed value back.
        Act::Refill => session.voucher().update(move |voucher| *voucher = Some(number)),
        Act::Destroy => session.destroy(),
        Act::Renew => {
            session.regenerate()?;
            session.log().update(move |log| log.push(number))
        }
        Act::Restart => {
            session.destroy()?;
            start()?;
            session.log().update(move |log| log.push(number))
        }
        Act::Claim => {
            let claimed = session.voucher().claim().await?;
            with(&mut |event| event.claimed = claimed);
            Ok(())
        }
    }
}
