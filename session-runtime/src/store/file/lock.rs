//! Locks between threads and processes: 256 files, each standing for the keys that fall on it.
//!
//! The threads of one store queue for a lock in memory, where whoever is next is woken at once. Only that one looks
//! whether another process holds the file, again and again: a file lock that is waited for in the system cannot be given
//! up after a while.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::disk::Modes;
use super::failure::found;
use super::folder::Folder;
use crate::StoreKey;

/// How the names of locks end.
pub(super) const LOCK: &str = ".lock";

/// How long a lock is waited for: an operation that another process keeps waiting fails, and gives its thread back.
const PATIENCE: Duration = Duration::from_secs(2);
const SHORTEST_PAUSE: Duration = Duration::from_micros(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(1);

/// Which of the locks a key falls on: FNV-1a. Processes of different releases use one folder, so this never changes.
pub(super) fn stripe(key: &StoreKey) -> u8 {
    let fold = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let [a, b, c, d] = key.as_str().bytes().fold(0x811c_9dc5, fold).to_le_bytes();
    a ^ b ^ c ^ d
}

/// Whose turn it is among the threads of one store, for each lock.
#[derive(Clone)]
pub(super) struct Turns(Arc<[Turn; 256]>);

#[derive(Default)]
struct Turn {
    taken: Mutex<bool>,
    free: Condvar,
}

/// This thread's turn.
struct Taken {
    turns: Turns,
    stripe: u8,
}

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(std::array::from_fn(|_| Turn::default())))
    }
}

impl Turns {
    fn of(&self, stripe: u8) -> Option<&Turn> {
        self.0.get(usize::from(stripe))
    }

    fn wait(&self, stripe: u8, begun: Instant) -> io::Result<Taken> {
        if let Some(turn) = self.of(stripe) {
            let taken = turn.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let waited = turn.free.wait_timeout_while(taken, left, |taken| *taken);
            let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if *taken {
                return Err(too_long());
            }
            *taken = true;
        }
        Ok(Taken { turns: self.clone(), stripe })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(turn) = self.turns.of(self.stripe) {
            *turn.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
            turn.free.notify_one();
        }
    }
}

/// A lock that is held, until it is dropped or the process dies.
pub(super) struct Lock {
    file: File,
    turn: Taken,
}

impl Lock {
    /// Waits until this process and thread alone hold the lock.
    pub(super) fn acquire(folder: &Folder, stripe: u8, turns: &Turns) -> io::Result<Self> {
        let name = format!("{stripe:02x}{LOCK}");
        let begun = Instant::now();
        let turn = turns.wait(stripe, begun)?;
        loop {
            let file = open(folder, &name)?;
            wait_for(&file, begun)?;
            // The file may have been removed while it was waited for; then others lock another one.
            if is_linked(&file)? {
                return Ok(Self { file, turn });
            }
        }
    }

    pub(super) fn stripe(&self) -> u8 {
        self.turn.stripe
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file unlocks as well; doing it here counts also if a child process inherited the file.
        let _ = self.file.unlock();
    }
}

fn open(folder: &Folder, name: &str) -> io::Result<File> {
    let path = folder.path().join(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    Modes::PRIVATE.for_file(&mut options);
    folder.claim()?;
    match found(options.open(&path))? {
        Some(file) => Ok(file),
        // The folder was removed just now.
        None => {
            folder.claim()?;
            options.open(&path)
        }
    }
}

fn wait_for(file: &File, begun: Instant) -> io::Result<()> {
    let mut pause = SHORTEST_PAUSE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(cause)) => return Err(cause),
            Err(TryLockError::WouldBlock) if begun.elapsed() >= PATIENCE => return Err(too_long()),
            Err(TryLockError::WouldBlock) => thread::sleep(pause),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "another process or many threads have held it for 2 seconds")
}

#[cfg(unix)]
fn is_linked(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() > 0)
}

#[cfg(not(unix))]
fn is_linked(_: &File) -> io::Result<bool> {
    Ok(true)
}

/// The unfinished files of dead writers: all there are for a stripe, as long as its lock is held.
pub(super) fn remove_unfinished(folder: &Folder, turns: &Turns) -> io::Result<()> {
    let Some(entries) = found(fs::read_dir(folder.path()))? else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(stripe) = name.ends_with(super::disk::UNFINISHED).then(|| name.get(..2)).flatten() else {
            continue;
        };
        if let Ok(stripe) = u8::from_str_radix(stripe, 16) {
            let _lock = Lock::acquire(folder, stripe, turns)?;
            found(fs::remove_file(&path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::stripe;
    use crate::StoreKey;

    #[test]
    fn the_stripes_of_keys_are_fixed_for_ever() {
        let of = |text: &str| StoreKey::parse(text).map(|key| stripe(&key));
        // FNV-1a of "a" is e40c292c, of "abcdef" ff478a2a (reference values of the algorithm).
        assert_eq!(of("a"), Some(0xe4 ^ 0x0c ^ 0x29 ^ 0x2c));
        assert_eq!(of("abcdef"), Some(0xff ^ 0x47 ^ 0x8a ^ 0x2a));
    }
}
