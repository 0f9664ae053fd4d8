//! Records that older versions of a program left, kept as files, and the proof that today's structs read them.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::state::{Lifetime, Live, Opened, Reading, write};
use crate::{
    Clock, KeyInfo, MemoryStore, Record, Session, SessionConfig, SessionData, SessionId, Sessions, StoreKey,
};

/// Writes what `session` would be stored as into a new file, for [`fixtures`] to read in later versions of the program.
/// `false`, and the file stays as it is, where there is one: an older version has recorded it.
///
/// The file holds the values in plain text: fill the session with made-up ones.
///
/// # Errors
/// The file cannot be written, or the stored form cannot hold the session.
///
/// ```
/// # use session_runtime::{SessionData, testing};
/// # #[derive(SessionData)]
/// # struct Shop { cart: Vec<String> }
/// # let folder = std::env::temp_dir().join(format!("session-fixtures-{}", std::process::id()));
/// let session = testing::session::<Shop>();
/// session.cart().set(vec!["tea".to_owned()])?;
/// testing::record(&session, folder.join("cart-v1.txt"))?;
///
/// testing::fixtures::<Shop>(&folder).assert_read();
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn record<S: SessionData>(session: &Session<S>, file: impl AsRef<Path>) -> io::Result<bool> {
    let exchange = session.exchange();
    let now = exchange.clock().now_ms();
    let document = exchange.with(|state| {
        let base = state.base().map(|live| &live.opened);
        write(base, state.changes(), Lifetime::default(), now)
    });
    let document = document.map_err(io::Error::other)?;
    if let Some(folder) = file.as_ref().parent() {
        fs::create_dir_all(folder)?;
    }
    match File::create_new(file) {
        Ok(mut new) => new.write_all(document.text().as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads every record in `folder`, one file each, with the keys of `S`: each value must be of its key's type, or of an
/// older version that migrations lead on from, and of some key. A value whose time has run out is read like any other, and
/// `on_mismatch = "absent"` is no way out.
///
/// ```no_run
/// # use session_runtime::{SessionData, testing};
/// # #[derive(SessionData)]
/// # struct Shop {}
/// # #[derive(SessionData)]
/// # struct Auth {}
/// #[test]
/// fn stored_sessions_can_be_read() {
///     testing::fixtures::<Shop>("tests/fixtures/sessions").and::<Auth>().assert_read();
/// }
/// ```
pub fn fixtures<S: SessionData>(folder: impl AsRef<Path>) -> Fixtures {
    let mut fixtures =
        Fixtures { records: Vec::new(), declared: Vec::new(), values: 0, failures: Vec::new() };
    if let Err(error) = fixtures.load(folder.as_ref()) {
        fixtures.fail(folder.as_ref(), None, error);
    }
    fixtures.and::<S>()
}

/// What became of the records in a folder.
#[must_use = "it says what could not be read; call `assert_read`"]
#[derive(Debug)]
pub struct Fixtures {
    records: Vec<(PathBuf, Record)>,
    declared: Vec<&'static str>,
    values: usize,
    failures: Vec<Unread>,
}

/// A value or a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// The file.
    pub file: PathBuf,
    /// The key of the value; `None` where it is the whole file.
    pub key: Option<String>,
    /// Why, in words.
    pub reason: String,
}

impl Fixtures {
    /// Reads the same records with the keys of one more struct: what a session holds may be declared by several.
    pub fn and<S: SessionData>(mut self) -> Self {
        // At the beginning of time nothing has run out.
        let config = SessionConfig::default().clock(Clock::from_fn(|| 0));
        let sessions = Sessions::new(MemoryStore::new(), config);
        for (file, record) in std::mem::take(&mut self.records) {
            if let Ok(Reading::Session(opened)) = Opened::read(record.clone(), Default::default()) {
                let id = SessionId::random();
                let live = Arc::new(Live { id, key: StoreKey::hashed(&id), opened });
                let session: Session<S> = sessions.begin([]).holding(Some(live));
                S::read_all(&session, &mut |key, outcome| match outcome {
                    Ok(found) => self.values += usize::from(found),
                    Err(error) => self.fail(&file, Some(key.name()), error),
                });
            }
            self.records.push((file, record));
        }
        self.declared.extend(S::KEYS.iter().map(KeyInfo::name));
        self
    }

    /// How many values could be read.
    #[must_use]
    pub fn values(&self) -> usize {
        self.values
    }

    /// What could not be read.
    #[must_use]
    pub fn unread(&self) -> Vec<Unread> {
        let mut unread = self.failures.clone();
        for (file, record) in &self.records {
            let Ok(Reading::Session(opened)) = Opened::read(record.clone(), Default::default()) else {
                continue;
            };
            for (key, _) in opened.live(0).filter(|(key, _)| !self.declared.contains(&&**key)) {
                let reason = format!(
                    "no struct has the key `{key}`; a field that gets another name keeps it by `rename`"
                );
                unread.push(Unread { file: file.clone(), key: Some(key.into_owned()), reason });
            }
        }
        unread
    }

    /// Sees to it that everything could be read.
    ///
    /// # Panics
    /// Something could not, or there was no value to be read; the text lists file, key and reason.
    pub fn assert_read(&self) {
        assert!(self.unread().is_empty(), "{self}");
        assert!(self.values > 0, "the folder holds no record with a value of these keys");
    }

    fn load(&mut self, folder: &Path) -> io::Result<()> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
        files.retain(|file| file.is_file());
        files.sort();
        for file in files {
            match fs::read_to_string(&file) {
                Err(error) => self.fail(&file, None, error),
                Ok(text) => match Opened::read(Record::new(text), Default::default()) {
                    Ok(Reading::Session(opened)) => self.records.push((file, opened.record)),
                    Ok(_) => self.fail(&file, None, "it holds no session"),
                    Err(error) => self.fail(&file, None, error),
                },
            }
        }
        Ok(())
    }

    fn fail(&mut self, file: &Path, key: Option<&str>, reason: impl fmt::Display) {
        let (key, reason) = (key.map(str::to_owned), reason.to_string());
        self.failures.push(Unread { file: file.to_owned(), key, reason });
    }
}

impl fmt::Display for Fixtures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unread = self.unread();
        write!(
            f,
            "{} values in {} records were read, {} could not be",
            self.values,
            self.records.len(),
            unread.len()
        )?;
        for one in unread {
            write!(f, "\n{one}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.reason)
    }
}
