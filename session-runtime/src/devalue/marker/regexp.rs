use std::borrow::Cow;

use super::text::{absent_methods, text_marker};

text_marker! {
    /// A [`Pattern`] that is stored as a JavaScript `RegExp`. Other formats get the literal `/source/flags`.
    ///
    /// ```
    /// use session_runtime::devalue::{self, Pattern, RegExp};
    ///
    /// let pattern = Pattern { source: "a+".to_owned(), flags: "g".to_owned() };
    /// let text = devalue::to_string(&RegExp(pattern))?;
    /// assert_eq!(text, r#"[["RegExp","a+","g"]]"#);
    /// # Ok::<(), devalue::Error>(())
    /// ```
    RegExp, RegExpValue, "$devalue::RegExp", "regular expression", false
}

/// A regular expression as JavaScript describes it; nothing is checked or run.
///
/// ```
/// use session_runtime::devalue::{self, Pattern, RegExp};
///
/// let read: RegExp<Pattern> = devalue::from_str(r#"[["RegExp","a+","g"]]"#)?;
/// assert_eq!(read.0.flags, "g");
/// # Ok::<(), devalue::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// What `RegExp.prototype.source` gives: `/` is written `\/`, an empty pattern `(?:)`.
    pub source: String,
    /// Letters in the order `dgimsuvy`.
    pub flags: String,
}

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pattern(..)")
    }
}

/// A type that can be stored as a [`RegExp`].
///
/// ```
/// use session_runtime::devalue::{Pattern, RegExpValue};
///
/// let pattern = Pattern::from_parts("a+", "g").expect("anything goes");
/// assert_eq!(pattern.parts(), Some(("a+", "g")));
/// ```
pub trait RegExpValue: Sized {
    /// Source and flags.
    fn parts(&self) -> Option<(&str, &str)>;

    /// The value from source and flags; `None` if the type cannot hold it.
    fn from_parts(source: &str, flags: &str) -> Option<Self>;

    #[doc(hidden)]
    fn to_text(&self) -> Option<Cow<'_, str>> {
        let (source, flags) = self.parts()?;
        Some(Cow::Owned(format!("/{source}/{flags}")))
    }

    #[doc(hidden)]
    fn from_text(text: &str) -> Option<Self> {
        let (source, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
        Self::from_parts(source, flags)
    }

    absent_methods!();
}

impl<T: RegExpValue> RegExpValue for Option<T> {
    fn parts(&self) -> Option<(&str, &str)> {
        self.as_ref()?.parts()
    }

    fn from_parts(source: &str, flags: &str) -> Option<Self> {
        T::from_parts(source, flags).map(Some)
    }

    absent_methods!(option);
}

impl RegExpValue for Pattern {
    fn parts(&self) -> Option<(&str, &str)> {
        Some((if self.source.is_empty() { "(?:)" } else { &self.source }, &self.flags))
    }

    fn from_parts(source: &str, flags: &str) -> Option<Self> {
        Some(Self { source: source.to_owned(), flags: flags.to_owned() })
    }
}
