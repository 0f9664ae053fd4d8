//! Applying one request's changes to a record: once to the record it loaded, again to a newer one if another request
//! was faster. Pure: a record and changes in, a text out.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::change::{Change, Changes, Encoded, MANY, Step, Value, check_version};
use super::lifetime::Lifetime;
use super::record::{Opened, Stored, VERSION_FIELD, is_expired, live, put_note};
use crate::data::RESERVED_KEY;
use crate::devalue::{Document, Field, MapWriter, Node};
use crate::{Error, ErrorKind};

/// `base` with `changes` applied, or `None` where that would store nothing new.
///
/// Entries that were not changed are carried over as they are, unknown fields included; expired ones are left out.
/// Stored order is kept, new keys come last.
///
/// # Errors
/// The stored form cannot hold the result (`Unstorable`, `Corrupt`), or a change would replace a value of a newer version
/// than whoever made it knows (`Newer`).
pub(crate) fn apply(
    base: Option<&Opened>,
    changes: &Changes,
    lifetime: Lifetime,
    now: u64,
) -> Result<Option<Document>, Error> {
    let nothing = |key| base.and_then(|base| base.get(key, now)).is_none();
    let changes_nothing = changes.iter().all(|(key, change)| change.value.is_none() && nothing(key));
    if changes_nothing && base.is_none_or(|base| changes.lifetime(base.lifetime()) == base.lifetime()) {
        return Ok(None);
    }
    let document = write(base, changes, lifetime, now)?;
    Ok(Some(document).filter(|new| base.is_none_or(|base| base.record.text() != &**new.text())))
}

/// The whole record, changed or not: what a new id starts with.
///
/// # Errors
/// As [`apply`].
pub(crate) fn write(
    base: Option<&Opened>,
    changes: &Changes,
    lifetime: Lifetime,
    now: u64,
) -> Result<Document, Error> {
    let note = lifetime.fields();
    // What another program may have put in the note's place is carried over until a note has to say something new.
    let is_news = base.is_some_and(|base| base.lifetime().remembered != lifetime.remembered);
    let stored = || base.into_iter().flat_map(Opened::entries);
    let mut writer = MapWriter::with_capacity(stored().count(), changes.len() + 1);
    let mut has_note = note.is_empty();
    for (key, entry) in stored() {
        match changed(changes, key) {
            Some((name, change)) => {
                let version = live(entry, now).and_then(|stored| stored.version);
                check_version(name, version, change.knows)?;
                put(&mut writer, name, change);
            }
            None if is_news && key.is_str(RESERVED_KEY) => {
                if !std::mem::replace(&mut has_note, true) {
                    put_note(&mut writer, &note);
                }
            }
            None => {
                has_note = has_note || key.is_str(RESERVED_KEY);
                if !is_expired(entry, now) {
                    writer.keep(key, entry);
                }
            }
        }
    }
    if !has_note {
        put_note(&mut writer, &note);
    }
    let known: Option<HashSet<_>> =
        (changes.len() >= MANY).then(|| stored().filter_map(|(name, _)| name.as_str()).collect());
    for (key, change) in changes.iter() {
        let is_known = match &known {
            Some(known) => known.contains(key),
            None => stored().any(|(name, _)| name.is_str(key)),
        };
        if !is_known {
            put(&mut writer, key, change);
        }
    }
    writer.finish().map_err(corrupt)
}

/// What is to happen to a stored key.
fn changed<'a>(changes: &'a Changes, key: Node<'_>) -> Option<(&'a str, &'a Change)> {
    // A few are compared with the text as it stands there.
    if changes.len() < MANY {
        return changes.iter().find(|(changed, _)| key.is_str(changed));
    }
    changes.find(&key.as_str()?)
}

/// Runs every `update` of `changes` again, on `base`.
///
/// # Errors
/// A closure panicked, or the value it now meets is of another type.
pub(crate) fn rerun(base: &Opened, changes: &mut Changes, now: u64) -> Result<(), Error> {
    for (key, change) in changes.iter_mut().filter(|(_, change)| !change.steps.is_empty()) {
        let stored = base.get(key, now);
        let expires = stored.map_or(change.fresh_expires, |stored| stored.expires);
        let mut encoded = None;
        for (nth, step) in change.steps.iter_mut().enumerate() {
            encoded = match (nth, encoded) {
                (0, _) => run(step, stored)?,
                (_, None) => run(step, None)?,
                (_, Some(Encoded { document, version })) => {
                    run(step, Some(Stored { data: document.root(), expires, version }))?
                }
            };
        }
        change.value = encoded.map(|encoded| Value { encoded, expires });
    }
    Ok(())
}

/// Whether a key that must not be changed by others meanwhile was changed between two records.
pub(crate) fn interrupted_key(old: &Opened, new: &Opened, changes: &Changes, now: u64) -> Option<String> {
    let value =
        |record: &Opened, key: &str| record.get(key, now).and_then(|stored| stored.data.to_text().ok());
    changes
        .iter()
        .find(|(key, change)| change.interrupts && value(old, key) != value(new, key))
        .map(|(key, _)| key.to_owned())
}

fn run(step: &mut Step, current: Option<Stored<'_>>) -> Result<Option<Encoded>, Error> {
    catch_unwind(AssertUnwindSafe(|| step(current))).unwrap_or_else(|_| Err(Error::new(ErrorKind::Panicked)))
}

fn put<'a>(writer: &mut MapWriter<'a>, key: &'a str, change: &'a Change) {
    if let Some(value) = &change.value {
        let Encoded { document, version } = &value.encoded;
        let data = ("data", Field::Node(document.root()));
        let expires = ("expires", value.expires.map_or(Field::Undefined, Field::Number));
        match version {
            None => writer.put(key, &[data, expires]),
            Some(version) => {
                let version = (VERSION_FIELD, Field::Number(f64::from(*version)));
                writer.put(key, &[data, expires, version]);
            }
        }
    }
}

fn corrupt(error: crate::devalue::Error) -> Error {
    Error::with_source(ErrorKind::Corrupt, error)
}
