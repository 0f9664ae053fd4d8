//! The four operations on files. Everything here blocks.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use super::expiry::Until;
use super::failure::{at, found};
use super::folder::Folder;
use super::lock::{Lock, Turns, stripe};
use super::sweep::Lazy;
use crate::store::{Delete, Expiry, Put, Record, Touch};
use crate::{Clock, Error, ErrorKind, StoreKey};

/// How the names of files end that are not finished.
pub(super) const UNFINISHED: &str = ".tmp";

/// How long after its last change a file that looks half written may become whole.
const SETTLING: Duration = Duration::from_millis(200);
const GLANCES: u32 = 20;

/// Whose directory it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Own,
    /// Astro reads and writes here too: in place, without locks, without an expiry.
    Astro,
}

/// The permissions of what is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Modes {
    file: u32,
    folder: u32,
}

impl Modes {
    pub(super) const PRIVATE: Self = Self { file: 0o600, folder: 0o700 };
    const ASTRO: Self = Self { file: 0o644, folder: 0o755 };

    pub(super) fn for_file(self, options: &mut OpenOptions) {
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(options, self.file);
        #[cfg(not(unix))]
        let _ = (self.file, options);
    }

    pub(super) fn create_folder(self, folder: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, self.folder);
        #[cfg(not(unix))]
        let _ = self.folder;
        builder.create(folder)
    }
}

/// A directory of sessions.
#[derive(Clone)]
pub(super) struct Disk {
    directory: PathBuf,
    /// Known once the directory exists, as it stands beside the place that the directory's links lead to.
    locks: OnceLock<Folder>,
    pub(super) turns: Turns,
    pub(super) layout: Layout,
    pub(super) clock: Clock,
    pub(super) fsync: bool,
    pub(super) lazy: Arc<Mutex<Lazy>>,
    /// Makes the names of this store's unfinished files unique: a random part and a count.
    unique: (u64, Arc<AtomicU64>),
}

impl Disk {
    pub(super) fn new(directory: PathBuf, layout: Layout) -> Self {
        Self {
            directory: std::path::absolute(&directory).unwrap_or(directory),
            locks: OnceLock::new(),
            turns: Turns::default(),
            layout,
            clock: Clock::system(),
            fsync: false,
            lazy: Arc::default(),
            unique: (RandomState::new().hash_one(std::process::id()), Arc::default()),
        }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn lock_in(&mut self, folder: PathBuf) {
        self.locks = OnceLock::from(Folder::new(std::path::absolute(&folder).unwrap_or(folder)));
    }

    pub(super) fn load(&self, key: &StoreKey) -> Result<Option<Record>, Error> {
        self.read(&self.path(key)?)
    }

    /// Puts `record` if what is stored is as `expected`, where none stands for absent.
    pub(super) fn put(
        &self,
        key: &StoreKey,
        expected: Option<&Record>,
        record: &Record,
        expiry: Expiry,
    ) -> Result<Put, Error> {
        let path = self.path(key)?;
        if expected.is_some() && self.status(&path)?.is_none() {
            return Ok(Put::Conflict(None));
        }
        let lock = self.lock(stripe(key))?;
        let current = self.read(&path)?;
        let holds = match (expected, &current) {
            (None, None) => true,
            (Some(expected), Some(current)) => expected.same_content(current),
            _ => false,
        };
        if !holds {
            return Ok(Put::Conflict(current));
        }
        self.replace(&lock, &path, record, expiry)?;
        Ok(Put::Stored)
    }

    /// Deletes the record if it is as `expected`, where none stands for any.
    pub(super) fn delete(&self, key: &StoreKey, expected: Option<&Record>) -> Result<Delete, Error> {
        let path = self.path(key)?;
        if self.status(&path)?.is_none() {
            return Ok(Delete::Missing);
        }
        let _lock = self.lock(stripe(key))?;
        match expected {
            Some(expected) => match self.read(&path)? {
                None => return Ok(Delete::Missing),
                Some(current) if !expected.same_content(&current) => return Ok(Delete::Conflict(current)),
                Some(_) => {}
            },
            None if self.status(&path)?.is_none() => return Ok(Delete::Missing),
            None => {}
        }
        match found(fs::remove_file(&path)).map_err(at("remove a session file"))? {
            None => Ok(Delete::Missing),
            Some(()) => {
                self.sync_directory()?;
                Ok(Delete::Deleted)
            }
        }
    }

    pub(super) fn touch(&self, key: &StoreKey, expiry: Expiry) -> Result<Touch, Error> {
        const EXTEND: &str = "set the expiry of a session file";
        let path = self.path(key)?;
        let wanted = Until::after(self.clock.now_ms(), expiry);
        match self.status(&path)? {
            None => return Ok(Touch::Missing),
            Some(until) if until >= wanted => return Ok(Touch::Touched),
            Some(_) => {}
        }
        let _lock = self.lock(stripe(key))?;
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        let Some(file) = found(opened).map_err(at(EXTEND))? else { return Ok(Touch::Missing) };
        let until = self.until(&file.metadata().map_err(at(EXTEND))?)?;
        if until.is_over(self.clock.now_ms()) {
            return Ok(Touch::Missing);
        }
        if until < wanted {
            file.set_modified(wanted.as_modified()).map_err(at(EXTEND))?;
            if self.fsync {
                file.sync_all().map_err(at("sync a session file to the disk"))?;
            }
        }
        Ok(Touch::Touched)
    }

    /// The file of a key. A key holds nothing but hex digits and hyphens; that it leaves the directory is ruled out
    /// here once more.
    fn path(&self, key: &StoreKey) -> Result<PathBuf, Error> {
        let name = key.as_str();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return Err(Error::new(ErrorKind::InvalidKey));
        }
        Ok(self.directory.join(name))
    }

