//! The invariants, over a history as it was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Act, Event, History, Left, Verdict};

type Checked = Result<(), String>;

/// How much a history holds.
#[derive(Debug)]
pub struct Summary {
    requests: usize,
    unknown: usize,
    interrupted: usize,
    lineages: usize,
    renewals: usize,
    destroyed: usize,
    claimed: usize,
    took: std::time::Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} requests in {:?} ({} answered with 409, {} of unknown outcome), {} sessions, {} renewals, {} ended, \
             {} vouchers claimed: every invariant holds",
            self.requests,
            self.took,
            self.interrupted,
            self.unknown,
            self.lineages,
            self.renewals,
            self.destroyed,
            self.claimed
        )
    }
}

/// The events of one lineage, and what is left of it.
struct Lineage<'h> {
    number: u64,
    /// In the order of their calls.
    events: Vec<&'h Event>,
    left: &'h [Left],
    astro: bool,
    faulty: bool,
}

impl History {
    /// Looks for what must not be.
    ///
    /// # Errors
    /// The first violation, in words.
    pub fn check(&self) -> Result<Summary, String> {
        let lineages = self.lineages();
        for lineage in lineages.values() {
            lineage.check().map_err(|violation| format!("session {}: {violation}", lineage.number))?;
        }
        let reached = |event: &Event| {
            lineages.values().any(|lineage| lineage.events.iter().any(|it| it.number == event.number))
        };
        let uncaused =
            self.events.iter().find(|event| event.verdict == Verdict::Interrupted && !reached(event));
        ensure(uncaused.is_none(), || {
            format!("a request without a session is answered with 409: {uncaused:?}")
        })?;
        let claims: Vec<u64> = self.events.iter().filter_map(|event| event.claimed).collect();
        let distinct: BTreeSet<&u64> = claims.iter().collect();
        ensure(claims.len() == distinct.len(), || "a value was claimed twice".to_owned())?;
        let count = |holds: fn(&Event) -> bool| self.events.iter().filter(|event| holds(event)).count();
        Ok(Summary {
            requests: self.events.len(),
            unknown: count(|event| event.verdict == Verdict::Unknown),
            interrupted: count(|event| event.verdict == Verdict::Interrupted),
            lineages: lineages.len(),
            renewals: count(|event| event.act == Act::Renew && event.acknowledged()),
            destroyed: count(|event| event.act.ends() && event.acknowledged()),
            claimed: claims.len(),
            took: self.took,
        })
    }

    /// Who belongs to which lineage. A request that starts a new session after it ended one belongs to both.
    fn lineages(&self) -> BTreeMap<u64, Lineage<'_>> {
        let mut of_id: BTreeMap<&str, u64> = BTreeMap::new();
        for event in &self.events {
            if let (Some(id), Some(lineage)) = (&event.given, event.target()) {
                of_id.insert(id.expose(), lineage);
            }
        }
        let mut members: BTreeMap<u64, Vec<&Event>> = BTreeMap::new();
        for event in &self.events {
            let sent = event.sent.as_ref().and_then(|id| of_id.get(id.expose())).copied();
            let all: BTreeSet<u64> = [event.found.or(sent), event.target()].into_iter().flatten().collect();
            for lineage in all {
                members.entry(lineage).or_default().push(event);
            }
        }
        let lineage = |(number, mut events): (u64, Vec<_>)| {
            events.sort_by_key(|event: &&Event| event.called);
            let left = self.left.get(&number).map_or(&[][..], Vec::as_slice);
            (number, Lineage { number, events, left, astro: self.astro, faulty: self.faulty })
        };
        members.into_iter().map(lineage).collect()
    }
}

impl Act {
    fn ends(self) -> bool {
        matches!(self, Self::Destroy | Self::Restart)
    }

    fn appends(self) -> bool {
        matches!(self, Self::Update | Self::Renew | Self::Restart)
    }
}

impl Event {
    fn acknowledged(&self) -> bool {
        self.verdict == Verdict::Acknowledged
    }

    /// The lineage it writes to; none where it was refused to start one.
    fn target(&self) -> Option<u64> {
        let started = self.started.filter(|_| self.verdict != Verdict::Interrupted);
        if self.act == Act::Restart { started } else { self.found.or(started) }
    }
}

