use std::borrow::Cow;

use crate::devalue::text::{Piece, Raw, push_quoted, push_quoted_utf16};

/// A string as JavaScript has it: UTF-16 that need not be well-formed.
///
/// ```
/// use session_runtime::devalue::Text;
///
/// assert_eq!(Text::from("tea").as_str(), Some("tea"));
/// assert_eq!(Text::from_utf16(&[0xd83d]).as_str(), None);
/// assert_eq!(Text::from_utf16(&[0xd83d, 0xde00]), Text::from("😀"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text(Form);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Utf8(String),
    /// Only what is not well-formed.
    Utf16(Vec<u16>),
}

impl Text {
    /// The string of these UTF-16 units.
    #[must_use]
    pub fn from_utf16(units: &[u16]) -> Self {
        Self(String::from_utf16(units).map_or_else(|_| Form::Utf16(units.to_vec()), Form::Utf8))
    }

    /// The string, if it is well-formed.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Form::Utf8(text) => Some(text),
            Form::Utf16(_) => None,
        }
    }

    /// The string, with U+FFFD in the place of lone surrogates.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Form::Utf8(text) => Cow::Borrowed(text),
            Form::Utf16(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// Its UTF-16 units.
    #[must_use]
    pub fn to_utf16(&self) -> Vec<u16> {
        match &self.0 {
            Form::Utf8(text) => text.encode_utf16().collect(),
            Form::Utf16(units) => units.clone(),
        }
    }

    pub(super) fn of(raw: Raw<'_>) -> Self {
        if let Some(text) = raw.decode_exact() {
            return Self(Form::Utf8(text.into_owned()));
        }
        let mut units = Vec::new();
        for piece in raw.pieces() {
            match piece {
                Piece::Run(run) => units.extend(run.encode_utf16()),
                Piece::Char(char) => units.extend(char.encode_utf16(&mut [0; 2]).iter()),
                Piece::Lone(unit) => units.push(unit),
            }
        }
        Self(Form::Utf16(units))
    }

    pub(super) fn push_quoted(&self, out: &mut String) {
        match &self.0 {
            Form::Utf8(text) => push_quoted(out, text),
            Form::Utf16(units) => push_quoted_utf16(out, units),
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Form::Utf8(text.to_owned()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Form::Utf8(text))
    }
}
