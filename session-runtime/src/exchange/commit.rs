//! The commit: one request's changes, written so that no other writer's are lost and nothing destroyed comes back.
//!
//! Every write is conditional on the content that was read. On a conflict the same changes are applied to the newer
//! record. Whatever await this is dropped at, what is stored then is a legal state.

use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::budget::Budget;
use super::queue::Turn;
use crate::devalue::Document;
use crate::state::{
    Changes, Doomed, Encoded, Lifetime, Live, Opened, Reading, Target, Work, apply, interrupted_key,
    moved_marker, rerun, write,
};
use crate::{Delete, DeleteIf, Error, ErrorKind, Expiry, Put, PutIf, Record, SessionId, StoreKey, log};

/// How long a renewed id still leads requests that were under way to the notice that it was renewed, in milliseconds.
const MARKER_LIFE_MS: u64 = 60_000;

/// How often a write is tried that fails with nothing done, within a tenth of a second or so. A failure that lasts longer
/// is told with its cause.
const ATTEMPTS: u32 = 8;

/// How many renewals a `destroy` follows.
const MAX_HOPS: usize = 16;

pub(super) struct Commit<'a> {
    shared: &'a Shared,
    budget: &'a Budget<'a>,
}

/// The record a put was based on, and what is stored after it; the same one where nothing had to be written.
struct Written {
    before: Arc<Live>,
    after: Arc<Live>,
}

/// One conditional write.
#[derive(Clone, Copy)]
struct Write<'w> {
    key: &'w StoreKey,
    condition: PutIf<'w>,
    record: &'w Record,
    expiry: Expiry,
}

/// What became of the record that a new id is to replace.
enum OldId {
    Claimed,
    Changed(Record),
    Gone,
}

impl<'a> Commit<'a> {
    pub(super) fn new(shared: &'a Shared, budget: &'a Budget<'a>) -> Self {
        Self { shared, budget }
    }

    /// Makes changes that were made before their session was stored, or moved, ones to what is stored now.
    pub(super) fn move_to(&self, work: &mut Work, live: Arc<Live>) -> Result<(), Error> {
        rerun(&live.opened, &mut work.changes, self.shared.now())?;
        work.base = Some(live);
        Ok(())
    }

