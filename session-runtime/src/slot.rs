//! One key of a session without its type: what typed entries and the untyped session share.

use std::time::Duration;

use crate::data::{KeyInfo, RESERVED_KEY};
use crate::exchange::Exchange;
use crate::state::{Encoded, Outcome, Source, Step, Stored, Target, Value};
use crate::{Error, ErrorKind};

pub(crate) struct Slot<'s> {
    exchange: &'s Exchange,
    target: Target,
}

/// What the untyped session says of itself: like Astro, it declares no versions and replaces what it is told to.
const ANY_VERSION: u32 = u32::MAX;

impl<'s> Slot<'s> {
    /// The slot of a declared key, whose name the derive has checked.
    pub(crate) fn new(exchange: &'s Exchange, info: &'static KeyInfo) -> Self {
        let (key, interrupts) = (info.name().into(), info.interrupts_on_conflict());
        Self { exchange, target: Target { key, interrupts, knows: info.version() } }
    }

    /// The slot of any key.
    pub(crate) fn named(exchange: &'s Exchange, key: &str) -> Result<Self, Error> {
        if key.is_empty() || key == "__proto__" || key == RESERVED_KEY {
            let hint = "a key must not be empty, `__proto__`, or `$session`, which the library uses itself";
            return Err(Error::for_key(ErrorKind::InvalidKey, key.to_owned(), hint));
        }
        let target = Target { key: key.to_owned().into(), interrupts: false, knows: ANY_VERSION };
        Ok(Self { exchange, target })
    }

    fn source(&self) -> Source {
        self.exchange.with(|state| state.read(&self.target.key, self.exchange.clock()))
    }

    /// Decodes the value with `read`, outside the lock.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(Stored<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        on_value(&self.source(), read)
    }

    pub(crate) fn exists(&self) -> bool {
        !matches!(self.source(), Source::Absent)
    }

    pub(crate) fn expires(&self) -> Option<f64> {
        match self.source() {
            Source::Absent => None,
            Source::Pending(value) => value.expires,
            Source::Stored(_, found) => found.expires,
        }
    }

    pub(crate) fn set(&self, encoded: Encoded, ttl: Option<Duration>) -> Result<(), Error> {
        let value = Value { encoded, expires: self.exchange.config().expires(ttl) };
        self.exchange.change(|state| state.replace(self.target.clone(), Some(value), self.exchange.clock()))
    }

    pub(crate) fn remove(&self) -> Result<(), Error> {
        self.exchange.change(|state| state.replace(self.target.clone(), None, self.exchange.clock()))
    }

    /// Runs `step` on the value, outside the lock, and records it; again if another thread changed the session meanwhile.
    /// A value that it creates lives for `ttl`, one that it changes keeps its time.
    pub(crate) fn update(&self, mut step: Step, ttl: Option<Duration>) -> Result<(), Error> {
        loop {
            let fresh_expires = self.exchange.config().expires(ttl);
            let clock = self.exchange.clock();
            let (serial, source) =
                self.exchange.with(|state| (state.serial(), state.read(&self.target.key, clock)));
            let expires = match &source {
                Source::Absent => fresh_expires,
                Source::Pending(value) => value.expires,
                Source::Stored(_, found) => found.expires,
            };
            let encoded = self.exchange.updating(|| match &source {
                Source::Absent => step(None),
                _ => on_value(&source, |stored| step(Some(stored))).map(Option::flatten),
            })?;
            let outcome = Outcome { value: encoded.map(|encoded| Value { encoded, expires }), fresh_expires };
            let target = self.target.clone();
            match self.exchange.change(|state| state.push_step(serial, target, step, outcome))? {
                Ok(()) => return Ok(()),
                Err(again) => step = again,
            }
        }
    }

    pub(crate) async fn claim(&self) -> Result<Option<Encoded>, Error> {
        self.exchange.claim(self.target.clone()).await
    }
}

fn on_value<T>(
    source: &Source,
    read: impl FnOnce(Stored<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    match source {
        Source::Absent => Ok(None),
        Source::Pending(value) => on_encoded(&value.encoded, value.expires, read).map(Some),
        Source::Stored(live, found) => read(live.opened.at(*found)).map(Some),
    }
}

/// Reads a value that stands alone.
pub(crate) fn on_encoded<T>(
    encoded: &Encoded,
    expires: Option<f64>,
    read: impl FnOnce(Stored<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    read(Stored { data: encoded.document.root(), expires, version: encoded.version })
}
