//! One key of a session without its type: what typed entries and the untyped session share.

use std::sync::Arc;
use std::time::Duration;

use crate::data::{KeyInfo, RESERVED_KEY};
use crate::devalue::{Document, Node};
use crate::exchange::Exchange;
use crate::state::{Key, Outcome, Source, Step, Value};
use crate::{Error, ErrorKind};

pub(crate) struct Slot<'s> {
    exchange: &'s Exchange,
    key: Key,
    interrupts: bool,
}

impl<'s> Slot<'s> {
    /// The slot of a declared key, whose name the derive has checked.
    pub(crate) fn new(exchange: &'s Exchange, info: &'static KeyInfo) -> Self {
        Self { exchange, key: info.name().into(), interrupts: info.interrupts_on_conflict() }
    }

    /// The slot of any key.
    pub(crate) fn named(exchange: &'s Exchange, key: &str) -> Result<Self, Error> {
        if key.is_empty() || key == "__proto__" || key == RESERVED_KEY {
            let hint = "a key must not be empty, `__proto__`, or `$session`, which the library uses itself";
            return Err(Error::for_key(ErrorKind::InvalidKey, key.to_owned(), hint));
        }
        Ok(Self { exchange, key: key.to_owned().into(), interrupts: false })
    }

    fn source(&self) -> Source {
        let now = self.exchange.now();
        self.exchange.with(|state| state.read(&self.key, now))
    }

    /// Decodes the value with `read`, outside the lock.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(Node<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        on_value(&self.source(), &self.key, self.exchange.now(), read)
    }

    pub(crate) fn exists(&self) -> bool {
        !matches!(self.source(), Source::Absent)
    }

    pub(crate) fn expires(&self) -> Option<f64> {
        match self.source() {
            Source::Absent => None,
            Source::Pending(value) => value.expires,
            Source::Stored(live) => live.opened.get(&self.key, self.exchange.now())?.expires,
        }
    }

    pub(crate) fn set(&self, text: Arc<str>, ttl: Option<Duration>) -> Result<(), Error> {
        let expires = self.exchange.config().expires(ttl, self.exchange.now());
        let value = Value { text, expires };
        self.exchange.with(|state| state.replace(self.key.clone(), Some(value), self.interrupts))
    }

    pub(crate) fn remove(&self) -> Result<(), Error> {
        self.exchange.with(|state| state.replace(self.key.clone(), None, self.interrupts))
    }

    /// Runs `step` on the value, outside the lock, and records it; again if another thread changed the session meanwhile.
    /// A value that it creates lives for `ttl`, one that it changes keeps its time.
    pub(crate) fn update(&self, mut step: Step, ttl: Option<Duration>) -> Result<(), Error> {
        loop {
            let now = self.exchange.now();
            let fresh_expires = self.exchange.config().expires(ttl, now);
            let (serial, source) = self.exchange.with(|state| (state.serial(), state.read(&self.key, now)));
            let expires = match &source {
                Source::Absent => fresh_expires,
                Source::Pending(value) => value.expires,
                Source::Stored(live) => live.opened.get(&self.key, now).and_then(|stored| stored.expires),
            };
            let text = match &source {
                Source::Absent => step(None)?,
                _ => on_value(&source, &self.key, now, |node| step(Some(node)))?.flatten(),
            };
            let value = text.map(|text| Value { text: text.into(), expires });
            let outcome = Outcome { value, fresh_expires };
            let target = (self.key.clone(), self.interrupts);
            match self.exchange.with(|state| state.push_step(serial, target, step, outcome))? {
                Ok(()) => return Ok(()),
                Err(again) => step = again,
            }
        }
    }

    pub(crate) async fn claim(&self) -> Result<Option<Arc<str>>, Error> {
        self.exchange.claim(&self.key).await
    }
}

fn on_value<T>(
    source: &Source,
    key: &str,
    now: u64,
    read: impl FnOnce(Node<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    match source {
        Source::Absent => Ok(None),
        Source::Pending(value) => {
            let document = Document::parse(Arc::clone(&value.text))
                .map_err(|error| Error::mismatch(key.to_owned(), error))?;
            read(document.root()).map(Some)
        }
        Source::Stored(live) => live.opened.get(key, now).map(|stored| read(stored.data)).transpose(),
    }
}
