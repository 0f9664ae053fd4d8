//! What must hold at the end of every execution.
//!
//! Words: the *lineage* is the first session and the copies of it that renewals make under new ids; a client *got* an
//! id that it came with or that a delivered `Set-Cookie` named. Other copies are *orphans*: no client can reach them.
//!
//! 1. Every answer is a success, 409 (`Interrupted`) or 503 (`Unavailable`, `Indeterminate`); 503 only where a call
//!    failed.
//! 2. At most one live copy of the lineage has an id that a client got.
//! 3. An acknowledged update is in every live copy that a client got, once; where there is none although nobody ended
//!    the session, it is in an orphan. A refused or crashed one is there at most once.
//!    `Indeterminate` allows exactly this: the update was applied once or not at all, the client is not told which, and
//!    the library does not try again. (`Unavailable` and `Interrupted` allow it too: the answer may have been lost.)
//! 4. After an acknowledged destroy no copy that a client got is live. An orphan may be, where the renewal that made it
//!    came to no end; it never is the place that a marker leads to.
//!    Beside Astro there are no markers: a renewal that came first took the session along, unseen by the destroy.
//! 5. At most one claim returns the value, and then no copy that a client got holds it.
//! 6. A new session is live under the id its client got, with what its client wrote.
//! 7. Whatever was left behind, a new request with any id that a client got is served: it finds a session and can update
//!    it, or none; a destroy ends it under every id.
//!
//! Beside Astro, a renewal whose delete was applied and its answer lost cannot tell that from a destroy and takes the
//! safe way: the session ends, and the renewal is answered with 409.

use session_runtime::{ErrorKind, SessionId};

use crate::client::{Act, Data, Report, Verdict, id_of};
use crate::expiry::ABSOLUTE;
use crate::explore::{End, at_once};
use crate::sim::{Effect, Event, START};

/// What a live session holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: SessionId,
    pub(crate) log: String,
    pub(crate) n: u32,
    pub(crate) code: bool,
    pub(crate) foreign: bool,
    pub(crate) plan: Option<String>,
}

/// An execution's end as the invariants look at it.
pub(crate) struct View<'e> {
    pub(crate) end: &'e End,
    /// Live copies of the lineage whose id a client got.
    pub(crate) known: Vec<Seen>,
    pub(crate) orphans: Vec<Seen>,
    /// Whether somebody legally ended the session.
    pub(crate) ended: bool,
}

type Checked = Result<(), String>;