    pub(super) fn lock(&self, stripe: u8) -> Result<Lock, Error> {
        let folder = match self.locks()? {
            Some(folder) => folder,
            None => {
                self.create_directory()?;
                let gone = || at("find the session directory")(io::ErrorKind::NotFound.into());
                self.locks()?.ok_or_else(gone)?
            }
        };
        Lock::acquire(folder, stripe, &self.turns).map_err(at("lock a session"))
    }

    /// The folder of the locks, or none if the directory does not exist.
    pub(super) fn locks(&self) -> Result<Option<&Folder>, Error> {
        const FIND: &str = "find the session directory";
        if let Some(folder) = self.locks.get() {
            return Ok(Some(folder));
        }
        let Some(directory) = found(fs::canonicalize(&self.directory)).map_err(at(FIND))? else {
            return Ok(None);
        };
        let Some(name) = directory.file_name() else {
            return Err(at(FIND)(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is the root of the filesystem",
            )));
        };
        let mut name: OsString = name.to_owned();
        name.push(".session-locks");
        Ok(Some(self.locks.get_or_init(|| Folder::new(directory.with_file_name(name)))))
    }

    fn create_directory(&self) -> Result<(), Error> {
        self.modes().create_folder(&self.directory).map_err(at("create the session directory"))
    }

    fn modes(&self) -> Modes {
        match self.layout {
            Layout::Own => Modes::PRIVATE,
            Layout::Astro => Modes::ASTRO,
        }
    }

    pub(super) fn until(&self, file: &Metadata) -> Result<Until, Error> {
        match self.layout {
            Layout::Own => Until::of(file).map_err(at("read the expiry of a session file")),
            Layout::Astro => Ok(Until::Never),
        }
    }

    /// Until when the record is kept; none if there is none or it has expired.
    fn status(&self, path: &Path) -> Result<Option<Until>, Error> {
        let file = found(fs::metadata(path)).map_err(at("look for a session file"))?;
        let until = file.map(|file| self.until(&file)).transpose()?;
        Ok(until.filter(|until| !until.is_over(self.clock.now_ms())))
    }

    fn read(&self, path: &Path) -> Result<Option<Record>, Error> {
        let mut glances = 0;
        loop {
            let Some(glance) = found(Glance::at(path)).map_err(at("read a session file"))? else {
                return Ok(None);
            };
            if self.layout == Layout::Own || glances == GLANCES || glance.is_whole() || !glance.is_settling()
            {
                return self.record(glance.text, &glance.file);
            }
            glances += 1;
            thread::sleep(SETTLING / GLANCES);
        }
    }

    fn record(&self, text: Vec<u8>, file: &Metadata) -> Result<Option<Record>, Error> {
        let (until, now) = (self.until(file)?, self.clock.now_ms());
        if until.is_over(now) {
            return Ok(None);
        }
        let text = String::from_utf8(text)
            .map_err(|error| Error::with_source(ErrorKind::Corrupt, error.utf8_error()))?;
        let record = Record::new(text);
        Ok(Some(match until.remaining(now) {
            Some(remaining) => record.with_remaining(remaining),
            None => record,
        }))
    }

    fn replace(&self, lock: &Lock, path: &Path, record: &Record, expiry: Expiry) -> Result<(), Error> {
        let (random, count) = (self.unique.0, self.unique.1.fetch_add(1, Ordering::Relaxed));
        let name = format!("{:02x}.{random:016x}.{count}{UNFINISHED}", lock.stripe());
        let folder = self.locks()?.map_or(&*self.directory, Folder::path);
        let unfinished = folder.join(name);
        let replaced = self.write(&unfinished, record, expiry).and_then(|()| self.rename(&unfinished, path));
        if replaced.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        replaced?;
        self.sync_directory()
    }

    fn write(&self, path: &Path, record: &Record, expiry: Expiry) -> Result<(), Error> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        self.modes().for_file(&mut options);
        let mut file = options.open(path).map_err(at("create a session file"))?;
        file.write_all(record.text().as_bytes()).map_err(at("write a session file"))?;
        if self.layout == Layout::Own {
            let until = Until::after(self.clock.now_ms(), expiry);
            file.set_modified(until.as_modified()).map_err(at("set the expiry of a session file"))?;
        }
        if self.fsync {
            file.sync_all().map_err(at("sync a session file to the disk"))?;
        }
        Ok(())
    }

    fn rename(&self, unfinished: &Path, path: &Path) -> Result<(), Error> {
        const REPLACE: &str = "replace a session file";
        if found(fs::rename(unfinished, path)).map_err(at(REPLACE))?.is_none() {
            self.create_directory()?;
            fs::rename(unfinished, path).map_err(at(REPLACE))?;
        }
        Ok(())
    }

    fn sync_directory(&self) -> Result<(), Error> {
        if !self.fsync || cfg!(not(unix)) {
            return Ok(());
        }
        let synced = File::open(&self.directory).and_then(|directory| directory.sync_all());
        synced.map_err(at("sync the session directory to the disk"))
    }
}