    /// Does all of `work` and gives the session that is stored afterwards. Deletions that came through leave `work`.
    pub(super) async fn run(&self, work: &mut Work) -> Result<Option<Arc<Live>>, Error> {
        while let Some(doomed) = work.doomed.last() {
            // What is rare has its memory apart, so that what is frequent needs little.
            Box::pin(self.destroy(doomed.clone())).await?;
            work.doomed.pop();
        }
        let bytes = work.base.as_ref().map_or(0, |live| live.opened.record.text().len());
        match self.write_session(work).await {
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                Box::pin(self.start_over(&mut work.changes, bytes, &error)).await
            }
            outcome => outcome,
        }
    }

    async fn write_session(&self, work: &mut Work) -> Result<Option<Arc<Live>>, Error> {
        let Work { base, changes, renew, fresh, .. } = work;
        match (base.take(), fresh) {
            (None, None) => Ok(None),
            (None, Some(id)) => self.create(changes, id).await,
            (Some(live), Some(id)) if *renew => Box::pin(self.renew(changes, live, *id)).await.map(Some),
            (Some(live), _) => Ok(Some(self.rewrite(changes, live, false).await?.after)),
        }
    }

    /// The stored record cannot be carried over: a part of it that nobody asked for is damaged, or another program has
    /// put something else in its place. It stays for whoever looks into it, and the changes go into a session of their
    /// own, as those of a request do that finds its session unreadable from the start.
    async fn start_over(
        &self,
        changes: &mut Changes,
        bytes: usize,
        error: &Error,
    ) -> Result<Option<Arc<Live>>, Error> {
        if let Some(codec) = error.codec() {
            log::corrupt_record(bytes, codec);
        }
        let nothing = Opened::read(Record::new(r#"[["Map"]]"#), self.shared.config.limits());
        if let Ok(Reading::Session(nothing)) = nothing {
            rerun(&nothing, changes, self.shared.now())?;
        }
        self.create(changes, &SessionId::random()).await
    }

    /// Removes a key and gives its value, to one caller only.
    pub(super) async fn claim(
        &self,
        live: Arc<Live>,
        target: Target,
    ) -> Result<(Arc<Live>, Option<Encoded>), Error> {
        let key = target.key.clone();
        let mut changes = Changes::default();
        changes.replace(Target { interrupts: false, ..target }, None);
        let Written { before, after } = self.rewrite(&mut changes, live, true).await?;
        if Arc::ptr_eq(&before, &after) {
            return Ok((after, None));
        }
        let Some(stored) = before.opened.get(&key, self.shared.now()) else { return Ok((after, None)) };
        let document = stored.data.to_document().map_err(|error| Error::mismatch(key, error))?;
        let encoded = Encoded { document, version: stored.version };
        Ok((after, Some(encoded)))
    }

    async fn create(&self, changes: &mut Changes, id: &SessionId) -> Result<Option<Arc<Live>>, Error> {
        let now = self.shared.now();
        let lifetime = self.lifetime(Lifetime::default(), changes, now);
        let Some(document) = apply(None, changes, lifetime, now)? else { return Ok(None) };
        let (opened, expiry) = self.checked(document, lifetime, now)?;
        let new = Arc::new(Live { id: *id, key: self.shared.config.key(id), opened });
        let (key, record) = (&new.key, &new.opened.record);
        match self.put(Write { key, condition: PutIf::Absent, record, expiry }, true).await? {
            Put::Stored => Ok(Some(stored(new, expiry))),
            // Nobody else knows this id: an attempt before this one has come through, though nobody could say so. There may be
            // more changes by now, and it may be another millisecond.
            Put::Conflict(Some(current)) => {
                let before = self.opened(*id, *key, &current)?;
                Ok(Some(Box::pin(self.rewrite(changes, before, false)).await?.after))
            }
            Put::Conflict(None) => Err(interrupted("the new session's id is taken; send the request again")),
        }
    }

    /// Writes `changes` into the stored session. `once`: a lost answer must not lead to a second write.
    async fn rewrite(&self, changes: &mut Changes, live: Arc<Live>, once: bool) -> Result<Written, Error> {
        let mut turn = self.turn(&live.key).await?;
        // A put proves what is stored. Where there is none, what the writer before has left is not enough: other processes
        // write too, and this request may have read something newer.
        let (mut before, mut is_hearsay) = self.catch_up(changes, live, &mut turn)?;
        let replayable = !once && !changes.has_updates();
        let mut conflicts = 0;
        loop {
            let Some((new, expiry)) = self.rewritten(changes, &before)? else {
                if !is_hearsay {
                    return Ok(Written { after: Arc::clone(&before), before });
                }
                let Some(current) = Box::pin(self.loaded(&before.key)).await? else { break };
                (before, is_hearsay) = (self.rebase(changes, &before, &current)?, false);
                continue;
            };
            let (condition, record) = (PutIf::Unchanged(&before.opened.record), &new.opened.record);
            match self.put(Write { key: &before.key, condition, record, expiry }, replayable).await? {
                Put::Stored => {
                    turn.end(record);
                    return Ok(Written { before, after: stored(new, expiry) });
                }
                Put::Conflict(None) => break,
                Put::Conflict(Some(current)) => {
                    conflicts += 1;
                    Box::pin(self.budget.back_off(conflicts)).await?;
                    (before, is_hearsay) = (self.rebase(changes, &before, &current)?, false);
                }
            }
        }
        Err(interrupted("it was destroyed meanwhile; nothing was written"))
    }

    /// What is stored at a key.
    async fn loaded(&self, key: &StoreKey) -> Result<Option<Record>, Error> {
        self.budget.wait(self.shared.store.load(key)).await
    }

    /// What is to be stored in place of `before`, if that is something else.
    fn rewritten(&self, changes: &Changes, before: &Live) -> Result<Option<(Arc<Live>, Expiry)>, Error> {
        let (old, now) = (&before.opened, self.shared.now());
        let lifetime = self.lifetime(old.lifetime(), changes, now);
        let Some(document) = apply(Some(old), changes, lifetime, now)? else { return Ok(None) };
        let (opened, expiry) = self.checked(document, lifetime, now)?;
        Ok(Some((Arc::new(Live { id: before.id, key: before.key, opened }), expiry)))
    }

    /// Moves the session to a new id: the data first, then the old id is given up, on the condition that its record is
    /// still the one that was copied.
    async fn renew(&self, changes: &mut Changes, live: Arc<Live>, id: SessionId) -> Result<Arc<Live>, Error> {
        let mut turn = self.turn(&live.key).await?;
        let (mut base, _) = self.catch_up(changes, live, &mut turn)?;
        let key = self.shared.config.key(&id);
        let (mut new, mut expiry) = self.copied(changes, &base)?;
        let mut copy: Option<Record> = None;
        for conflicts in 1.. {
            let condition = copy.as_ref().map_or(PutIf::Absent, PutIf::Unchanged);
            let copying = Write { key: &key, condition, record: &new.record, expiry };
            match self.put(copying, true).await? {
                Put::Stored => {}
                // As in `create`.
                Put::Conflict(Some(current)) if copy.is_none() => {
                    copy = Some(current);
                    continue;
                }
                Put::Conflict(_) => {
                    return Err(interrupted("the new id is taken; send the request again"));
                }
            }
            match self.give_up_old_id(&base, &key).await? {
                OldId::Claimed => return Ok(stored(Arc::new(Live { id, key, opened: new }), expiry)),
                OldId::Gone => break,
                OldId::Changed(current) => {
                    self.budget.back_off(conflicts).await?;
                    let rebased = self.rebase(changes, &base, &current);
                    let next = rebased.and_then(|base| Ok((self.copied(changes, &base)?, base)));
                    copy = Some(new.record);
                    ((new, expiry), base) = match next {
                        Ok(next) => next,
                        Err(error) => {
                            self.budget.wait(self.shared.store.delete(&key, DeleteIf::Any)).await?;
                            return Err(error);
                        }
                    };
                }
            }
        }
        self.budget.wait(self.shared.store.delete(&key, DeleteIf::Any)).await?;
        Err(interrupted("it was destroyed or renewed by another request; nothing was written"))
    }

    /// What a new id is to lead to.
    fn copied(&self, changes: &Changes, base: &Live) -> Result<(Opened, Expiry), Error> {
        let now = self.shared.now();
        let lifetime = self.lifetime(base.opened.lifetime(), changes, now);
        let document = write(Some(&base.opened), changes, lifetime, now)?;
        self.checked(document, lifetime, now)
    }

    async fn give_up_old_id(&self, base: &Live, new_key: &StoreKey) -> Result<OldId, Error> {
        let current = if self.shared.config.astro {
            match self.delete(&base.key, &base.opened.record).await? {
                Delete::Deleted => return Ok(OldId::Claimed),
                Delete::Missing => None,
                Delete::Conflict(current) => Some(current),
            }
        } else {
            let until = self.shared.now().saturating_add(MARKER_LIFE_MS);
            let marker = moved_marker(new_key, until)
                .map_err(|error| Error::with_source(ErrorKind::Corrupt, error))?;
            let condition = PutIf::Unchanged(&base.opened.record);
            let expiry = Expiry::After(Duration::from_millis(MARKER_LIFE_MS));
            match self.put(Write { key: &base.key, condition, record: &marker, expiry }, true).await? {
                Put::Stored => return Ok(OldId::Claimed),
                Put::Conflict(current) => current,
            }
        };
        Ok(match current {
            Some(current) if self.moved_to(&current).is_none() => OldId::Changed(current),
            _ => OldId::Gone,
        })
    }

    /// Deletes a session, wherever it has moved to. Markers stay: they lead nowhere and expire by themselves.
    async fn destroy(&self, doomed: Doomed) -> Result<(), Error> {
        let store = &self.shared.store;
        let Doomed { mut key, mut record } = doomed;
        for _ in 0..MAX_HOPS {
            let current = match record.take() {
                Some(record) => record,
                None => match self.loaded(&key).await? {
                    Some(record) => record,
                    None => return Ok(()),
                },
            };
            if let Some(target) = self.moved_to(&current) {
                key = target;
                continue;
            }
            match self.budget.wait(store.delete(&key, DeleteIf::Unchanged(&current))).await? {
                Delete::Deleted | Delete::Missing => return Ok(()),
                Delete::Conflict(newer) => record = Some(newer),
            }
        }
        // Somebody writes to it without a pause: no more conditions.
        self.budget.wait(store.delete(&key, DeleteIf::Any)).await.map(|_| ())
    }

    /// A put whose outcome is known: after a failure the store is asked what it holds. Where the changes cannot be
    /// replayed, finding their text proves nothing: another request may have written the same one.
    async fn put(&self, write: Write<'_>, replayable: bool) -> Result<Put, Error> {
        let Write { key, condition, record, expiry } = write;
        for attempt in 1.. {
            let answer = self.budget.wait(self.shared.store.put(key, condition, record, expiry)).await;
            let (current, failure) = match answer {
                // The attempt before may have arrived after all, so that the conflict is with itself.
                Ok(Put::Conflict(current)) if attempt > 1 => (current, None),
                Ok(put) => return Ok(put),
                Err(error) if error.kind() == ErrorKind::TooLarge || error.is_refusal() => return Err(error),
                Err(error) => {
                    if attempt == 1 {
                        log::store_failed("writing", &error);
                    }
                    let unknown = |error| {
                        if replayable { error } else { Error::with_source(ErrorKind::Indeterminate, error) }
                    };
                    // In place of `loaded`, whose future every commit would have room for.
                    (self.budget.wait(self.shared.store.load(key)).await.map_err(unknown)?, Some(error))
                }
            };
            match (current, condition) {
                (Some(current), _) if replayable && current.same_content(record) => return Ok(Put::Stored),
                (None, PutIf::Absent) => {}
                (Some(current), PutIf::Unchanged(old)) if current.same_content(old) => {}
                (None, PutIf::Unchanged(_)) => return Ok(Put::Conflict(None)),
                (current, _) if replayable => return Ok(Put::Conflict(current)),
                _ => return Err(Error::new(ErrorKind::Indeterminate)),
            }
            if let Some(failure) = failure.filter(|_| attempt == ATTEMPTS) {
                return Err(failure);
            }
            Box::pin(self.budget.back_off(attempt)).await?;
        }
        Err(Error::new(ErrorKind::Indeterminate))
    }

    /// A conditional delete whose outcome is known, but for one case: where nothing is left after a failure, another
    /// request may have deleted it, and that is the safe thing to assume.
    async fn delete(&self, key: &StoreKey, record: &Record) -> Result<Delete, Error> {
        for attempt in 1.. {
            let call = self.shared.store.delete(key, DeleteIf::Unchanged(record));
            let failure = match self.budget.wait(call).await {
                Ok(delete) => return Ok(delete),
                Err(error) => error,
            };
            if attempt == 1 {
                log::store_failed("deleting", &failure);
            }
            match self.loaded(key).await? {
                None => return Ok(Delete::Missing),
                Some(current) if !current.same_content(record) => return Ok(Delete::Conflict(current)),
                Some(_) if attempt == ATTEMPTS || failure.is_refusal() => return Err(failure),
                Some(_) => self.budget.back_off(attempt).await?,
            }
        }
        Err(Error::new(ErrorKind::Indeterminate))
    }

    async fn turn(&self, key: &StoreKey) -> Result<Turn<'a>, Error> {
        match self.shared.queue.try_turn(key) {
            Some(turn) => Ok(turn),
            // As for what is rare in `run`.
            None => Box::pin(self.budget.queue(self.shared.queue.turn(key))).await,
        }
    }

    /// Starts from what the writer before in this process left, which spares a conflict; and whether it did.
    fn catch_up(
        &self,
        changes: &mut Changes,
        live: Arc<Live>,
        turn: &mut Turn<'_>,
    ) -> Result<(Arc<Live>, bool), Error> {
        match turn.take() {
            // A key that interrupts is compared with what is stored, and with nothing older.
            Some(last) if !changes.interrupts() && !last.same_content(&live.opened.record) => {
                Ok((self.rebase(changes, &live, &last)?, true))
            }
            _ => Ok((live, false)),
        }
    }

    /// The same changes on a newer record.
    fn rebase(&self, changes: &mut Changes, old: &Live, current: &Record) -> Result<Arc<Live>, Error> {
        let now = self.shared.now();
        let live = self.opened(old.id, old.key, current)?;
        if let Some(key) = interrupted_key(&old.opened, &live.opened, changes, now) {
            let hint = "another request changed it, and the key is declared `on_conflict = \"interrupt\"`";
            return Err(Error::for_key(ErrorKind::Interrupted, key, hint));
        }
        rerun(&live.opened, changes, now)?;
        Ok(live)
    }

    fn opened(&self, id: SessionId, key: StoreKey, record: &Record) -> Result<Arc<Live>, Error> {
        match Opened::read(record.clone(), self.shared.config.limits()) {
            Ok(Reading::Session(opened)) => Ok(Arc::new(Live { id, key, opened })),
            Ok(Reading::Moved(..)) => {
                Err(interrupted("its id was replaced by another request; nothing was written"))
            }
            Ok(Reading::Empty) => Err(interrupted("it was emptied by another program; nothing was written")),
            Err(error) => Err(Error::unreadable(error)),
        }
    }

    fn moved_to(&self, record: &Record) -> Option<StoreKey> {
        match Opened::read(record.clone(), self.shared.config.limits()) {
            Ok(Reading::Moved(target, _)) => Some(target),
            _ => None,
        }
    }

    /// What is to be stored, and for how long: nothing that could not be read back.
    fn checked(&self, document: Document, lifetime: Lifetime, now: u64) -> Result<(Opened, Expiry), Error> {
        let config = &self.shared.config;
        let limits = config.limits();
        if !document.is_within(limits) {
            let hint = "store less in the session, or raise `SessionConfig::max_bytes`";
            return Err(Error::hinted(ErrorKind::TooLarge, hint));
        }
        let expiry = config.expiry(lifetime, now);
        let expiry = expiry.ok_or_else(|| interrupted("its time was over; nothing was written"))?;
        Ok((Opened::written(document, lifetime, limits), expiry))
    }

    /// The lifetime to be stored, with a creation time where one is needed. A session that has none was made before absolute
    /// expiry was turned on, or by another program: it counts from its first commit here.
    fn lifetime(&self, stored: Lifetime, changes: &Changes, now: u64) -> Lifetime {
        let created = stored.created.or(self.shared.config.absolute.map(|_| now));
        Lifetime { created, ..changes.lifetime(stored) }
    }
}

/// The session as it is stored once its write has come through.
fn stored(mut live: Arc<Live>, expiry: Expiry) -> Arc<Live> {
    if let (Expiry::After(time), Some(Live { opened, .. })) = (expiry, Arc::get_mut(&mut live)) {
        opened.record.remains(time);
    }
    live
}

fn interrupted(hint: &'static str) -> Error {
    Error::hinted(ErrorKind::Interrupted, hint)
}
