//! The scheduler: every order of the open store calls, every fault within the bound, depth first by replay.

use std::collections::HashSet;
use std::fmt::Write;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use session_runtime::{Error, Session, SessionConfig, SessionId, Sessions, StoreKey, testing};

use crate::client::{Act, Client, Data, Report, Verdict, foreign};
use crate::mistakes::{Mistake, Mistaken};
use crate::sim::{Answer, Flaw, Op, Sim};
use crate::states::Trail;
use crate::trace::{name, say, tell};

/// More steps than this in one execution: the clients do not come to an end.
const MAX_STEPS: usize = 300;

/// By how much the scheduler moves the clock at a time.
pub(crate) const TICK: Duration = Duration::from_millis(600);

/// What is explored.
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) acts: Vec<Act>,
    pub(crate) config: fn() -> SessionConfig,
    pub(crate) astro: bool,
    /// Whether the clients share one `Sessions` and so its queue, or are processes of their own.
    pub(crate) one_process: bool,
    /// How many faults there may be in one execution.
    pub(crate) faults: u32,
    /// Whether a call that was lost for its caller may arrive later.
    pub(crate) delays: bool,
    /// How often the clock may move in one execution.
    pub(crate) ticks: u32,
    pub(crate) flaw: Flaw,
    pub(crate) mistake: Option<Mistake>,
    pub(crate) check: fn(&End) -> Result<(), String>,
}

/// What became of an execution.
pub(crate) struct End {
    pub(crate) scenario: Scenario,
    pub(crate) sim: Sim,
    pub(crate) reports: Vec<Report>,
    /// The session that every client but a creating one came with.
    pub(crate) first: SessionId,
    pub(crate) faults: u32,
}

impl End {
    pub(crate) fn key(&self, id: &SessionId) -> StoreKey {
        key_of(self.scenario.astro, id)
    }

    /// The configuration with the execution's clock.
    pub(crate) fn sessions(&self) -> Sessions {
        sessions_of(&self.scenario, &self.sim)
    }
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Count {
    pub(crate) schedules: u64,
    pub(crate) steps: u64,
    /// Digests of the states that were reached, however often.
    pub(crate) states: HashSet<u64>,
}

/// What becomes of an open call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fate {
    Answered,
    /// It never arrives; the caller gets an error.
    CallLost,
    /// It is applied; the caller gets an error.
    AnswerLost,
    /// The caller gets an error, and it is applied later.
    Delayed,
    CrashBefore,
    CrashAfter,
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Deliver(usize, Fate),
    /// A delayed call arrives.
    Land(usize),
    Tick,
}

/// The choices of one execution: those to be replayed, then the first of each that is new.
#[derive(Default)]
struct Choices {
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    fn pick(&mut self, options: usize) -> usize {
        if self.at == self.taken.len() {
            self.taken.push((0, options));
        }
        let (choice, before) = self.taken[self.at];
        assert_eq!(before, options, "the execution is not deterministic");
        self.at += 1;
        choice
    }

    /// On to the next execution; `false` where there is none.
    fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some((choice, options)) = self.taken.pop() {
            if choice + 1 < options {
                self.taken.push((choice + 1, options));
                return true;
            }
        }
        false
    }
}

/// Tries every execution, those with the fewest faults first, so that a violation's schedule is short.
pub(crate) fn explore(scenario: &Scenario) -> Result<Count, String> {
    let mut count = Count::default();
    for faults in 0..=scenario.faults {
        count = Count::default();
        let mut choices = Choices::default();
        loop {
            let outcome = Run::new(scenario, faults, false).execute(&mut choices, &mut count);
            if let Err(violation) = outcome {
                choices.at = 0;
                let mut run = Run::new(scenario, faults, true);
                let again = run.execute(&mut choices, &mut count);
                assert_eq!(again.as_ref().err(), Some(&violation), "the violation can be replayed");
                return Err(run.describe(&violation));
            }
            if !choices.advance() {
                break;
            }
        }
    }
    Ok(count)
}

/// Polls once a future that waits for nothing.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

fn key_of(astro: bool, id: &SessionId) -> StoreKey {
    if astro { StoreKey::plain(id) } else { StoreKey::hashed(id) }
}

fn sessions_of(scenario: &Scenario, sim: &Sim) -> Sessions {
    let clock = sim.world().clock.clock();
    let config = (scenario.config)().clock(clock).store_timeout(Duration::from_secs(3600));
    match scenario.mistake {
        None => Sessions::new(sim.clone(), config),
        Some(mistake) => Sessions::new(Mistaken { sim: sim.clone(), mistake }, config),
    }
}

