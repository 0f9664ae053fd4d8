//! Removing what has expired, without racing anyone.

use std::fs::{self, Metadata, ReadDir};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::disk::{Disk, Layout};
use super::failure::{at, found};
use super::lock::{remove_unfinished, stripe};
use crate::{Error, SessionId, StoreKey};

/// How many files the put of a new session looks at: several times as many as it makes.
const GLANCE: usize = 4;
/// How often putting new sessions may start to go through the directory again.
const REST: Duration = Duration::from_secs(60);

/// One way through the directory.
#[derive(Debug)]
pub(super) struct Pass {
    entries: Option<ReadDir>,
    removed: usize,
    failed: Option<Error>,
}

impl Pass {
    pub(super) fn begin(disk: &Disk) -> Result<Self, Error> {
        let mut entries = None;
        if let Some(locks) = disk.locks()? {
            remove_unfinished(locks, &disk.turns).map_err(at("remove unfinished session files"))?;
            if disk.layout == Layout::Own {
                entries = found(fs::read_dir(disk.directory())).map_err(at("list the session directory"))?;
            }
        }
        Ok(Self { entries, removed: 0, failed: None })
    }

    /// Looks at up to `count` files, and says whether there are more. A failure is kept for the end.
    pub(super) fn step(&mut self, disk: &Disk, count: usize) -> bool {
        for _ in 0..count {
            let removed = match self.entries.as_mut().and_then(Iterator::next) {
                None => return false,
                Some(Ok(entry)) => remove_if_expired(disk, &entry.file_name(), || entry.metadata()),
                Some(Err(cause)) => Err(at("list the session directory")(cause)),
            };
            match removed {
                Ok(removed) => self.removed += usize::from(removed),
                Err(error) => self.failed = self.failed.take().or(Some(error)),
            }
        }
        true
    }

    pub(super) fn finish(self) -> Result<usize, Error> {
        self.failed.map_or(Ok(self.removed), Err)
    }
}

/// The pass that puts of new sessions take on, a few files each.
#[derive(Debug, Default)]
pub(super) struct Lazy {
    pass: Option<Pass>,
    begun: Option<Instant>,
}

/// Looks at a few files. The put has succeeded whatever becomes of this, so failures are left to the next `sweep`.
pub(super) fn a_little(disk: &Disk) {
    let Ok(mut lazy) = disk.lazy.try_lock() else { return };
    if lazy.pass.is_none() && lazy.begun.is_none_or(|begun| begun.elapsed() >= REST) {
        lazy.begun = Some(Instant::now());
        lazy.pass = Pass::begin(disk).ok();
    }
    if lazy.pass.as_mut().is_some_and(|pass| !pass.step(disk, GLANCE)) {
        lazy.pass = None;
    }
}

fn remove_if_expired(
    disk: &Disk,
    name: &std::ffi::OsStr,
    listed: impl FnOnce() -> io::Result<Metadata>,
) -> Result<bool, Error> {
    const REMOVE: &str = "remove an expired session file";
    let Some(key) = name.to_str().and_then(session_key) else { return Ok(false) };
    if !has_expired(disk, listed())? {
        return Ok(false);
    }
    let path = disk.directory().join(name);
    let _lock = disk.lock(stripe(&key))?;
    if !has_expired(disk, fs::symlink_metadata(&path))? {
        return Ok(false);
    }
    remove(&path).map_err(at(REMOVE))
}

fn remove(path: &Path) -> io::Result<bool> {
    Ok(found(fs::remove_file(path))?.is_some())
}

/// The key a file is named by, if it is one that this library makes: the hash of an id, or an id.
fn session_key(name: &str) -> Option<StoreKey> {
    let hashed = name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let named = hashed || name.parse::<SessionId>().is_ok();
    named.then(|| StoreKey::parse(name)).flatten()
}

fn has_expired(disk: &Disk, file: io::Result<Metadata>) -> Result<bool, Error> {
    let Some(file) = found(file).map_err(at("look for a session file"))? else { return Ok(false) };
    Ok(file.is_file() && was_dated(&file) && disk.until(&file)?.is_over(disk.clock.now_ms()))
}

/// Whether someone set the modification time: a file that was only written was changed and modified in one moment,
/// and a program that knows nothing of this library wrote it.
#[cfg(unix)]
fn was_dated(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (file.mtime(), file.mtime_nsec()) != (file.ctime(), file.ctime_nsec())
}

#[cfg(not(unix))]
fn was_dated(_: &Metadata) -> bool {
    true
}
