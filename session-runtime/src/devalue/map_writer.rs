use std::fmt;

use super::copy::{Seen, UrlForm, copy};
use super::document::Node;
use super::error::Error;
use super::limits::Limits;
use super::scan::scan;
use super::slot::Slot;
use super::source::Source;
use super::text::Raw;
use super::writer::{Open, Writer};

/// Writes the text of one Map from values that are kept and objects that are new: a session's record.
///
/// What comes out is what Astro would print for the same Map: primitives once, numbers in order, URLs as
/// `["URL",index]`.
///
/// ```
/// use session_runtime::devalue::{Document, Field, MapWriter};
///
/// let old = Document::parse(r#"[["Map",1,2],"a",{"data":3,"expires":-1},"x"]"#)?;
/// let mut map = MapWriter::new();
/// for (key, value) in old.root().map_entries().expect("a map") {
///     map.keep(key, value);
/// }
/// map.put("b", &[("data", Field::Text(r#"["x"]"#)), ("expires", Field::Undefined)]);
/// assert_eq!(map.finish()?, r#"[["Map",1,2,4,5],"a",{"data":3,"expires":-1},"x","b",{"data":3,"expires":-1}]"#);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
pub struct MapWriter<'a> {
    writer: Box<Writer>,
    open: Open,
    sources: Vec<Copied<'a>>,
    failed: Option<Error>,
}

/// A document that values were kept from, and where its entries went.
struct Copied<'a> {
    source: Source<'a, 'a>,
    seen: Seen<'a>,
}

/// The value of a field in an object that [`MapWriter::put`] makes.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    /// `undefined`.
    Undefined,
    /// A number.
    Number(f64),
    /// A complete devalue text, whose value is put in.
    Text(&'a str),
    /// A value of a document.
    Node(Node<'a>),
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("Undefined"),
            Self::Number(_) => f.write_str("Number"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Node(node) => node.fmt(f),
        }
    }
}

impl Default for MapWriter<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> MapWriter<'a> {
    /// Begins an empty Map.
    #[must_use]
    pub fn new() -> Self {
        let mut writer = Writer::new();
        let open = writer.open();
        Self { writer, open, sources: Vec::new(), failed: None }
    }

    /// Carries an entry over without decoding it. Parts that nodes of one document share stay shared.
    ///
    /// The caller sees to it that no key comes twice. An entry that is not well-formed makes [`Self::finish`] fail.
    pub fn keep(&mut self, key: Node<'a>, value: Node<'a>) {
        let key = self.node(key);
        let key = self.writer.member(key);
        self.writer.push_item(key);
        let value = self.node(value);
        self.writer.push_item(value);
    }

    /// Adds an entry whose value is a new plain object, with its fields in the order given.
    ///
    /// A text or node that is not well-formed makes [`Self::finish`] fail.
    pub fn put(&mut self, key: &str, fields: &[(&str, Field<'a>)]) {
        let key = self.writer.string(key);
        self.writer.push_item(key);
        let object = self.writer.open();
        for (name, field) in fields {
            self.writer.push_key(name);
            let end = self.writer.keys.len();
            let slot = match *field {
                Field::Undefined => Slot::UNDEFINED,
                Field::Number(number) => self.writer.float(number),
                Field::Text(text) => self.text(text),
                Field::Node(node) => self.node(node),
            };
            let kept = self.failed.is_some() || end == self.writer.keys.len();
            debug_assert!(kept, "containers leave the keys as they found them");
            self.writer.push_item(slot);
        }
        self.writer.close_object(&object);
        self.writer.push_item(object.slot);
    }

    /// The text: `[["Map"]]` if nothing was added.
    ///
    /// # Errors
    /// If something that was kept or put is not well-formed.
    pub fn finish(mut self) -> Result<String, Error> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.writer.close_tagged(&self.open, Raw { text: "Map", escaped: false }, "");
        self.writer.finish(self.open.slot)
    }

    fn node(&mut self, node: Node<'a>) -> Slot {
        if self.failed.is_some() {
            return Slot::UNDEFINED;
        }
        let known =
            self.sources.iter().position(|copied| std::ptr::eq(copied.source.starts, node.source.starts));
        let at = known.unwrap_or_else(|| {
            self.sources.push(Copied { source: node.source, seen: Seen::default() });
            self.sources.len() - 1
        });
        let Some(Copied { source, seen }) = self.sources.get_mut(at) else { return Slot::UNDEFINED };
        let copied = copy(&mut self.writer, *source, seen, node.slot, UrlForm::Astro);
        self.note(copied)
    }

    fn text(&mut self, text: &str) -> Slot {
        if self.failed.is_some() {
            return Slot::UNDEFINED;
        }
        let limits = Limits::default().max_bytes(usize::MAX).max_entries(usize::MAX);
        let copied = scan(text, &limits).and_then(|found| {
            let source = Source { text, starts: &found.starts };
            copy(&mut self.writer, source, &mut Seen::default(), found.root, UrlForm::Astro)
        });
        self.note(copied)
    }

    fn note(&mut self, copied: Result<Slot, Error>) -> Slot {
        copied.unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            Slot::UNDEFINED
        })
    }
}

impl fmt::Debug for MapWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapWriter").field("entries", &self.writer.count).finish_non_exhaustive()
    }
}
