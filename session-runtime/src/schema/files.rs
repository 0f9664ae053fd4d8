//! The files that follow from a struct: compared with what they should be, or written anew.

use std::env;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::document::{Document, Side};
use super::section::{Section, is_module};
use super::{SessionSchema, lock, typescript};

/// The files that follow from a struct, and the check that they are up to date. The test that the derive adds consists of this.
///
/// ```no_run
/// use session_runtime::SessionData;
/// use session_runtime::schema::{Files, Outdated};
///
/// #[derive(SessionData)]
/// #[session(schema)]
/// struct Shop {
///     cart: Vec<String>,
/// }
///
/// fn check() -> Result<(), Outdated> {
///     Files::of_crate(env!("CARGO_MANIFEST_DIR")).typescript("web/src/env.d.ts").check::<Shop>()
/// }
/// # fn main() {}
/// ```
#[derive(Debug, Clone)]
pub struct Files {
    directory: PathBuf,
    typescript: Option<PathBuf>,
    lock: Option<PathBuf>,
    bless: Option<Bless>,
}

/// Whether files that are out of date are written anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bless {
    /// They are not: the check fails. What holds wherever `CI` is set, and without `SESSION_BLESS`.
    Never,
    /// They are, except for a lock that a change would break. `SESSION_BLESS=1`.
    Compatible,
    /// They are, and changes that break the lock are accepted. `SESSION_BLESS=breaking`.
    Breaking,
}

impl Bless {
    /// What the environment asks for.
    ///
    /// # Errors
    /// If `SESSION_BLESS` has a value that means nothing.
    pub fn from_env() -> Result<Self, Outdated> {
        let word = env::var_os("SESSION_BLESS").unwrap_or_default();
        let ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
        match word.to_str() {
            Some("" | "0") => Ok(Self::Never),
            Some("1" | "breaking") if ci => Ok(Self::Never),
            Some("1") => Ok(Self::Compatible),
            Some("breaking") => Ok(Self::Breaking),
            _ => Err(Outdated::one("SESSION_BLESS is neither `1` nor `breaking`".to_owned())),
        }
    }
}

impl Files {
    /// No files yet; paths will be relative to the crate in this directory.
    #[must_use]
    pub fn of_crate(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), typescript: None, lock: None, bless: None }
    }

    /// The file with the TypeScript of the session.
    #[must_use]
    pub fn typescript(mut self, path: impl Into<PathBuf>) -> Self {
        self.typescript = Some(path.into());
        self
    }

    /// The file with the stored form of the session.
    #[must_use]
    pub fn lock(mut self, path: impl Into<PathBuf>) -> Self {
        self.lock = Some(path.into());
        self
    }

    /// Whether to write files, in place of what the environment says.
    #[must_use]
    pub fn bless(mut self, bless: Bless) -> Self {
        self.bless = Some(bless);
        self
    }

    /// Compares the files with the struct, and writes them where that is asked for.
    ///
    /// # Errors
    /// If a file is out of date and not written, if a change breaks the lock, if the struct writes what it cannot read, or
    /// if a file cannot be read or written. The message says what differs and what to do.
    pub fn check<S: SessionSchema>(&self) -> Result<(), Outdated> {
        let bless = self.bless.map_or_else(Bless::from_env, Ok)?;
        let (written, read) = (Document::of::<S>(Side::Written), Document::of::<S>(Side::Read));
        let mut problems = Vec::new();
        problems.extend(lock::unreadable(S::NAME, &written, &read));
        if let Some(path) = &self.typescript {
            let update = |file: &str| typescript_file::<S>(file, &written);
            problems.extend(self.one(path, bless, update).err());
        }
        if let Some(path) = &self.lock {
            let update = |file: &str| lock::update(file, S::NAME, &written, &read, bless);
            problems.extend(self.one(path, bless, update).err());
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Outdated(problems)),
        }
    }

    /// Brings one file up to date, or says how it differs.
    fn one(
        &self,
        path: &Path,
        bless: Bless,
        update: impl Fn(&str) -> Result<Update, String>,
    ) -> Result<(), String> {
        let full = self.directory.join(path);
        let shown = path.display();
        let failed = |doing: &str, cause: io::Error| format!("{shown} cannot be {doing}: {cause}");
        if bless == Bless::Never {
            let file = read(&full).map_err(|cause| failed("read", cause))?;
            let Update { text, note } = update(&plain(&file)).map_err(|note| format!("{shown}: {note}"))?;
            return match plain(&file) == text {
                true => Ok(()),
                false => Err(outdated(path, &plain(&file), &text, &note)),
            };
        }
        let mut opened = open(&full).map_err(|cause| failed("opened", cause))?;
        let mut file = String::new();
        opened.read_to_string(&mut file).map_err(|cause| failed("read", cause))?;
        let Update { text, .. } = update(&plain(&file)).map_err(|note| format!("{shown}: {note}"))?;
        if plain(&file) == text {
            return Ok(());
        }
        let text = if file.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
        let written = opened.rewind().and_then(|()| opened.write_all(text.as_bytes()));
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        written.and_then(|()| opened.set_len(length)).map_err(|cause| failed("written", cause))
    }
}

/// What a file should be, and what to say where it is not.
pub(super) struct Update {
    pub(super) text: String,
    pub(super) note: String,
}

fn typescript_file<S: SessionSchema>(file: &str, document: &Document) -> Result<Update, String> {
    let section = Section { name: S::NAME };
    let outside = match section.find(file).map_err(|damaged| damaged.0)? {
        Some([before, _, behind]) => format!("{before}{behind}"),
        None => file.to_owned(),
    };
    let body = typescript::declaration(document, S::NAME, S::DOCS, is_module(&outside));
    let text = section.put(file, &section.text(&body)).map_err(|damaged| damaged.0)?;
    Ok(Update { text, note: String::new() })
}

/// A file's text; an absent file is empty. Waits until nobody writes it.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    match File::open(path) {
        Ok(mut file) => {
            file.lock_shared()?;
            file.read_to_string(&mut text)?;
            Ok(text)
        }
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(text),
        Err(other) => Err(other),
    }
}

/// Opens a file for this process and thread alone: several structs share one file, and tests run at the same time.
fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    Ok(file)
}

/// The text with line ends of one kind: a checkout on Windows has others.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn outdated(path: &Path, old: &str, new: &str, note: &str) -> String {
    let shown = path.display();
    let diff = TextDiff::from_lines(old, new);
    let diff = diff.unified_diff().header("as it is", "as it should be").to_string();
    let note = if note.is_empty() { String::new() } else { format!("\n{note}") };
    format!("{shown} is out of date. To write it anew: SESSION_BLESS=1 cargo test{note}\n{diff}")
}

/// A file does not follow from the struct any more; the message says how, and what to do.
#[derive(Clone, PartialEq, Eq)]
pub struct Outdated(Vec<String>);

impl Outdated {
    fn one(problem: String) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Outdated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n\n"))
    }
}

/// As `Display`: it is what a failing test shows.
impl fmt::Debug for Outdated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::error::Error for Outdated {}
