//! A stored value that is not what its key declares: counted, logged, and then an error or absent, as the key says.

use crate::data::KeyInfo;
use crate::{Error, ErrorKind, Sessions, log};

/// What came of a read: where the key says so, a mismatch is as if there were no value.
pub(crate) fn on_read(outcome: Result<(), Error>, key: &KeyInfo, sessions: &Sessions) -> Result<(), Error> {
    match on_write(outcome, key, sessions) {
        Err(error) if is_mismatch(&error, key) && key.mismatch_is_absent() => Ok(()),
        outcome => outcome,
    }
}

/// As [`on_read`], for a value that will be written: one of a newer version fails whatever the key says, since writing over
/// it would lose what only the newer release can read.
pub(crate) fn on_read_to_write(
    outcome: Result<(), Error>,
    key: &KeyInfo,
    sessions: &Sessions,
) -> Result<(), Error> {
    match on_write(outcome, key, sessions) {
        Err(error) if error.kind() == ErrorKind::Mismatch && key.mismatch_is_absent() => Ok(()),
        outcome => outcome,
    }
}

/// What came of a write: it is refused where a value of a newer version is stored.
pub(crate) fn on_write(outcome: Result<(), Error>, key: &KeyInfo, sessions: &Sessions) -> Result<(), Error> {
    outcome.inspect_err(|error| {
        if is_mismatch(error, key) {
            sessions.keys().count_mismatch();
            log::mismatch(key, error);
        }
    })
}

/// Saving on the way to a value may fail for another key.
fn is_mismatch(error: &Error, key: &KeyInfo) -> bool {
    matches!(error.kind(), ErrorKind::Mismatch | ErrorKind::Newer) && error.key() == Some(key.name())
}
