//! The file store: one file per session, safe between processes.

mod blocking;
mod disk;
mod expiry;
mod failure;
mod folder;
mod lock;
mod sweep;

#[cfg(feature = "tokio")]
use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
#[cfg(feature = "tokio")]
use std::time::Duration;

use self::blocking::run;
use self::disk::{Disk, Layout};
use self::sweep::Pass;
use super::{Delete, DeleteIf, Expiry, Put, PutIf, Record, Store, StoreFuture, Touch};
#[cfg(feature = "tokio")]
use crate::log;
use crate::{Clock, Error, StoreKey};

/// How many directory entries one piece of a sweep looks at.
const BATCH: usize = 1000;

/// Keeps each session in a file of its own, in one directory: for services without a server beside them.
///
/// Any number of processes may use one directory at the same time. A record is replaced as a whole by a rename, so
/// that no reader ever sees a part of it, and what was acknowledged survives the death of the process; with
/// [`fsync`](Self::fsync) it also survives a power failure.
///
/// | | [`new`](Self::new) | [`astro`](Self::astro) |
/// |---|---|---|
/// | file name | the store key | the same: Astro's `<base>/<id>` |
/// | permissions of files, directory | 600, 700 | 644, 755 (less the umask), as Astro makes them |
/// | expiry | the modification time of the file | none: Astro's files say nothing about it |
///
/// The directory is made by the first put, and again if it was removed: then its sessions are gone, which is no error.
/// Everything else is one. Locks and unfinished files lie beside it, in `<directory>.session-locks` (see
/// [`lock_folder`](Self::lock_folder)), so that other programs meet nothing but sessions. That folder must not be
/// removed while a process uses the store. It is the process's user's alone: one that belongs to somebody else, or is a
/// link, is refused, as whoever may write there could forge sessions. Locks are the system's advisory file locks: use a local filesystem, one
/// that tells upper from lower case.
///
/// **Expiry.** In our own layout a file's modification time is the moment it expires; 2000-01-01T00:00:00Z stands for
/// "never", as does any moment after 2106. So do not point `new` at a directory that Astro writes to: what Astro
/// writes would seem to be expired. Tools that copy the files must keep the times (`cp -p`, `rsync -t`).
///
/// **Sweeping.** A put of a new session looks at a few other files and removes those that have expired; that bounds
/// the garbage while sessions are being made. For the rest let a task call [`sweep_every`](Self::sweep_every), or call
/// [`sweep`](Self::sweep) now and then:
///
/// ```no_run
/// # #[cfg(feature = "tokio")]
/// # fn example() {
/// let store = session_runtime::FileStore::new("/var/lib/shop/sessions");
/// tokio::spawn(store.clone().sweep_every(std::time::Duration::from_secs(3600)));
/// # }
/// ```
///
/// **Threads.** With the feature `tokio` and inside a tokio runtime file operations run on its blocking threads; the
/// way there and back costs tens of microseconds. Elsewhere they run where the future is polled. An operation that has
/// begun runs to its end even if its future is dropped, so it happens as a whole or not at all. None waits longer
/// than 2 seconds for a lock that another process, or many threads of this one, hold.
///
/// Cloning gives another handle to the same directory.
///
/// ```
/// use session_runtime::{Expiry, FileStore, PutIf, Record, SessionId, Store, StoreKey};
///
/// # async fn example() -> Result<(), session_runtime::Error> {
/// let store = FileStore::new("/var/lib/shop/sessions");
/// let key = StoreKey::hashed(&SessionId::random());
/// store.put(&key, PutIf::Absent, &Record::new("text"), Expiry::Never).await?;
/// assert_eq!(store.load(&key).await?.expect("just put").text(), "text");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FileStore {
    disk: Arc<Disk>,
}

