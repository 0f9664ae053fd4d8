use std::fmt;
use std::sync::Arc;

use super::error::Error;
use super::limits::Limits;
use super::locate::locate;
use super::node::{Node, Place};
use super::scan::{Scan, scan};
use super::slot::Slot;
use super::source::Source;
use super::starts::Starts;

/// A text that was opened once, so that single values can be read from it.
///
/// Opening checks the whole text against JSON's grammar and notes where the entries start; values are looked at only
/// when they are asked for, so an entry that nothing refers to never makes trouble.
///
/// ```
/// use session_runtime::devalue::Document;
///
/// let document = Document::parse(r#"[{"name":1,"age":2},"Ada",36]"#)?;
/// let age: u8 = document.root().field("age").expect("there is one").decode()?;
/// assert_eq!(age, 36);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
#[derive(Clone)]
pub struct Document {
    text: Arc<str>,
    starts: Starts,
    root: Slot,
    limits: Limits,
    author: Author,
    /// As [`Scan`](super::scan::Scan) has it.
    is_plain: bool,
}

/// Who wrote a document, and so what need not be checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// Anybody.
    Other,
    /// This codec: all of it is in devalue's own form and order, but for what [`MapWriter`](super::MapWriter) has copied
    /// from elsewhere. There the order of entries is devalue's, but an entry may stand as another program had it: a
    /// primitive twice, keys in another order or equal, the members of a Map or Set equal, an array with holes in its longer
    /// form, digits with zeros in front.
    Codec,
    /// [`MapWriter`](super::MapWriter): also, each key of the root comes once, all that a key brings with it stands in one
    /// stretch of entries, and URLs are in Astro's form.
    MapWriter,
}

impl Document {
    /// Opens a text with the default [`Limits`]. A byte order mark in front is ignored, as Astro does.
    ///
    /// # Errors
    /// [`ErrorKind::Syntax`](super::ErrorKind) if it is no devalue text, `Limit` if it is too large.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, Error> {
        Self::parse_with(text, Limits::default())
    }

    /// Opens a text with limits of one's own.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_with(text: impl Into<Arc<str>>, limits: Limits) -> Result<Self, Error> {
        let (text, mut starts) = (text.into(), Starts::begin(limits.entries));
        let Scan { root, is_plain } = scan(&text, &limits, &mut starts)?;
        starts.fit();
        Ok(Self { text, starts, root, limits, author: Author::Other, is_plain })
    }

    /// Opens a text again that [`MapWriter`](super::MapWriter) has written in this process. It is not checked.
    pub(crate) fn reopened(text: Arc<str>, limits: Limits) -> Result<Self, Error> {
        let Some(mut starts) = locate(&text, &limits) else { return Self::parse_with(text, limits) };
        starts.fit();
        Ok(Self { text, starts, root: Slot::ROOT, limits, author: Author::MapWriter, is_plain: true })
    }

    /// What a writer has just written, and where its entries start.
    pub(crate) fn written(text: &str, starts: &[u32], root: Slot) -> Self {
        let (text, starts) = (text.into(), starts.into());
        let (limits, author) = (Limits::default(), Author::Codec);
        // It may have escapes; who reads it anew will know.
        Self { text, starts, root, limits, author, is_plain: false }
    }

    /// The same document, which [`MapWriter`](super::MapWriter) has just written.
    pub(crate) fn by_map_writer(self) -> Self {
        Self { author: Author::MapWriter, ..self }
    }

    /// Whether its text may be [opened again](Self::reopened) without a check.
    pub(crate) fn is_by_map_writer(&self) -> bool {
        self.author == Author::MapWriter
    }

    /// The same document with limits of one's own for what is decoded from it.
    pub(crate) fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The value at a place that one of its nodes had.
    pub(crate) fn at(&self, place: Place) -> Node<'_> {
        place.of(self.root())
    }

    /// Whether these are the limits for what is decoded from it.
    pub(crate) fn is_limited(&self, limits: Limits) -> bool {
        self.limits == limits
    }

    /// Whether it could be opened with these limits.
    pub(crate) fn is_within(&self, limits: Limits) -> bool {
        self.text.len() <= limits.bytes && self.starts.len() <= limits.entries
    }

    /// The text that was opened, unchanged.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The value of the whole text.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        let source = Source { text: &self.text, starts: &self.starts };
        let (slot, limits) = (self.root, &self.limits);
        Node { source, slot, limits, author: self.author, is_plain: self.is_plain }
    }
}

/// Whether both are the same text.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && *self.starts == *other.starts && self.root == other.root
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("bytes", &self.text.len())
            .field("entries", &self.starts.len())
            .finish()
    }
}
