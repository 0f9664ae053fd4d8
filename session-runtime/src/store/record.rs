//! What stores keep: a text, whether this process wrote it, and beside a long one what its reader knows of it.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// What a store keeps under one key: a text it never looks into.
///
/// Cloning shares the text. `Debug` shows its length only.
///
/// ```
/// use session_runtime::Record;
///
/// let record = Record::new(r#"[["Map"]]"#);
/// assert_eq!(record.text(), r#"[["Map"]]"#);
/// assert_eq!(format!("{record:?}"), "Record(9 bytes)");
/// ```
#[derive(Clone)]
pub struct Record {
    content: Content,
    remaining: Option<Duration>,
    is_own: bool,
}

impl Record {
    /// A record of this text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self::of(Content::new(text.into()), false)
    }

    /// A record of a text that this process has written as a session's, which its readers need not check.
    pub(crate) fn own(text: Arc<str>) -> Self {
        Self::of(Content::new(text), true)
    }

    pub(crate) fn of(content: Content, is_own: bool) -> Self {
        Self { content, remaining: None, is_own }
    }

    /// The same record, whose text this process has written as a session's: its store remembers that.
    #[cfg(feature = "redis")]
    pub(crate) fn written_here(mut self) -> Self {
        self.is_own = true;
        self
    }

    /// Whether this process has written it as a session's. A record that came from elsewhere never says so.
    pub(crate) fn is_own(&self) -> bool {
        self.is_own
    }

    /// What a store in this process keeps, so that what is known of a long text stays known.
    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// The same record, saying how long the store will still keep it. A store that knows this at no cost says it on
    /// `load`, and is then spared a `touch` on most reads.
    #[must_use]
    pub fn with_remaining(mut self, remaining: Duration) -> Self {
        self.remaining = Some(remaining);
        self
    }

    /// As [`with_remaining`](Self::with_remaining), in place.
    pub(crate) fn remains(&mut self, remaining: Duration) {
        self.remaining = Some(remaining);
    }

    /// The text as it was put.
    #[must_use]
    pub fn text(&self) -> &str {
        self.content.text()
    }

    /// The text, shared.
    #[must_use]
    pub fn shared_text(&self) -> &Arc<str> {
        self.content.text()
    }

    /// How long the store will still keep it, if the store said so when it was loaded.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.remaining
    }

    /// Whether the content is the same; expiry is no part of it.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.holds(&other.content)
    }

    pub(crate) fn holds(&self, content: &Content) -> bool {
        let (one, other) = (self.content.text(), content.text());
        Arc::ptr_eq(one, other) || one == other
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.text().len())
    }
}

/// A text, and what its reader found out about a long one. As large as a shared text alone.
#[derive(Clone)]
pub(crate) enum Content {
    Short(Arc<str>),
    Long(Arc<Long>),
}

pub(crate) struct Long {
    text: Arc<str>,
    /// It is the reader's own; stores do not look into it.
    known: OnceLock<Arc<dyn Any + Send + Sync>>,
}

/// A text of so many bytes is long: looking through it costs more than the little memory it takes to remember.
const LONG: usize = 4096;

impl Content {
    fn new(text: Arc<str>) -> Self {
        match text.len() {
            ..LONG => Self::Short(text),
            _ => Self::Long(Arc::new(Long { text, known: OnceLock::new() })),
        }
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        match self {
            Self::Short(text) => text,
            Self::Long(long) => &long.text,
        }
    }

    pub(crate) fn is_long(&self) -> bool {
        matches!(self, Self::Long(_))
    }

    /// What [`know`](Self::know) was told.
    pub(crate) fn known<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        match self {
            Self::Short(_) => None,
            Self::Long(long) => Arc::clone(long.known.get()?).downcast().ok(),
        }
    }

    /// Keeps what was found out, if the text is long and nothing is known yet.
    pub(crate) fn know<T: Any + Send + Sync>(&self, known: &Arc<T>) {
        if let Self::Long(long) = self {
            long.known.get_or_init(|| Arc::clone(known) as _);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Content, Record};

    #[test]
    fn a_content_is_as_large_as_a_shared_text() {
        assert_eq!(size_of::<Content>(), size_of::<Arc<str>>());
    }

    #[test]
    fn a_text_is_the_same_whoever_wrote_it() {
        let (own, other) = (Record::own("text".into()), Record::new("text"));
        assert!(own.is_own() && !other.is_own() && own.same_content(&other));
    }

    #[test]
    fn only_long_texts_are_known() {
        let (short, long) = (Content::new("text".into()), Content::new("text".repeat(1024).into()));
        for content in [&short, &long] {
            content.know(&Arc::new(5_u8));
            content.know(&Arc::new(6_u8));
        }
        assert_eq!((short.known::<u8>(), long.clone().known::<u8>()), (None, Some(Arc::new(5))));
        assert_eq!(long.known::<u16>(), None);
    }
}