/// The content and the state of one and the same file, whatever replaces it meanwhile.
struct Glance {
    text: Vec<u8>,
    file: Metadata,
    /// Whether it was written to while it was read: then the text may be half old and half new.
    disturbed: bool,
}

impl Glance {
    fn at(path: &Path) -> io::Result<Self> {
        let mut open = File::open(path)?;
        let before = open.metadata()?;
        let mut text = Vec::new();
        open.read_to_end(&mut text)?;
        let file = open.metadata()?;
        let disturbed = before.len() != file.len() || before.modified()? != file.modified()?;
        Ok(Self { text, file, disturbed })
    }

    fn is_whole(&self) -> bool {
        !self.disturbed && is_whole(&self.text)
    }

    fn is_settling(&self) -> bool {
        self.file.modified().is_ok_and(|changed| changed.elapsed().is_ok_and(|passed| passed < SETTLING))
    }
}

/// Whether a text may be all of what Astro writes: it is not empty, what it opens it closes, and nothing follows.
fn is_whole(text: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped, mut closed) = (0_u32, false, false, false);
    for byte in text.trim_ascii() {
        if closed {
            return false; // the rest of an older, longer text
        }
        match (quoted, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => quoted = !quoted,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => {
                depth = depth.saturating_sub(1);
                closed = depth == 0;
            }
            _ => {}
        }
    }
    depth == 0 && !quoted && !text.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn what_follows_the_end_is_the_rest_of_an_older_text() {
        assert!(is_whole(b"[1]\n") && !is_whole(b"[1]]") && !is_whole(b"[1],\"old\"]") && !is_whole(b"]]"));
    }

    #[test]
    fn every_true_beginning_of_a_record_is_half_written() {
        let text = r#"[["Map",1,2],"a\"]",{"data":3,"expires":-1},"[\\"]"#.as_bytes();
        assert!(is_whole(text));
        for end in 0..text.len() {
            assert!(!is_whole(&text[..end]), "{end}");
        }
        assert!(is_whole(b"null") && is_whole(b" [] \n") && !is_whole(b" \n"));
    }
}
