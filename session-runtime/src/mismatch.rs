//! A stored value that is not what its key declares: counted, logged, and then an error or absent, as the key says.

use crate::data::KeyInfo;
use crate::{Error, ErrorKind, Sessions, log};

/// What a read gives: where the key says so, a mismatch is an absent value.
pub(crate) fn on_read<T>(
    outcome: Result<Option<T>, Error>,
    key: &KeyInfo,
    sessions: &Sessions,
) -> Result<Option<T>, Error> {
    match on_write(outcome, key, sessions) {
        Err(error) if is_mismatch(&error, key) && key.mismatch_is_absent() => Ok(None),
        outcome => outcome,
    }
}

/// What a read gives whose result will be written: a value of a newer version fails whatever the key says, since writing
/// over it would lose what only the newer release can read.
pub(crate) fn on_read_to_write<T>(
    outcome: Result<Option<T>, Error>,
    key: &KeyInfo,
    sessions: &Sessions,
) -> Result<Option<T>, Error> {
    match on_write(outcome, key, sessions) {
        Err(error) if error.kind() == ErrorKind::Mismatch && key.mismatch_is_absent() => Ok(None),
        outcome => outcome,
    }
}

/// What a write gives: refused where a value of a newer version is stored.
pub(crate) fn on_write<T>(outcome: Result<T, Error>, key: &KeyInfo, sessions: &Sessions) -> Result<T, Error> {
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
