//! Applying one request's changes to a record: once to the record it loaded, again to a newer one if another request
//! was faster. Pure: a record and changes in, a text out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::change::{Change, Changes, Encoded, Step, Value, check_version};
use super::record::{Note, Opened, Stored, VERSION_FIELD, is_expired, live};
use crate::data::RESERVED_KEY;
use crate::devalue::{Document, Field, MapWriter};
use crate::{Error, ErrorKind};

/// The text of `base` with `changes` applied, or `None` where that would store nothing new.
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
    note: &Note,
    now: u64,
) -> Result<Option<String>, Error> {
    match differs(base, changes, now) {
        true => write(base, changes, note, now).map(Some),
        false => Ok(None),
    }
}

/// The whole record as a text, changed or not: what a new id starts with.
///
/// # Errors
/// As [`apply`].
pub(crate) fn write(
    base: Option<&Opened>,
    changes: &Changes,
    note: &Note,
    now: u64,
) -> Result<String, Error> {
    let note = note.to_text().map_err(corrupt)?;
    let mut writer = MapWriter::new();
    let mut noted = base.is_none();
    if noted {
        Note::put(&mut writer, &note);
    }
    let entries = base.into_iter().flat_map(Opened::entries);
    let mut written: Vec<&str> = Vec::new();
    for (key, entry) in entries {
        match changes.iter().find(|(changed, _)| key.is_str(changed)) {
            Some((name, change)) => {
                let version = live(entry, now).and_then(|stored| stored.version);
                check_version(name, version, change.knows)?;
                put(&mut writer, name, change);
                written.push(name);
            }
            None if is_expired(entry, now) => {}
            None => {
                noted |= key.is_str(RESERVED_KEY);
                writer.keep(key, entry);
            }
        }
    }
    if !noted {
        Note::put(&mut writer, &note);
    }
    for (key, change) in changes.iter().filter(|(key, _)| !written.contains(key)) {
        put(&mut writer, key, change);
    }
    writer.finish().map_err(corrupt)
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
                (_, Some(Encoded { text, version })) => {
                    let document = Document::parse(text).map_err(corrupt)?;
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

fn differs(base: Option<&Opened>, changes: &Changes, now: u64) -> bool {
    changes.iter().any(|(key, change)| {
        let stored = base.and_then(|base| base.get(key, now));
        match (&change.value, stored) {
            (None, None) => false,
            (Some(value), Some(stored)) => {
                value.expires != stored.expires
                    || value.encoded.version != stored.version
                    || stored.data.to_text().ok().as_deref() != Some(&*value.encoded.text)
            }
            _ => true,
        }
    })
}

fn put<'a>(writer: &mut MapWriter<'a>, key: &str, change: &'a Change) {
    if let Some(value) = &change.value {
        let Encoded { text, version } = &value.encoded;
        let expires = value.expires.map_or(Field::Undefined, Field::Number);
        let fields = [("data", Field::Text(text)), ("expires", expires)];
        match version {
            None => writer.put(key, &fields),
            Some(version) => {
                let version = (VERSION_FIELD, Field::Number(f64::from(*version)));
                writer.put(key, &[fields[0], fields[1], version]);
            }
        }
    }
}

fn corrupt(error: crate::devalue::Error) -> Error {
    Error::with_source(ErrorKind::Corrupt, error)
}