impl Lineage<'_> {
    fn check(&self) -> Checked {
        self.one_copy()?;
        self.log()?;
        self.destroyed()?;
        self.plan()?;
        self.voucher()?;
        self.causes()
    }

    fn writers(&self, does: fn(Act) -> bool) -> impl Iterator<Item = &Event> {
        self.events
            .iter()
            .copied()
            .filter(move |event| does(event.act) && event.target() == Some(self.number))
    }

    /// Those that end it, acknowledged or not.
    fn enders(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().copied().filter(|event| event.act.ends() && event.started != Some(self.number))
    }

    fn renewals(&self) -> impl Iterator<Item = &Event> {
        self.events
            .iter()
            .copied()
            .filter(|event| event.act == Act::Renew && event.found == Some(self.number))
    }

    fn one_copy(&self) -> Checked {
        ensure(self.left.len() <= 1, || format!("{} live copies", self.left.len()))?;
        let was_there = self.events.iter().any(|event| event.found == Some(self.number))
            || self.writers(|_| true).any(|event| event.acknowledged() && event.given.is_some());
        let lost = |event: &Event| match event.verdict {
            Verdict::Unknown => true,
            Verdict::Interrupted => self.faulty && self.astro,
            Verdict::Acknowledged => false,
        };
        let taken_along = self.renewals().any(lost);
        let may_be_gone = taken_along || self.enders().next().is_some();
        ensure(!was_there || may_be_gone || self.left.len() == 1, || {
            "nobody ended it, and it is gone".to_owned()
        })
    }

    /// The longest log that was seen; every other is a beginning of it.
    fn longest(&self) -> Result<&[u64], String> {
        let seen =
            self.events.iter().filter(|event| event.found == Some(self.number)).map(|event| &event.seen);
        let mut logs: Vec<&[u64]> =
            seen.chain(self.left.iter().map(|left| &left.log)).map(Vec::as_slice).collect();
        logs.sort_by_key(|log| log.len());
        for pair in logs.windows(2) {
            ensure(pair[1].starts_with(pair[0]), || {
                format!("two orders of updates: {:?} and {:?}", pair[0], pair[1])
            })?;
        }
        Ok(logs.last().copied().unwrap_or_default())
    }

    fn log(&self) -> Checked {
        let longest = self.longest()?;
        let distinct: BTreeSet<&u64> = longest.iter().collect();
        ensure(distinct.len() == longest.len(), || format!("an update is applied twice: {longest:?}"))?;
        let known: BTreeSet<u64> = self.writers(Act::appends).map(|event| event.number).collect();
        ensure(distinct.iter().all(|number| known.contains(number)), || {
            format!("an update of another session: {longest:?}")
        })?;
        for event in self.writers(Act::appends) {
            let number = event.number;
            let refused = event.verdict == Verdict::Interrupted && !self.faulty;
            ensure(!refused || !distinct.contains(&number), || {
                format!("update {number} was refused and is applied")
            })?;
            if !event.acknowledged() {
                continue;
            }
            let lost = || format!("acknowledged update {number} is lost");
            ensure(self.left.iter().all(|left| left.log.contains(&number)), lost)?;
            let later = |other: &&&Event| other.found == Some(self.number) && other.called > event.answered;
            ensure(self.events.iter().filter(later).all(|other| other.seen.contains(&number)), lost)?;
        }
        Ok(())
    }

    fn destroyed(&self) -> Checked {
        for ender in self.enders().filter(|event| event.acknowledged()) {
            // Beside Astro there are no markers: a renewal that came first took the session along, unseen by the destroy.
            let overlaps = |event: &Event| event.called < ender.answered && event.answered > ender.called;
            let missed = ender.found != Some(self.number) || self.renewals().any(overlaps);
            if self.astro && missed {
                continue;
            }
            ensure(self.left.is_empty(), || format!("destroyed by {}, and still live", ender.number))?;
            let later = |event: &&Event| event.called > ender.answered && event.found == Some(self.number);
            ensure(!self.events.iter().any(later), || {
                format!("destroyed by {}, and found later", ender.number)
            })?;
        }
        Ok(())
    }

    fn plan(&self) -> Checked {
        let sets = || self.writers(|act| act == Act::Set);
        for left in self.left {
            let set_last = sets().find(|event| Some(event.number) == left.plan);
            let fits = match set_last {
                Some(last) => {
                    let overwritten = |other: &Event| other.acknowledged() && other.called > last.answered;
                    last.verdict != Verdict::Interrupted && !sets().any(overwritten)
                }
                None => left.plan.is_none() && !sets().any(Event::acknowledged),
            };
            ensure(fits, || format!("acknowledged set is lost, there is {:?}", left.plan))?;
        }
        Ok(())
    }

    fn voucher(&self) -> Checked {
        let claimed: BTreeSet<u64> = self.events.iter().filter_map(|event| event.claimed).collect();
        for left in self.left {
            let again = left.voucher.filter(|voucher| claimed.contains(voucher));
            ensure(again.is_none(), || format!("claimed, and still there: {again:?}"))?;
        }
        Ok(())
    }

    fn causes(&self) -> Checked {
        for event in self.events.iter().filter(|event| event.verdict == Verdict::Interrupted) {
            let cause = |other: &Event| other.number != event.number && other.called < event.answered;
            let caused = self.enders().any(cause) || self.renewals().any(cause);
            ensure(caused || self.faulty, || {
                format!("request {} ({:?}) is answered with 409 without a cause", event.number, event.act)
            })?;
        }
        Ok(())
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}