struct Run<'s> {
    scenario: &'s Scenario,
    sim: Sim,
    first: SessionId,
    clients: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>>,
    reports: Vec<Arc<Mutex<Report>>>,
    late: Vec<(usize, Op)>,
    faults: u32,
    faults_left: u32,
    ticks_left: u32,
    trail: Trail,
    trace: Option<Vec<String>>,
}

impl<'s> Run<'s> {
    fn new(scenario: &'s Scenario, faults: u32, traced: bool) -> Self {
        let sim = Sim::new(scenario.acts.len(), scenario.flaw);
        let sessions = sessions_of(scenario, &sim);
        let cookie = at_once(testing::cookie(&sessions, |session: &Session<Data>| {
            session.log().set("0".to_owned())?;
            session.code().set("1234".to_owned())
        }))
        .unwrap();
        sim.world().history.clear();
        let first: SessionId = cookie.split_once('=').unwrap().1.parse().unwrap();
        let mut run = Self {
            scenario,
            sim,
            first,
            clients: Vec::new(),
            reports: Vec::new(),
            late: Vec::new(),
            faults,
            faults_left: faults,
            ticks_left: scenario.ticks,
            trail: Trail::new(scenario.acts.len(), key_of(scenario.astro, &first)),
            trace: traced.then(Vec::new),
        };
        for (&act, letter) in scenario.acts.iter().zip('A'..) {
            let sessions = match scenario.one_process {
                true => sessions.clone(),
                false => sessions_of(scenario, &run.sim),
            };
            run.add(sessions, act, letter, &cookie);
        }
        run
    }

    fn add(&mut self, sessions: Sessions, act: Act, letter: char, cookie: &str) {
        let report = Arc::new(Mutex::new(Report::new()));
        self.reports.push(Arc::clone(&report));
        let sim = self.sim.clone();
        let client: Pin<Box<dyn Future<Output = ()>>> = match act {
            Act::Foreign => Box::pin(foreign(sim, key_of(self.scenario.astro, &self.first), report)),
            _ => {
                let pauses = self.scenario.one_process || self.scenario.ticks > 0;
                let cookie = (act != Act::Create).then(|| cookie.to_owned());
                Box::pin(Client { sim, sessions, act, letter, pauses, cookie, report }.run())
            }
        };
        self.clients.push(Some(client));
    }

    fn execute(&mut self, choices: &mut Choices, count: &mut Count) -> Result<(), String> {
        count.schedules += 1;
        self.poll_waiting();
        for _ in 0..MAX_STEPS {
            let moves = self.moves();
            if self.clients.iter().all(Option::is_none) && self.late.is_empty() {
                return (self.scenario.check)(&self.end());
            }
            if moves.is_empty() {
                return Err("nobody can go on".to_owned());
            }
            count.steps += 1;
            let chosen = moves[choices.pick(moves.len())];
            self.play(chosen);
            self.poll_waiting();
            count.states.insert(self.state());
        }
        Err("the clients do not come to an end".to_owned())
    }

    fn state(&mut self) -> u64 {
        let running = self.clients.iter().fold(0, |all, client| all << 1 | u64::from(client.is_some()));
        self.trail.state(&self.sim.world(), &self.late, running)
    }

    fn end(&self) -> End {
        End {
            scenario: self.scenario.clone(),
            sim: self.sim.clone(),
            reports: self.reports.iter().map(|report| *report.lock().unwrap()).collect(),
            first: self.first,
            faults: self.faults - self.faults_left,
        }
    }

    /// What may go wrong with a call. A put of a new record is never delayed: arriving after its repetition was deleted,
    /// it would bring the deleted record back, and no client can keep a store from that.
    fn fates(&self, op: &Op) -> impl Iterator<Item = Fate> {
        let fates: &[Fate] = match op.writes() {
            true => &[Fate::CallLost, Fate::AnswerLost, Fate::CrashBefore, Fate::CrashAfter],
            false => &[Fate::CallLost, Fate::CrashBefore],
        };
        let delays = self.scenario.delays && op.writes() && !matches!(op, Op::Put(_, None, ..));
        fates.iter().copied().chain(delays.then_some(Fate::Delayed))
    }

    fn moves(&self) -> Vec<Move> {
        let world = self.sim.world();
        let mut moves = Vec::new();
        let open = || world.open.iter().enumerate().filter_map(|(client, op)| Some((client, op.as_ref()?)));
        moves.extend(open().map(|(client, _)| Move::Deliver(client, Fate::Answered)));
        moves.extend((0..self.late.len()).map(Move::Land));
        let running = open().next().is_some();
        if self.ticks_left > 0 && running {
            moves.push(Move::Tick);
        }
        if self.faults_left == 0 {
            return moves;
        }
        for (client, op) in open().filter(|(_, op)| !matches!(op, Op::Pause)) {
            moves.extend(self.fates(op).map(|fate| Move::Deliver(client, fate)));
        }
        moves
    }

