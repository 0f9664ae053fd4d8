//! What one request has changed, per key: recorded, never guessed from two snapshots.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use super::lifetime::{Lifetime, Remember};
use super::record::Stored;
use crate::Error;
use crate::devalue::Document;

/// One run of an `update` closure: the current value in, the new one out; `None` is "no value".
pub(crate) type Step = Box<dyn FnMut(Option<Stored<'_>>) -> Result<Option<Encoded>, Error> + Send>;

/// A value in the stored form, and its version where that is above 1.
#[derive(Clone)]
pub(crate) struct Encoded {
    pub(crate) document: Document,
    pub(crate) version: Option<u32>,
}

/// The name of a session key.
pub(crate) type Key = Cow<'static, str>;

/// A value to be stored, and when it expires (milliseconds since the epoch).
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) encoded: Encoded,
    pub(crate) expires: Option<f64>,
}

/// What a change is of.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) key: Key,
    /// Whether another request's change of this key must interrupt this one.
    pub(crate) interrupts: bool,
    /// The newest version of the value that whoever makes the change can read: a newer one is never replaced.
    pub(crate) knows: u32,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.encoded.document.text().len())
    }
}

/// What is to happen to one key.
pub(crate) struct Change {
    /// The value after the change as this request sees it; `None` is "removed".
    pub(crate) value: Option<Value>,
    /// The closures that led there, to be run again on newer data. Empty: a `set` or a `remove`, which win as they are.
    pub(crate) steps: Vec<Step>,
    /// For values made by `steps`: when a value that they create expires.
    pub(crate) fresh_expires: Option<f64>,
    /// Whether another request's change of this key must interrupt this one.
    pub(crate) interrupts: bool,
    /// As in [`Target`].
    pub(crate) knows: u32,
}

/// Refuses to replace a value of `stored` version by a process that knows versions up to `knows`: the newer release, and
/// nobody else, knows what would be lost.
pub(crate) fn check_version(key: &str, stored: Option<u32>, knows: u32) -> Result<(), Error> {
    match stored {
        Some(stored) if stored > knows => Err(Error::newer(key.to_owned(), stored, knows)),
        _ => Ok(()),
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (&self.value, self.steps.len()) {
            (Some(_), 0) => "set",
            (None, 0) => "remove",
            _ => "update",
        };
        f.write_str(what)
    }
}

/// All changes of one request, in the order in which the keys were first changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    list: Vec<(Key, Change)>,
    /// Where in the list a key is, once there are many: a program may take its keys from what a client sends.
    #[expect(clippy::box_collection, reason = "every request would carry its size about, and few have one")]
    places: Option<Box<HashMap<Key, usize>>>,
    remember: Remember,
}

/// From so many keys on, a table is quicker than a look at all of them.
pub(crate) const MANY: usize = 32;

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.remember == Remember::AsBefore
    }

    /// Another time for which the session lives without being used.
    pub(crate) fn remember(&mut self, time: Remember) {
        self.remember = time;
    }

    /// What becomes of the lifetime that is stored.
    pub(crate) fn lifetime(&self, stored: Lifetime) -> Lifetime {
        stored.changed(self.remember)
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Takes the closures out; the values that they led to stay.
    pub(crate) fn take_steps(&mut self) -> Vec<Step> {
        self.list.iter_mut().flat_map(|(_, change)| std::mem::take(&mut change.steps)).collect()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Change> {
        self.find(key).map(|(_, change)| change)
    }

    /// The change of a key, with the key as it is kept here.
    pub(crate) fn find(&self, key: &str) -> Option<(&str, &Change)> {
        let (name, change) = self.list.get(self.place(key)?)?;
        Some((name, change))
    }

    fn place(&self, key: &str) -> Option<usize> {
        match &self.places {
            Some(places) => places.get(key).copied(),
            None => self.list.iter().position(|(name, _)| name == key),
        }
    }

    fn push(&mut self, key: Key, change: Change) {
        self.list.push((key, change));
        if let (Some(places), Some((key, _))) = (&mut self.places, self.list.last()) {
            places.insert(key.clone(), self.list.len() - 1);
        } else if self.list.len() == MANY {
            let places = (0..).zip(&self.list).map(|(place, (key, _))| (key.clone(), place));
            self.places = Some(Box::new(places.collect()));
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.list.iter().map(|(key, change)| (&**key, change))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Change)> {
        self.list.iter_mut().map(|(key, change)| (&*key, change))
    }

    /// Whether the outcome depends on what was stored before, so that replaying it twice would count twice.
    pub(crate) fn has_updates(&self) -> bool {
        self.list.iter().any(|(_, change)| !change.steps.is_empty())
    }

    /// Whether another request's change of one of the keys must interrupt this one.
    pub(crate) fn interrupts(&self) -> bool {
        self.list.iter().any(|(_, change)| change.interrupts)
    }

    /// A `set` or `remove`: what came before for this key no longer matters, but for what its declaration asks. Gives the
    /// closures that are not needed any more.
    pub(crate) fn replace(&mut self, target: Target, value: Option<Value>) -> Vec<Step> {
        let Target { key, interrupts, knows } = target;
        let change = Change { value, steps: Vec::new(), fresh_expires: None, interrupts, knows };
        match self.place(&key).and_then(|place| self.list.get_mut(place)) {
            Some((_, old)) => {
                let interrupts = interrupts || old.interrupts;
                std::mem::replace(old, Change { interrupts, ..change }).steps
            }
            None => {
                self.push(key, change);
                Vec::new()
            }
        }
    }

    /// An `update`: kept as a closure, except on top of a `set` or `remove`, whose value is simply replaced.
    pub(crate) fn push_step(&mut self, target: Target, step: Step, outcome: Outcome) {
        let Target { key, interrupts, knows } = target;
        let Outcome { value, fresh_expires } = outcome;
        match self.place(&key).and_then(|place| self.list.get_mut(place)) {
            Some((_, change)) => {
                change.value = value;
                // Two structs may declare one key: then what either of them asks for holds.
                change.interrupts |= interrupts;
                change.knows = change.knows.min(knows);
                if !change.steps.is_empty() {
                    change.steps.push(step);
                }
            }
            None => {
                let change = Change { value, steps: vec![step], fresh_expires, interrupts, knows };
                self.push(key, change);
            }
        }
    }

    /// What readers see while the changes themselves are being written.
    pub(crate) fn frozen(&self) -> Self {
        let freeze = |change: &Change| Change {
            value: change.value.clone(),
            steps: Vec::new(),
            fresh_expires: None,
            interrupts: change.interrupts,
            knows: change.knows,
        };
        let list = self.list.iter().map(|(key, change)| (key.clone(), freeze(change))).collect();
        Self { list, places: self.places.clone(), remember: self.remember }
    }
}

/// What an `update` led to when it first ran.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) value: Option<Value>,
    pub(crate) fresh_expires: Option<f64>,
}
