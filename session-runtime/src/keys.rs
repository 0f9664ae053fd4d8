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
    /// Two structs with a schema (`#[session(schema)]`) agree on a key where its values are stored in one form, others
    /// where its Rust type is the same.
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
struct Served(Vec<Declared>);

#[derive(Debug)]
struct Declared {
    name: &'static str,
    keys: &'static [KeyInfo],
    /// One per key, where the struct has a schema.
    forms: Option<Vec<String>>,
}

impl Declared {
    fn of<S: SessionData>() -> Self {
        Self { name: type_name::<S>(), keys: S::KEYS, forms: S::stored_forms() }
    }

    /// The keys with the forms in which they are stored, where these are known.
    fn keys(&self) -> impl Iterator<Item = Claim<'_>> {
        let form = |at| self.forms.as_ref().and_then(|forms| forms.get(at)).map(String::as_str);
        self.keys.iter().enumerate().map(move |(at, key)| (key, form(at)))
    }
}

impl Served {
    /// Adds a struct.
    ///
    /// # Errors
    /// What is wrong, where another struct claims one of its keys for something else.
    fn add<S: SessionData>(&mut self) -> Result<(), String> {
        let new = Declared::of::<S>();
        let others = self.0.iter().flat_map(|other| other.keys().map(|key| (other.name, key)));
        for (other, theirs) in others {
            let (key, name) = (theirs.0.name(), new.name);
            let mine = new.keys().find(|(mine, _)| mine.name() == key);
            if let Some((mine, theirs)) = mine.and_then(|mine| difference(mine, theirs)) {
                return Err(format!(
                    "the key `{key}` is {theirs} in `{other}` and {mine} in `{name}`; declare it alike in both, or give \
                     one of them another key: `rename` on the field, or `prefix` on the struct"
                ));
            }
        }
        self.0.push(new);
        Ok(())
    }
}

/// A key and the form in which it is stored.
type Claim<'a> = (&'static KeyInfo, Option<&'a str>);

/// How two declarations of one key differ, in words. Where both forms are known these decide, else the Rust types do.
fn difference((mine, my_form): Claim<'_>, (theirs, their_form): Claim<'_>) -> Option<(String, String)> {
    if mine.version() != theirs.version() {
        let words = |key: &KeyInfo| format!("of version {}", key.version());
        return Some((words(mine), words(theirs)));
    }
    let same_type = mine.type_id() == theirs.type_id();
    let same = my_form.zip(their_form).map_or(same_type, |(mine, theirs)| mine == theirs);
    let addition = match mine.type_name() == theirs.type_name() {
        true if same_type => " stored in a form of its own",
        true => " of its own",
        false => "",
    };
    let words = |key: &KeyInfo| format!("a `{}`{addition}", key.type_name());
    (!same).then(|| (words(mine), words(theirs)))
}
