//! Values of older versions: how a key's `migrate` functions lead to today's type. Generated code calls this.

use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::devalue::{self, Deserializer};

/// A function from the type of one version of a key to the type of the next: `fn(Old) -> New`, or
/// `fn(Old) -> Result<New, E>` where not every old value has a new form. What `E` says is not shown, since it may quote
/// the value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not migrate from `{Old}` to `{New}`",
    label = "expected `fn({Old}) -> {New}` or `fn({Old}) -> Result<{New}, _>`",
    note = "a migration takes the type of its version and gives the type of the next; that of the newest version is the field's own"
)]
pub trait Migration<Old, New, How> {
    /// The value of the next version; `None` where the function gives an error.
    fn migrate(self, old: Old) -> Option<New>;
}

/// How a function that always succeeds migrates.
#[derive(Debug)]
pub enum Always {}

/// How a function that may fail with an `E` migrates.
#[derive(Debug)]
pub struct OrFails<E>(E);

#[diagnostic::do_not_recommend]
impl<F: FnOnce(Old) -> New, Old, New> Migration<Old, New, Always> for F {
    fn migrate(self, old: Old) -> Option<New> {
        Some(self(old))
    }
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce(Old) -> Result<New, E>, Old, New, E> Migration<Old, New, OrFails<E>> for F {
    fn migrate(self, old: Old) -> Option<New> {
        self(old).ok()
    }
}

/// A type that values of an older version are read as: everything serde can read.
#[diagnostic::on_unimplemented(
    message = "values of an older version cannot be read as `{Self}`",
    label = "takes `{Self}`, which cannot be read from a session",
    note = "add `#[derive(serde::Deserialize)]` to the type",
    note = "where the older version was declared with `as`, let the function take that marker: `fn(devalue::Date<SystemTime>) -> …`"
)]
pub trait OldValue: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> OldValue for T {}

/// How values of an older version are read. Of its own, so that a type which cannot be read is one compile error, at the
/// function that takes it.
pub struct Reader<Old>(for<'de> fn(Deserializer<'de>) -> Result<Old, devalue::Error>);

impl<Old> Reader<Old> {
    /// By serde.
    #[must_use]
    pub const fn serde() -> Self
    where
        Old: OldValue,
    {
        Self(|input| Old::deserialize(input))
    }
}

impl<Old> fmt::Debug for Reader<Old> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

/// Why an older value does not lead to one of today.
#[derive(Debug)]
pub enum Failure {
    /// No migration begins at its version.
    Unknown,
    /// It is not of the type that the migration takes.
    Unreadable(devalue::Error),
    /// The migration from this version gave an error.
    Refused(u32),
}

/// A stored value on its way from the version it was written as to the newest, a `T`: one [`step`](Self::step) per
/// migration, and one [`last`](Self::last).
#[derive(Debug)]
pub struct Older<'de, Old, T> {
    version: u32,
    input: Option<Deserializer<'de>>,
    value: Result<Old, Failure>,
    newest: PhantomData<T>,
}

/// The beginning of the way for a value of `version`.
#[must_use]
pub fn older<T, Old>(version: u32, input: Deserializer<'_>) -> Older<'_, Old, T> {
    Older { version, input: Some(input), value: Err(Failure::Unknown), newest: PhantomData }
}

impl<'de, Old, T> Older<'de, Old, T> {
    /// Reads the value here, if this is its version, and takes it one version on.
    #[must_use]
    pub fn step<New, How>(
        mut self,
        from: u32,
        Reader(read): Reader<Old>,
        migration: impl Migration<Old, New, How>,
    ) -> Older<'de, New, T> {
        if let Some(input) = self.input.take_if(|_| self.version == from) {
            self.value = read(input).map_err(Failure::Unreadable);
        }
        let value = self.value.and_then(|old| migration.migrate(old).ok_or(Failure::Refused(from)));
        Older { version: self.version, input: self.input, value, newest: PhantomData }
    }

    /// The [`step`](Self::step) to the newest version.
    ///
    /// # Errors
    /// There is no way, or it could not be gone to its end.
    pub fn last<How>(
        self,
        from: u32,
        reader: Reader<Old>,
        migration: impl Migration<Old, T, How>,
    ) -> Result<T, Failure> {
        self.step(from, reader, migration).value
    }
}