impl FileStore {
    /// A store in `directory`, in our own layout. Nothing is touched before it is used.
    ///
    /// ```
    /// let store = session_runtime::FileStore::new("/var/lib/shop/sessions");
    /// ```
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { disk: Arc::new(Disk::new(directory.into(), Layout::Own)) }
    }

    /// A store in a directory that an Astro application uses too, with its driver `fs` or `fs-lite` and this directory
    /// as `base`. Let both run as the same user.
    ///
    /// Nothing expires here, whatever is asked for, since a file of Astro's does not say when it expires. Astro writes
    /// in place: a file that looks half written and was changed less than 200 ms ago is read again until it is whole.
    /// What Astro writes while a put is under way is lost, as Astro knows of no lock.
    ///
    /// ```
    /// let store = session_runtime::FileStore::astro("../front/.astro/session");
    /// ```
    #[must_use]
    pub fn astro(directory: impl Into<PathBuf>) -> Self {
        Self { disk: Arc::new(Disk::new(directory.into(), Layout::Astro)) }
    }

    /// The same store, reading the time from `clock`. Handles cloned before keep theirs.
    ///
    /// ```
    /// use session_runtime::{FileStore, testing::ManualClock};
    ///
    /// let store = FileStore::new("/var/lib/shop/sessions").clock(ManualClock::at(0).clock());
    /// ```
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.with(|disk| disk.clock = clock)
    }

    /// The same store, which acknowledges a change only when it is on the disk and so survives a power failure too.
    /// Off by default: it costs milliseconds for each change.
    ///
    /// ```
    /// let store = session_runtime::FileStore::new("/var/lib/shop/sessions").fsync(true);
    /// ```
    #[must_use]
    pub fn fsync(self, fsync: bool) -> Self {
        self.with(|disk| disk.fsync = fsync)
    }

    /// The same store with its locks and unfinished files in `folder`, and not in `<directory>.session-locks`.
    ///
    /// It must be on the filesystem of the directory: where the directory is a mounted volume, put both into the
    /// volume. All processes that use the directory must use the same folder, and no other directory may. The folder is
    /// made with the permissions 700. One that is there already must belong to the process's user, and if others may
    /// write to it, it is closed to them.
    ///
    /// ```
    /// let store = session_runtime::FileStore::new("/volume/sessions").lock_folder("/volume/locks");
    /// ```
    #[must_use]
    pub fn lock_folder(self, folder: impl Into<PathBuf>) -> Self {
        self.with(|disk| disk.lock_in(folder.into()))
    }

    /// Removes the files of expired sessions and what killed processes left unfinished, and says how many sessions it
    /// removed. It looks again under the lock before it removes one, so a session that is written or touched meanwhile
    /// stays. Dropping the future stops it after at most 1,000 files.
    ///
    /// It removes only files whose names are keys of this library, and none whose modification time was not set on
    /// purpose. In Astro's layout no session is removed.
    ///
    /// # Errors
    /// The directory could not be read, or some files could not be removed; the others were.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), session_runtime::Error> {
    /// let removed = session_runtime::FileStore::new("/var/lib/shop/sessions").sweep().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn sweep(&self) -> Result<usize, Error> {
        let disk = Arc::clone(&self.disk);
        let mut pass = run(move || Pass::begin(&disk)).await?;
        loop {
            let disk = Arc::clone(&self.disk);
            let (next, more) = run(move || {
                let more = pass.step(&disk, BATCH);
                Ok((pass, more))
            })
            .await?;
            if !more {
                return next.finish();
            }
            pass = next;
        }
    }

    /// Sweeps at once, and then each time `interval` has passed since the last sweep, for as long as it is polled: give
    /// it to a task of its own, and abort the task to stop it. Any number of processes may do so. A sweep that fails is
    /// logged, and the next one tries again.
    ///
    /// # Panics
    /// Outside a tokio runtime whose timer is on.
    ///
    /// ```no_run
    /// let store = session_runtime::FileStore::new("/var/lib/shop/sessions");
    /// # async fn example(store: session_runtime::FileStore) {
    /// let sweeper = tokio::spawn(store.clone().sweep_every(std::time::Duration::from_secs(3600)));
    /// sweeper.abort();
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    pub async fn sweep_every(self, interval: Duration) -> Infallible {
        loop {
            if let Err(error) = self.sweep().await {
                log::store_failed("sweeping", &error);
            }
            tokio::time::sleep(interval).await;
        }
    }

    fn with(self, change: impl FnOnce(&mut Disk)) -> Self {
        let mut disk = Arc::unwrap_or_clone(self.disk);
        change(&mut disk);
        Self { disk: Arc::new(disk) }
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("directory", &self.disk.directory()).finish_non_exhaustive()
    }
}

impl Store for FileStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Record>> {
        let (disk, key) = (Arc::clone(&self.disk), *key);
        run(move || disk.load(&key))
    }

    fn put<'a>(
        &'a self,
        key: &'a StoreKey,
        condition: PutIf<'a>,
        record: &'a Record,
        expiry: Expiry,
    ) -> StoreFuture<'a, Put> {
        let (disk, key, record) = (Arc::clone(&self.disk), *key, record.clone());
        let expected = match condition {
            PutIf::Absent => None,
            PutIf::Unchanged(loaded) => Some(loaded.clone()),
        };
        run(move || {
            let put = disk.put(&key, expected.as_ref(), &record, expiry)?;
            if expected.is_none() && matches!(put, Put::Stored) {
                sweep::a_little(&disk);
            }
            Ok(put)
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey, condition: DeleteIf<'a>) -> StoreFuture<'a, Delete> {
        let (disk, key) = (Arc::clone(&self.disk), *key);
        let expected = match condition {
            DeleteIf::Any => None,
            DeleteIf::Unchanged(loaded) => Some(loaded.clone()),
        };
        run(move || disk.delete(&key, expected.as_ref()))
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, expiry: Expiry) -> StoreFuture<'a, Touch> {
        let (disk, key) = (Arc::clone(&self.disk), *key);
        run(move || disk.touch(&key, expiry))
    }
}
