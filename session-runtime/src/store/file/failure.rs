//! What failed at the filesystem, without the name of the file, which leads to the session.

use std::{fmt, io};

use crate::Error;

#[derive(Debug)]
struct Failure {
    doing: &'static str,
    cause: io::Error,
}

impl Failure {
    fn advice(&self) -> &'static str {
        match self.cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room on the disk",
            io::ErrorKind::FileTooLarge => "; raise the limit on the size of this process' files",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "; give this process the right to write to the session directory and the lock folder beside it"
            }
            io::ErrorKind::CrossesDevices => {
                "; the session directory and the lock folder must be on one filesystem: see `FileStore::lock_folder`"
            }
            io::ErrorKind::NotADirectory => "; a part of the session directory's path is a file",
            _ if self.cause.raw_os_error() == Some(24) => "; raise the limit on open files",
            _ => "",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}{}", self.doing, self.cause, self.advice())
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// Says what was being done when it failed.
pub(super) fn at(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |cause| Error::unavailable(Failure { doing, cause })
}

/// What came out, or none if the file is not there; nothing else is "not there".
pub(super) fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}