pub(crate) fn all(end: &End) -> Checked {
    let view = View::new(end)?;
    view.answers()?;
    view.one_copy()?;
    for client in 0..end.reports.len() {
        view.update(client, false)?;
    }
    view.count()?;
    view.set()?;
    view.destroyed()?;
    view.claimed()?;
    afterwards(end)
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

impl<'e> View<'e> {
    pub(crate) fn new(end: &'e End) -> Result<Self, String> {
        let got = got(end);
        let (mut known, mut orphans) = (Vec::new(), Vec::new());
        for id in lineage(end) {
            let Some(seen) = see(end, &id)? else { continue };
            if got.contains(&id) { known.push(seen) } else { orphans.push(seen) }
        }
        let mut view = Self { end, known, orphans, ended: false };
        let by_request = view.clients().any(|(client, act, report)| {
            let removed = |id: &SessionId| view.did(client, Effect::Removed, id);
            let lost_by_renewal = || {
                let taken = report.fresh.as_ref().is_some_and(removed);
                end.scenario.astro && end.faults > 0 && act.renews() && removed(&end.first) && taken
            };
            act.destroys() && lineage(end).iter().any(removed) || lost_by_renewal()
        });
        let world = end.sim.world();
        let absolute = START + u64::try_from(ABSOLUTE.as_millis()).unwrap();
        let ran_out = |id: &SessionId| world.expired.contains(&end.key(id));
        let by_time = lineage(end).iter().any(ran_out) || world.now() >= absolute;
        drop(world);
        view.ended = by_request || by_time;
        Ok(view)
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = (usize, Act, &'e Report)> {
        let end = self.end;
        end.reports.iter().enumerate().map(|(client, report)| (client, end.scenario.acts[client], report))
    }

    /// Whether a call of `client` had this effect on the session of `id`.
    pub(crate) fn did(&self, client: usize, effect: Effect, id: &SessionId) -> bool {
        let key = self.end.key(id);
        let is_it = |event: &Event| event.client == client && event.effect == effect && event.key == key;
        self.end.sim.world().history.iter().any(is_it)
    }

    pub(crate) fn answers(&self) -> Checked {
        let may_interrupt = |act: Act| act.destroys() || act.renews();
        let contested = self.end.scenario.ticks > 0 || self.clients().any(|(_, act, _)| may_interrupt(act));
        for (client, act, report) in self.clients() {
            ensure(report.verdict.is_legal(), || {
                format!("{client} ({act:?}) ends with {:?}", report.verdict)
            })?;
            let fine = match report.verdict {
                Verdict::Refused(ErrorKind::Interrupted) => contested || self.end.faults > 0,
                Verdict::Refused(_) => self.end.faults > 0,
                _ => true,
            };
            ensure(fine, || format!("{client} ({act:?}) is refused without a reason: {:?}", report.verdict))?;
        }
        Ok(())
    }

    pub(crate) fn one_copy(&self) -> Checked {
        ensure(self.known.len() <= 1, || {
            format!("{} live copies have ids that clients got", self.known.len())
        })
    }

    /// `excused`: another program may have overwritten what was acknowledged.
    pub(crate) fn update(&self, client: usize, excused: bool) -> Checked {
        let (act, report) = (self.end.scenario.acts[client], &self.end.reports[client]);
        if !act.logs() {
            return Ok(());
        }
        let letter = ('A'..).nth(client).unwrap();
        let times = |seen: &Seen| seen.log.matches(letter).count();
        for seen in self.known.iter().chain(&self.orphans) {
            ensure(times(seen) <= 1, || format!("update {letter} is applied twice: {:?}", seen.log))?;
            ensure(seen.log.starts_with('0'), || format!("what was there is lost: {:?}", seen.log))?;
        }
        if !report.acknowledged() || excused {
            return Ok(());
        }
        if !report.bound {
            let id = report.cookie.ok_or_else(|| format!("new session of {letter}: no cookie"))?;
            if self.end.sim.world().expired.contains(&self.end.key(&id)) {
                return Ok(());
            }
            let seen = see(self.end, &id)?.ok_or_else(|| format!("new session of {letter}: not stored"))?;
            return ensure(seen.log == letter.to_string(), || {
                format!("new session of {letter}: {:?}", seen.log)
            });
        }
        let lost =
            || format!("acknowledged update {letter} is lost: {:?}, orphans {:?}", self.known, self.orphans);
        ensure(self.known.iter().all(|seen| times(seen) == 1), lost)?;
        let somewhere = || !self.known.is_empty() || self.orphans.iter().any(|seen| times(seen) == 1);
        ensure(self.ended || somewhere(), lost)
    }

    /// The same for updates that cannot be told apart by what they write.
    fn count(&self) -> Checked {
        let counting = || self.clients().filter(|(_, act, report)| *act == Act::Count && report.bound);
        let most = u32::try_from(counting().count()).unwrap();
        let least = u32::try_from(counting().filter(|(.., report)| report.acknowledged()).count()).unwrap();
        for seen in &self.known {
            ensure((least..=most).contains(&seen.n), || {
                format!("{least} acknowledged counts of {most}, but n = {}", seen.n)
            })?;
        }
        let somewhere = !self.known.is_empty() || self.orphans.iter().any(|seen| seen.n >= least);
        ensure(least == 0 || self.ended || somewhere, || "acknowledged counts are lost".to_owned())
    }

    fn set(&self) -> Checked {
        let setting = || self.clients().filter(|(_, act, report)| *act == Act::Set && report.bound);
        let sure = setting().any(|(.., report)| report.acknowledged());
        for seen in &self.known {
            let fits = match &seen.plan {
                Some(plan) => setting().any(|(client, ..)| plan.starts_with(('A'..).nth(client).unwrap())),
                None => !sure,
            };
            ensure(fits, || format!("acknowledged set is lost: {:?}", seen.plan))?;
        }
        Ok(())
    }

    fn destroyed(&self) -> Checked {
        if !self.clients().any(|(_, act, report)| act.destroys() && report.acknowledged()) {
            return Ok(());
        }
        for seen in self.known.iter().chain(&self.orphans) {
            let maker = self.clients().find(|(.., report)| report.fresh == Some(seen.id));
            let legal = maker.is_some_and(|(client, _, report)| {
                let took_it_along =
                    self.end.scenario.astro && self.did(client, Effect::Removed, &self.end.first);
                let marked = self.did(client, Effect::Wrote, &self.end.first);
                took_it_along || (self.end.faults > 0 && !report.acknowledged() && !marked)
            });
            ensure(legal, || format!("destroyed, and still live: {:?}", seen.log))?;
        }
        Ok(())
    }

    fn claimed(&self) -> Checked {
        let claiming = || self.clients().filter(|(_, act, _)| *act == Act::Claim);
        let winners = claiming().filter(|(.., report)| report.claimed).count();
        ensure(winners <= 1, || format!("{winners} claims return the value"))?;
        if winners == 1 {
            ensure(self.known.iter().all(|seen| !seen.code), || "claimed, and still there".to_owned())?;
        }
        let clear = self.end.faults == 0
            && !self.ended
            && claiming().any(|(.., report)| report.bound && report.acknowledged());
        ensure(!clear || winners == 1, || "nobody got the value".to_owned())
    }
}

/// Every id that a client came with or was given.
fn got(end: &End) -> Vec<SessionId> {
    std::iter::once(end.first).chain(end.reports.iter().filter_map(|report| report.cookie)).collect()
}

/// The first session's id and those that renewals made for it.
fn lineage(end: &End) -> Vec<SessionId> {
    let renewed =
        end.reports.iter().zip(&end.scenario.acts).filter(|(report, act)| report.bound && act.renews());
    std::iter::once(end.first).chain(renewed.filter_map(|(report, _)| report.fresh)).collect()
}

/// What is live under `id`.
pub(crate) fn see(end: &End, id: &SessionId) -> Result<Option<Seen>, String> {
    let say = |error: session_runtime::Error| format!("what is left cannot be read: {error}");
    let Some(session) = at_once(end.sessions().open::<Data>(id)).map_err(say)? else { return Ok(None) };
    let seen = || {
        Ok(Seen {
            id: *id,
            log: session.log().get()?,
            n: session.n().get()?,
            code: session.code().exists(),
            foreign: session.foreign().exists(),
            plan: session.plan().get()?,
        })
    };
    seen().map(Some).map_err(say)
}

/// New requests find a legal state and are served.
pub(crate) fn afterwards(end: &End) -> Checked {
    let sessions = end.sessions();
    let name = if end.scenario.astro { "astro-session" } else { "__Host-session" };
    let begin = |id: &SessionId| sessions.begin([format!("{name}={}", id.expose()).as_bytes()]);
    let mut own = Vec::new();
    for id in got(end) {
        let before = see(end, &id)?;
        let exchange = begin(&id);
        let handle =
            at_once(exchange.load()).map_err(|error| format!("a new request cannot load: {error}"))?;
        ensure(handle.id() == before.as_ref().map(|seen| seen.id), || {
            "a new request finds another id".to_owned()
        })?;
        let changed = handle.view::<Data>().log().update(|log| log.push('z'));
        let finish = at_once(exchange.finish(200));
        let served = changed.is_ok() && finish.error.is_none();
        let rotated = changed.is_err_and(|error| error.kind() == ErrorKind::Interrupted);
        ensure(served || before.is_none() && rotated, || "a new request cannot update".to_owned())?;
        own.extend(finish.set_cookie.as_deref().and_then(id_of));
        let Some(before) = before else { continue };
        let after = see(end, &id)?.ok_or("a new request's update ends the session")?;
        let expected = Seen { log: format!("{}z", before.log), ..before };
        ensure(after == expected, || format!("a new request's update gives {after:?}, not {expected:?}"))?;
    }
    for id in got(end).iter().chain(&own) {
        let exchange = begin(id);
        let handle = at_once(exchange.load()).map_err(|error| format!("a destroy cannot load: {error}"))?;
        handle.destroy().map_err(|error| format!("a new request cannot destroy: {error}"))?;
        let error = at_once(exchange.finish(200)).error;
        ensure(error.is_none(), || format!("a new request cannot destroy: {error:?}"))?;
    }
    for id in got(end).iter().chain(&own) {
        ensure(see(end, id)?.is_none(), || "a session survives a destroy with each id".to_owned())?;
    }
    Ok(())
}
