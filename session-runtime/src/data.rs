//! What a session holds: the trait behind `#[derive(SessionData)]` and its table of keys.

use std::any::TypeId;
use std::ops::Deref;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Handle};

/// A struct that declares a session's keys; implemented by `#[derive(SessionData)]`, never by hand.
///
/// The struct is a declaration: it is never built. [`Session<S>`](crate::Session) derefs to
/// [`Accessors`](Self::Accessors), which has one method per key.
///
/// ```
/// use session_runtime::SessionData;
///
/// #[derive(SessionData)]
/// struct Shop {
///     /// What the visitor is about to buy.
///     #[session(default)]
///     cart: Vec<String>,
/// }
///
/// let key = &Shop::KEYS[0];
/// assert_eq!((key.name(), key.type_name(), key.has_default()), ("cart", "Vec<String>", true));
/// assert_eq!(key.docs(), "What the visitor is about to buy.");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not declare session keys",
    label = "not a session struct",
    note = "write `#[derive(SessionData)]` above the struct"
)]
pub trait SessionData: Sized + 'static {
    /// The struct with one method per key; it derefs to [`Handle`].
    type Accessors: Deref<Target = Handle> + Clone + Send + Sync + 'static;

    /// The table of keys, in the order of the fields.
    const KEYS: &'static [KeyInfo];

    /// The accessors over one session; called by the library.
    #[doc(hidden)]
    fn accessors(handle: Handle) -> Self::Accessors;

    /// The stored form of each key, as texts that are equal where the forms are, if the struct has a schema; called by
    /// the library.
    #[doc(hidden)]
    #[must_use]
    fn stored_forms() -> Option<Vec<String>> {
        None
    }

    /// Reads every key and tells how it went; called by the library.
    #[doc(hidden)]
    fn read_all(accessors: &Self::Accessors, tell: &mut dyn FnMut(&'static KeyInfo, Result<bool, Error>)) {
        let _ = (accessors, tell);
    }
}

/// A type whose values a session can hold: everything serde can write and read back.
///
/// Implemented for every type that implements `serde::Serialize` and `serde::de::DeserializeOwned`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a session",
    label = "cannot be written to and read back from a session",
    note = "for a type of your own, add `#[derive(serde::Serialize, serde::Deserialize)]` to it",
    note = "for a type of another crate, turn on that crate's `serde` feature, or name functions that store it: `#[session(as = \"path\")]`"
)]
pub trait SessionValue: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> SessionValue for T {}

/// One row of a session struct's table of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    name: &'static str,
    accessor: &'static str,
    type_name: &'static str,
    docs: &'static str,
    has_default: bool,
    ttl: Option<Duration>,
    sensitive: bool,
    interrupts: bool,
    version: u32,
    absent_on_mismatch: bool,
    as_path: Option<&'static str>,
    type_id: Option<TypeId>,
}

impl KeyInfo {
    /// A key as it stands in the stored form, its accessor's name and its Rust type as the user wrote it.
    #[must_use]
    pub const fn new(name: &'static str, accessor: &'static str, type_name: &'static str) -> Self {
        Self {
            name,
            accessor,
            type_name,
            docs: "",
            has_default: false,
            ttl: None,
            sensitive: false,
            interrupts: false,
            version: 1,
            absent_on_mismatch: false,
            as_path: None,
            type_id: None,
        }
    }

    /// The same key, known to hold values of the Rust type `T`.
    #[must_use]
    pub const fn of<T: 'static>(mut self) -> Self {
        self.type_id = Some(TypeId::of::<T>());
        self
    }

    /// The same key with the field's doc comment.
    #[must_use]
    pub const fn documented(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// The same key, with a default value where none is stored.
    #[must_use]
    pub const fn defaulted(mut self) -> Self {
        self.has_default = true;
        self
    }

    /// The same key, its values expiring this long after they are set.
    #[must_use]
    pub const fn expiring(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// The same key, its values never shown by `Debug` or in logs.
    #[must_use]
    pub const fn hidden(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The same key, interrupting the request if another changed it meanwhile.
    #[must_use]
    pub const fn interrupting(mut self) -> Self {
        self.interrupts = true;
        self
    }

    /// The same key, its values being of this version.
    #[must_use]
    pub const fn versioned(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The same key, reading as absent what is not of its type.
    #[must_use]
    pub const fn absent_on_mismatch(mut self) -> Self {
        self.absent_on_mismatch = true;
        self
    }

    /// The same key, its values written and read by the functions at this path.
    #[must_use]
    pub const fn stored_as(mut self, path: &'static str) -> Self {
        self.as_path = Some(path);
        self
    }

    /// The key as it stands in the stored form, after renaming and prefix.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The accessor's name.
    #[must_use]
    pub const fn accessor(&self) -> &'static str {
        self.accessor
    }

    /// The value's Rust type as the user wrote it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The field's doc comment, lines joined by newlines; empty if there is none.
    #[must_use]
    pub const fn docs(&self) -> &'static str {
        self.docs
    }

    /// Whether `get` gives a default where nothing is stored.
    #[must_use]
    pub const fn has_default(&self) -> bool {
        self.has_default
    }

    /// How long a value lives after it was set, if the struct says so.
    #[must_use]
    pub const fn ttl(&self) -> Option<Duration> {
        self.ttl
    }

    /// Whether the value must never be shown.
    #[must_use]
    pub const fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Whether a concurrent change of this key interrupts the request (409) instead of the last write winning.
    #[must_use]
    pub const fn interrupts_on_conflict(&self) -> bool {
        self.interrupts
    }

    /// The version of the values that are written: 1 unless the struct says otherwise.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether a stored value that is not of the key's type reads as absent instead of failing.
    #[must_use]
    pub const fn mismatch_is_absent(&self) -> bool {
        self.absent_on_mismatch
    }

    /// The path of the functions that write and read the values, as the user wrote it; `None` if it is done by the type's own
    /// serde.
    #[must_use]
    pub const fn as_path(&self) -> Option<&'static str> {
        self.as_path
    }

    /// The Rust type's identity, where the table of keys was made by the derive.
    pub(crate) const fn type_id(&self) -> Option<TypeId> {
        self.type_id
    }
}

/// The key under which the library keeps its own notes inside a record (creation time, "moved to").
pub(crate) const RESERVED_KEY: &str = "$session";

/// The key declaration of an untyped session: none.
#[derive(Debug, Clone, Copy)]
pub struct Untyped;
