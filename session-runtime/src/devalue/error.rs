use std::borrow::Cow;
use std::fmt;

use serde::de::{Expected, Unexpected};

type Words = Cow<'static, str>;

/// Why a value could not be written or a text could not be read.
///
/// It names types, places and counts, never stored values, so it can be logged and shown.
///
/// ```
/// use session_runtime::devalue::{self, ErrorKind};
///
/// let error = devalue::from_str::<Vec<u32>>(r#"[[1,2],7,"secret"]"#).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Type);
/// assert_eq!(error.path(), "[1]");
/// assert_eq!(error.to_string(), "expected u32, found string at `[1]` (byte 9)");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    note: Words,
    path: String,
    offset: Option<usize>,
    expected: Option<Words>,
    found: Option<Words>,
}

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not devalue's form.
    Syntax,
    /// A value has another type than the one asked for.
    Type,
    /// A value has the right type but is out of its range.
    Range,
    /// A field is missing.
    Missing,
    /// One of the [`Limits`](super::Limits) was passed.
    Limit,
    /// A value contains itself and was to be read into a tree.
    Cycle,
    /// The value has no devalue form.
    Unsupported,
    /// The type's own code refused the value.
    Custom,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, note: impl Into<Words>) -> Self {
        let (expected, found) = (None, None);
        Self(Box::new(Inner { kind, note: note.into(), path: String::new(), offset: None, expected, found }))
    }

    pub(crate) fn syntax(note: &'static str, offset: usize) -> Self {
        Self::new(ErrorKind::Syntax, note).at(offset)
    }

    pub(crate) fn mismatch(expected: impl Into<Words>, found: impl Into<Words>) -> Self {
        let mut error = Self::new(ErrorKind::Type, "");
        error.0.expected = Some(expected.into());
        error.0.found = Some(found.into());
        error
    }

    pub(crate) fn range(expected: impl Into<Words>, found: impl Into<Words>) -> Self {
        let mut error = Self::mismatch(expected, found);
        error.0.kind = ErrorKind::Range;
        error
    }

    /// Says where, unless that is known already.
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    pub(crate) fn in_field(mut self, name: &str) -> Self {
        let dot = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
        self.0.path.insert_str(0, dot);
        self.0.path.insert_str(0, name);
        self
    }

    pub(crate) fn in_item(self, index: usize) -> Self {
        self.in_place(&format!("[{index}]"))
    }

    /// For keys that are data: they are not shown.
    pub(crate) fn in_key(self) -> Self {
        self.in_place("[*]")
    }

    fn in_place(mut self, place: &str) -> Self {
        if !self.0.path.is_empty() && !self.0.path.starts_with('[') {
            self.0.path.insert(0, '.');
        }
        self.0.path.insert_str(0, place);
        self
    }

    /// Whether the reason may be that an object has a key twice. An untagged enum does not say why it refuses a value.
    pub(crate) fn may_come_of_twins(&self) -> bool {
        self.0.kind == ErrorKind::Custom || self.0.note.ends_with(THERE_TWICE)
    }

    /// The sort of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where in the value, such as `cart[3].price`; empty for the value as a whole.
    ///
    /// Field names and positions are shown. A key that is data, as in a `HashMap`, is shown as `[*]`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// Where in the text that was read, in bytes.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// What was asked for, in words.
    #[must_use]
    pub fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// What was there instead, in words: a type or a count, not the value.
    #[must_use]
    pub fn found(&self) -> Option<&str> {
        self.0.found.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { note, path, offset, expected, found, .. } = &*self.0;
        f.write_str(note)?;
        match (expected, found) {
            (Some(expected), Some(found)) => write!(f, "expected {expected}, found {found}")?,
            (Some(expected), None) => write!(f, "expected {expected}")?,
            (None, Some(found)) => write!(f, "found {found}")?,
            (None, None) => {}
        }
        if !path.is_empty() {
            write!(f, " at `{path}`")?;
        }
        match offset {
            Some(offset) => write!(f, " (byte {offset})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl std::error::Error for Error {}

impl serde::ser::Error for Error {
    /// Keeps the fact and drops the words, which may quote the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(ErrorKind::Custom, "a value was refused by its type's own code")
    }
}

impl serde::de::Error for Error {
    /// Keeps the fact and drops the words, which may quote the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(ErrorKind::Custom, "a value was refused by its type's own check")
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::mismatch(expected.to_string(), words(&unexpected))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match words(&unexpected) {
            "number" => "number out of range".to_owned(),
            word => format!("unusable {word}"),
        };
        Self::range(expected.to_string(), found)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::range(expected.to_string(), format!("{length} items"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::range(listed("variant", expected), "another name")
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::range(listed("field", expected), "another name")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(ErrorKind::Missing, format!("field `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(ErrorKind::Syntax, format!("field `{field}`{THERE_TWICE}"))
    }
}

const THERE_TWICE: &str = " is there twice";

fn words(unexpected: &Unexpected<'_>) -> &'static str {
    match unexpected {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "number",
        Unexpected::Float(_) => "fractional number",
        Unexpected::Char(_) | Unexpected::Str(_) => "string",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit => "null",
        Unexpected::Option => "optional value",
        Unexpected::NewtypeStruct => "wrapped value",
        Unexpected::Seq => "array",
        Unexpected::Map => "object",
        Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant => "enum",
        _ => "other value",
    }
}

fn listed(what: &str, names: &[&str]) -> String {
    match names {
        [] => format!("no {what}"),
        names => format!("{what} `{}`", names.join("`, `")),
    }
}
