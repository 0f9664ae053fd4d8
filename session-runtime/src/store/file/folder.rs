//! The folder of the locks, which is this process's user's alone.
//!
//! Session files are written there before they are renamed into their places: whoever else may write to it can put
//! other sessions in their stead. Where the session directory lies in a shared place, such as `/tmp`, somebody may have
//! made the folder before us.

#[cfg(unix)]
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::disk::Modes;
#[cfg(unix)]
use super::disk::UNFINISHED;
use super::failure::found;
#[cfg(unix)]
use super::lock::LOCK;

#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
    /// Set once others were shut out: a filesystem that shows them as let in after that keeps no modes.
    closed: OnceLock<()>,
}

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, closed: OnceLock::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder, or makes sure that nobody else may write to the one that is there. To be called before each
    /// use, as another one may have taken its place; nobody else can do that to one that is ours.
    pub(super) fn claim(&self) -> io::Result<()> {
        let folder = match found(fs::symlink_metadata(&self.path))? {
            Some(folder) => folder,
            None => {
                Modes::PRIVATE.create_folder(&self.path)?;
                // Somebody may have been faster.
                fs::symlink_metadata(&self.path)?
            }
        };
        if !folder.is_dir() {
            return Err(refused("it is a link or a file"));
        }
        self.claim_from_others(&folder)
    }

    #[cfg(unix)]
    fn claim_from_others(&self, folder: &fs::Metadata) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        if folder.uid() != user()? {
            return Err(refused("it belongs to another user"));
        }
        if folder.mode() & WRITABLE_FOR_OTHERS != 0 && self.closed.get().is_none() {
            self.close(folder)?;
            self.closed.get_or_init(|| ());
        }
        Ok(())
    }

    /// Elsewhere a folder has no modes, and std does not say whose it is.
    #[cfg(not(unix))]
    fn claim_from_others(&self, _: &fs::Metadata) -> io::Result<()> {
        self.closed.get_or_init(|| ());
        Ok(())
    }

    /// Shuts the others out, unless the folder serves them too. They may have put things there before, such as a link by
    /// the name of a lock.
    #[cfg(unix)]
    fn close(&self, folder: &fs::Metadata) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        if folder.mode() & STICKY != 0 {
            return Err(refused("everybody may use it"));
        }
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            // A file may be removed while they are looked at.
            let is_of_others = found(entry.metadata())?.is_some_and(|file| file.uid() != folder.uid());
            if is_of_others || !is_ours(&entry.file_name()) {
                return Err(refused("others may write to it, and something in it is not this library's"));
            }
        }
        fs::set_permissions(&self.path, fs::Permissions::from_mode(0o700))
    }
}

#[cfg(unix)]
const WRITABLE_FOR_OTHERS: u32 = 0o022;
#[cfg(unix)]
const STICKY: u32 = 0o1000;

#[cfg(unix)]
fn is_ours(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.ends_with(LOCK) || name.ends_with(UNFINISHED))
}

/// The user whom a file belongs to that this process makes. What std says of no process it says of its pipes.
#[cfg(unix)]
fn user() -> io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    static USER: OnceLock<u32> = OnceLock::new();
    if let Some(user) = USER.get() {
        return Ok(*user);
    }
    let (pipe, _) = io::pipe()?;
    let user = fs::File::from(std::os::fd::OwnedFd::from(pipe)).metadata()?.uid();
    Ok(*USER.get_or_init(|| user))
}

fn refused(why: &str) -> io::Error {
    let advice = "remove it, or name another one with `FileStore::lock_folder`, that this process makes";
    io::Error::other(format!("the folder of the locks is not this process's alone, as {why}; {advice}"))
}