    fn play(&mut self, chosen: Move) {
        let (client, fate) = match chosen {
            Move::Tick => {
                self.ticks_left -= 1;
                self.sim.world().advance(TICK);
                return self.note(|| format!("clock +{} ms", TICK.as_millis()));
            }
            Move::Land(nth) => {
                let (client, op) = self.late.remove(nth);
                let answer = self.sim.world().apply(&op, client);
                return self
                    .note(|| format!("{}: delayed {} arrives: {}", name(client), say(&op), tell(&answer)));
            }
            Move::Deliver(client, fate) => (client, fate),
        };
        self.faults_left -= u32::from(fate != Fate::Answered);
        let op = self.sim.world().open[client].take().unwrap();
        let applied = matches!(fate, Fate::Answered | Fate::AnswerLost | Fate::CrashAfter);
        let answer = applied.then(|| self.sim.world().apply(&op, client));
        let told = if fate == Fate::Answered { answer.as_ref() } else { None };
        let now = self.sim.world().now();
        self.trail.tell(client, &op, (told, &fate), now);
        self.note(|| {
            let told = answer.as_ref().map_or_else(|| "not applied".to_owned(), tell);
            format!("{}: {} -> {told} [{fate:?}]", name(client), say(&op))
        });
        match fate {
            Fate::Answered => self.resume(client, Ok(answer.unwrap())),
            Fate::CallLost | Fate::AnswerLost => self.resume(client, Err(lost())),
            Fate::Delayed => {
                self.late.push((client, op));
                self.resume(client, Err(lost()));
            }
            Fate::CrashBefore | Fate::CrashAfter => self.clients[client] = None,
        }
    }

    fn resume(&mut self, client: usize, answer: Result<Answer, Error>) {
        self.sim.world().answers[client] = Some(answer);
        self.poll(client);
    }

    /// Whether the client came on: it made a call or ended.
    fn poll(&mut self, client: usize) -> bool {
        let Some(future) = &mut self.clients[client] else { return false };
        self.sim.world().current = Some(client);
        let done = future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        self.sim.world().current = None;
        if done {
            self.clients[client] = None;
            let report = *self.reports[client].lock().unwrap();
            self.note(|| {
                let cookie = report.cookie.map(|id| format!(", cookie {}", id.expose())).unwrap_or_default();
                format!("{}: ends: {:?}{cookie}", name(client), report.verdict)
            });
        }
        done || self.sim.world().open[client].is_some()
    }

    /// Who waits for no call waits for its turn in the queue, or has not begun.
    fn poll_waiting(&mut self) {
        loop {
            let mut came_on = false;
            for client in 0..self.clients.len() {
                let waits = self.clients[client].is_some() && self.sim.world().open[client].is_none();
                came_on |= waits && self.poll(client);
            }
            if !came_on {
                return;
            }
        }
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(line());
        }
    }

    fn describe(&self, violation: &str) -> String {
        let Scenario { name: pair, astro, one_process, .. } = self.scenario;
        let mut out = format!("{pair} (astro: {astro}, one process: {one_process}): {violation}\n");
        for (nth, line) in self.trace.iter().flatten().enumerate() {
            let _ = writeln!(out, "{:>4}. {line}", nth + 1);
        }
        let mut named = vec![(self.first, "#S".to_owned())];
        for (client, report) in self.reports.iter().enumerate() {
            named.extend(report.lock().unwrap().fresh.map(|id| (id, format!("#{}", name(client)))));
        }
        for (id, short) in named {
            out = out.replace(key_of(self.scenario.astro, &id).as_str(), &short).replace(id.expose(), &short);
        }
        out
    }
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("scenario", &self.scenario.name).finish_non_exhaustive()
    }
}

fn lost() -> Error {
    Error::unavailable(std::io::Error::other("connection reset"))
}

impl Verdict {
    /// An error that a commit may end with: 409 or 503.
    pub(crate) fn is_legal(self) -> bool {
        use session_runtime::ErrorKind::{Indeterminate, Interrupted, Unavailable};
        match self {
            Self::Crashed | Self::Acknowledged => true,
            Self::Refused(kind) => matches!(kind, Interrupted | Unavailable | Indeterminate),
        }
    }
}
