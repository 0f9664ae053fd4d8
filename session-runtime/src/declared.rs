//! A declared key without the type of its values: what an entry does whatever they are. It is compiled once, where what
//! stands in [`Entry`](crate::Entry) is compiled for each type.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::codec::{self, Decode, Encode};
use crate::data::KeyInfo;
use crate::exchange::{Exchange, Sessions};
use crate::slot::{Slot, on_encoded};
use crate::state::{Encoded, Step, Stored};
use crate::{Error, ErrorKind, mismatch};

/// Nothing in it has to be dropped, so that callers need no code for that.
#[derive(Clone, Copy)]
pub(crate) struct Declared<'s> {
    exchange: &'s Exchange,
    info: &'static KeyInfo,
}

impl<'s> Declared<'s> {
    pub(crate) fn new(exchange: &'s Exchange, info: &'static KeyInfo) -> Self {
        Self { exchange, info }
    }

    fn slot(self) -> Slot<'s> {
        Slot::new(self.exchange, self.info)
    }

    pub(crate) fn info(self) -> &'static KeyInfo {
        self.info
    }

    pub(crate) fn sessions(self) -> &'s Sessions {
        self.exchange.sessions()
    }

    pub(crate) fn set(self, encode: &mut Encode<'_>, ttl: Option<Duration>) -> Result<(), Error> {
        let outcome = self.slot().set(codec::write(self.info, encode)?, ttl);
        mismatch::on_write(outcome, self.info, self.sessions())
    }

    pub(crate) fn remove(self) -> Result<(), Error> {
        mismatch::on_write(self.slot().remove(), self.info, self.sessions())
    }

    pub(crate) fn exists(self) -> bool {
        self.slot().exists()
    }

    pub(crate) fn expires_at(self) -> Option<SystemTime> {
        let ms = self.slot().expires()?;
        // Divided as a `Duration`, so that whole milliseconds stay whole.
        let since = Duration::try_from_secs_f64(ms.max(0.0)).ok()? / 1000;
        UNIX_EPOCH.checked_add(since)
    }

    /// Decodes the value, if there is one.
    pub(crate) fn read(self, decode: &mut Decode<'_>) -> Result<(), Error> {
        mismatch::on_read(self.look(decode).map(|_| ()), self.info, self.sessions())
    }

    /// As [`Self::read`], whatever the key says of mismatches; gives whether there is a value.
    pub(crate) fn look(self, decode: &mut Decode<'_>) -> Result<bool, Error> {
        let found = self.slot().read(|stored| codec::read(self.info, stored, decode))?;
        Ok(found.is_some())
    }

    /// Removes the value after it was read, and gives whether it counts as there.
    pub(crate) fn remove_read(self) -> Result<bool, Error> {
        match self.slot().remove() {
            // It was counted when it was read as absent; for this process there is nothing to remove.
            Err(error) if error.kind() == ErrorKind::Newer && self.info.mismatch_is_absent() => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    /// Removes the value at once, and gives it to one request only.
    pub(crate) async fn claim(self) -> Result<Option<Encoded>, Error> {
        self.slot().claim().await
    }

    /// Decodes what was claimed.
    pub(crate) fn read_claimed(
        self,
        claimed: Result<Option<Encoded>, Error>,
        decode: &mut Decode<'_>,
    ) -> Result<(), Error> {
        let read = |encoded| on_encoded(&encoded, None, |stored| codec::read(self.info, stored, decode));
        let outcome = claimed.and_then(|claimed| claimed.map_or(Ok(()), read));
        mismatch::on_read(outcome, self.info, self.sessions())
    }

    pub(crate) fn update(self, step: Step) -> Result<(), Error> {
        self.slot().update(step, self.info.ttl())
    }
}

/// Decodes the value that an update is to change, if there is one.
pub(crate) fn read_to_write(
    key: &'static KeyInfo,
    sessions: &Sessions,
    stored: Option<Stored<'_>>,
    decode: &mut Decode<'_>,
) -> Result<(), Error> {
    let outcome = stored.map_or(Ok(()), |stored| codec::read(key, stored, decode));
    mismatch::on_read_to_write(outcome, key, sessions)
}
