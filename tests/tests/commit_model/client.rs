//! The clients of the model: each is one request, built from the public API alone.

use std::sync::{Arc, Mutex};

use session_runtime::{Error, ErrorKind, Record, Session, SessionData, SessionId, Sessions, StoreKey};

use crate::sim::{Answer, Op, Sim};

#[derive(SessionData)]
pub(crate) struct Data {
    /// Which updates were applied, in order: each adds its client's letter to what it finds.
    #[session(default)]
    pub(crate) log: String,
    /// How many updates were applied; two that start from the same number write the same text.
    #[session(default)]
    pub(crate) n: u32,
    pub(crate) code: String,
    /// What a program without this library wrote.
    pub(crate) foreign: bool,
    pub(crate) plan: String,
}

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// Adds its letter to the log.
    Update,
    /// Adds one to the number.
    Count,
    /// Sets a key, which may be replayed.
    Set,
    Destroy,
    Regenerate,
    /// Signs in: a new id, and an update in the same commit.
    RegenerateAndUpdate,
    Claim,
    /// Comes without a cookie and starts a session.
    Create,
    /// Reads, and so keeps the session alive.
    Read,
    /// Loads, and later overwrites whatever is there, as Astro does.
    Foreign,
}

impl Act {
    pub(crate) fn destroys(self) -> bool {
        self == Self::Destroy
    }

    pub(crate) fn renews(self) -> bool {
        matches!(self, Self::Regenerate | Self::RegenerateAndUpdate)
    }

    /// Whether it adds its letter to the log.
    pub(crate) fn logs(self) -> bool {
        matches!(self, Self::Update | Self::RegenerateAndUpdate | Self::Create)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It never came to an end.
    Crashed,
    /// Answered with success.
    Acknowledged,
    /// Answered with an error.
    Refused(ErrorKind),
}

/// What the world outside knows of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) verdict: Verdict,
    /// It found a session behind its cookie.
    pub(crate) bound: bool,
    /// The id that it made up for a new session or a new id, known to the test, to a client only by way of `cookie`.
    pub(crate) fresh: Option<SessionId>,
    /// The id of the response's `Set-Cookie`.
    pub(crate) cookie: Option<SessionId>,
    pub(crate) claimed: bool,
    /// When it last used the session: its load, or a commit that came later.
    pub(crate) used_at: u64,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            verdict: Verdict::Crashed,
            bound: false,
            fresh: None,
            cookie: None,
            claimed: false,
            used_at: 0,
        }
    }

    pub(crate) fn acknowledged(&self) -> bool {
        self.verdict == Verdict::Acknowledged
    }
}

pub(crate) struct Client {
    pub(crate) sim: Sim,
    pub(crate) sessions: Sessions,
    pub(crate) act: Act,
    pub(crate) letter: char,
    /// Whether the handler takes a while, so that others may come between load and commit without a store call.
    pub(crate) pauses: bool,
    pub(crate) cookie: Option<String>,
    pub(crate) report: Arc<Mutex<Report>>,
}

impl Client {
    pub(crate) async fn run(self) {
        let exchange = self.sessions.begin(self.cookie.iter().map(String::as_bytes));
        let handle = match exchange.load().await {
            Ok(handle) => handle,
            Err(error) => return self.report.lock().unwrap().verdict = Verdict::Refused(error.kind()),
        };
        let held = handle.id();
        {
            let mut report = self.report.lock().unwrap();
            report.bound = held.is_some();
            report.used_at = self.sim.world().now();
        }
        if self.pauses {
            let _ = self.sim.call(Op::Pause).await;
        }
        let done = self.perform(&handle.view::<Data>()).await;
        {
            let mut report = self.report.lock().unwrap();
            report.fresh = handle.id().filter(|id| Some(*id) != held);
            if self.act != Act::Read {
                report.used_at = self.sim.world().now();
            }
        }
        let finish = exchange.finish(done.as_ref().err().map_or(200, Error::status)).await;
        let mut report = self.report.lock().unwrap();
        report.verdict = match done.err().or(finish.error) {
            None => Verdict::Acknowledged,
            Some(error) => Verdict::Refused(error.kind()),
        };
        report.cookie = finish.set_cookie.as_deref().and_then(id_of);
    }

    async fn perform(&self, session: &Session<Data>) -> Result<(), Error> {
        match self.act {
            Act::Update | Act::Create => self.log(session),
            Act::Count => session.n().update(|n| *n += 1),
            Act::Set => session.plan().set(self.letter.to_string()),
            Act::Destroy => session.destroy(),
            Act::Regenerate => session.regenerate(),
            Act::RegenerateAndUpdate => session.regenerate().and_then(|()| self.log(session)),
            Act::Claim => {
                let claimed = session.code().claim().await?;
                self.report.lock().unwrap().claimed = claimed.is_some();
                Ok(())
            }
            Act::Read => session.log().get().map(drop),
            Act::Foreign => unreachable!("runs without the library"),
        }
    }

    fn log(&self, session: &Session<Data>) -> Result<(), Error> {
        let letter = self.letter;
        session.log().update(move |log| log.push(letter))
    }
}

/// A request to a program without conditional writes that found a session: it writes back what it read, and one key.
/// Where it finds none it would start a session of its own, which concerns nobody here.
pub(crate) async fn foreign(sim: Sim, key: StoreKey, report: Arc<Mutex<Report>>) {
    let Ok(Answer::Loaded(Some(record))) = sim.call(Op::Load(key)).await else { return };
    report.lock().unwrap().bound = true;
    let text = foreign_text(record.text());
    if sim.call(Op::Overwrite(key, Record::new(text))).await.is_ok() {
        report.lock().unwrap().verdict = Verdict::Acknowledged;
    }
}

/// The record with one more key: references come first in the root, so the new ones are put behind it.
fn foreign_text(text: &str) -> String {
    let mut parts: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let next = parts.len();
    let map = parts[0].as_array_mut().unwrap();
    map.extend([next.into(), (next + 1).into()]);
    parts.extend(["foreign".into(), serde_json::json!({ "data": next + 2, "expires": -1 }), true.into()]);
    serde_json::to_string(&parts).unwrap()
}

pub(crate) fn id_of(set_cookie: &str) -> Option<SessionId> {
    set_cookie.split(';').next()?.split_once('=')?.1.parse().ok()
}
