//! What a site knows about the keys of its sessions: which structs declare them, and how often a stored value was not
//! what its key declares.

use std::any::type_name;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::{KeyInfo, SessionData, Sessions};

#[derive(Debug, Default)]
pub(crate) struct Keys {
    served: Mutex<Served>,
    mismatches: AtomicU64,
}

impl Keys {
    pub(crate) fn count_mismatch(&self) {
        self.mismatches.fetch_add(1, Ordering::Relaxed);
    }
}

impl Sessions {
    /// Names a struct whose keys are used, so that two structs which claim one key for different types are found when
    /// the program starts.
    ///
    /// ```
    /// # use session_runtime::{MemoryStore, SessionConfig, SessionData, Sessions};
    /// #[derive(SessionData)]
    /// struct Shop { cart: Vec<String> }
    ///
    /// #[derive(SessionData)]
    /// #[session(prefix = "auth:")]
    /// struct Auth { user: String }
    ///
    /// let sessions = Sessions::new(MemoryStore::new(), SessionConfig::default()).serves::<Shop>().serves::<Auth>();
    /// ```
    ///
    /// # Panics
    /// A struct that was named before has one of the keys with another type or version; the text names both and the key.
    #[must_use]
    pub fn serves<S: SessionData>(self) -> Self {
        let added = self.keys().served.lock().unwrap_or_else(PoisonError::into_inner).add::<S>();
        if let Err(fault) = added {
            panic!("Sessions: {fault}");
        }
        self
    }

    /// How often a stored value was met that is not of its key's type, or of a newer version than is known here, since
    /// the program started; each is also logged. What operators watch during a deployment.
    #[must_use]
    pub fn mismatches(&self) -> u64 {
        self.keys().mismatches.load(Ordering::Relaxed)
    }
}

/// The structs that were named so far: two of them that claim one key must agree on what it holds.
#[derive(Debug, Default)]
struct Served(Vec<(&'static str, &'static [KeyInfo])>);

impl Served {
    /// Adds a struct.
    ///
    /// # Errors
    /// What is wrong, where another struct claims one of its keys for something else.
    fn add<S: SessionData>(&mut self) -> Result<(), String> {
        let name = type_name::<S>();
        for key in S::KEYS {
            for (other, keys) in &self.0 {
                if let Some(claimed) = keys.iter().find(|claimed| claimed.name() == key.name())
                    && let Some((mine, theirs)) = difference(key, claimed)
                {
                    return Err(format!(
                        "the key `{}` is {theirs} in `{other}` and {mine} in `{name}`; declare it alike in both, or give \
                         one of them another key: `rename` on the field, or `prefix` on the struct",
                        key.name()
                    ));
                }
            }
        }
        self.0.push((name, S::KEYS));
        Ok(())
    }
}

/// How two declarations of one key differ, in words.
fn difference(mine: &KeyInfo, theirs: &KeyInfo) -> Option<(String, String)> {
    if mine.type_id() != theirs.type_id() {
        let declared = |key: &KeyInfo| format!("a `{}`", key.type_name());
        let alike = mine.type_name() == theirs.type_name();
        let words = |key| declared(key) + if alike { " of its own" } else { "" };
        return Some((words(mine), words(theirs)));
    }
    let version = |key: &KeyInfo| format!("of version {}", key.version());
    (mine.version() != theirs.version()).then(|| (version(mine), version(theirs)))
}
