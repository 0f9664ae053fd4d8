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
    /// where its Rust type is the same and `as` names the same path, be it from another place (`devalue::Date`, `Date`). In
    /// either case they agree on its version and on `on_conflict`.
    ///
    /// # Panics
    /// A struct that was named before declares one of the keys otherwise; the text names both and the key.
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

/// How two declarations of one key differ, in words. Where both forms are known these decide, else the Rust types and the
/// functions that store them do.
fn difference((mine, my_form): Claim<'_>, (theirs, their_form): Claim<'_>) -> Option<(String, String)> {
    if mine.version() != theirs.version() {
        let words = |key: &KeyInfo| format!("of version {}", key.version());
        return Some((words(mine), words(theirs)));
    }
    if mine.interrupts_on_conflict() != theirs.interrupts_on_conflict() {
        let word = |key: &KeyInfo| if key.interrupts_on_conflict() { "interrupt" } else { "merge" };
        let words = |key: &KeyInfo| format!("one with `on_conflict = \"{}\"`", word(key));
        return Some((words(mine), words(theirs)));
    }
    let forms = my_form.zip(their_form);
    let same_type = mine.type_id() == theirs.type_id();
    let same_functions = same_path(mine.as_path(), theirs.as_path());
    let same = forms.map_or(same_type && same_functions, |(mine, theirs)| mine == theirs);
    let same_name = mine.type_name() == theirs.type_name();
    let addition = |key: &KeyInfo| match (same_name, same_type, forms, key.as_path()) {
        (false, false, ..) => String::new(),
        (true, false, ..) => " of its own".to_owned(),
        (_, true, Some(_), _) => " stored in a form of its own".to_owned(),
        (_, true, None, Some(path)) => format!(" stored by `{path}`"),
        (_, true, None, None) => " stored by its own serde".to_owned(),
    };
    let words = |key: &KeyInfo| format!("a `{}`{}", key.type_name(), addition(key));
    (!same).then(|| (words(mine), words(theirs)))
}

/// Whether two paths may well be those of one item: what one of them says is how the other ends.
fn same_path(left: Option<&str>, right: Option<&str>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return left == right };
    let [left, right] = [left, right].map(|path| {
        let here = |part: &&str| !matches!(*part, "" | "crate" | "self" | "super");
        path.split("::").filter(here).collect::<Vec<_>>()
    });
    left.ends_with(&right) || right.ends_with(&left)
}

#[cfg(test)]
mod tests {
    use super::same_path;

    #[test]
    fn paths_that_may_be_of_one_item() {
        let date = Some("session_runtime::devalue::Date");
        assert!(same_path(None, None));
        assert!(same_path(date, Some("::session_runtime::devalue::Date")));
        assert!(same_path(Some("Date"), date));
        assert!(same_path(Some("crate::forms::hex"), Some("super::hex")));
        assert!(!same_path(date, None));
        assert!(!same_path(date, Some("Map")));
        assert!(!same_path(Some("a::hex"), Some("b::hex")));
    }
}
