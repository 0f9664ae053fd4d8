use std::fmt;
use std::ops::Range;

use super::copy::{Seen, UrlForm, copy};
use super::document::Node;
use super::error::Error;
use super::limits::Limits;
use super::scan::{Scan, scan};
use super::slot::Slot;
use super::source::Source;
use super::splice::{self, Annex, splice};
use super::text::{self, Raw};
use super::writer::Writer;

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
    members: Vec<Member<'a>>,
    /// The document that entries are kept from first.
    old: Option<Source<'a, 'a>>,
    /// The entries of new members.
    annex: Annex,
}

enum Member<'a> {
    Kept(Node<'a>, Node<'a>),
    /// Key and value among the entries of the annex.
    New(Range<usize>),
    /// With values that cannot go into the annex as they are.
    Loose(String, Vec<(String, Field<'a>)>),
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
        Self { members: Vec::new(), old: None, annex: Annex::default() }
    }

    /// Carries an entry over without decoding it. Parts that nodes of one document share stay shared.
    ///
    /// The caller sees to it that no key comes twice. An entry that is not well-formed makes [`Self::finish`] fail.
    pub fn keep(&mut self, key: Node<'a>, value: Node<'a>) {
        self.old.get_or_insert(key.source);
        self.members.push(Member::Kept(key, value));
    }

    /// Adds an entry whose value is a new plain object, with its fields in the order given.
    ///
    /// A text or node that is not well-formed makes [`Self::finish`] fail.
    pub fn put(&mut self, key: &str, fields: &[(&str, Field<'a>)]) {
        let (entries, bytes) = (self.annex.starts.len(), self.annex.text.len());
        let member = if annex(&mut self.annex, key, fields).is_some() {
            Member::New(entries..self.annex.starts.len())
        } else {
            self.annex.starts.truncate(entries);
            self.annex.text.truncate(bytes);
            Member::Loose(key.into(), fields.iter().map(|&(name, field)| (name.into(), field)).collect())
        };
        self.members.push(member);
    }

    /// The text: `[["Map"]]` if nothing was added.
    ///
    /// # Errors
    /// If something that was kept or put is not well-formed.
    pub fn finish(mut self) -> Result<String, Error> {
        self.annex.text.push(']');
        if let Some(text) = self.spliced() {
            return Ok(text);
        }
        let Self { members, annex, .. } = self;
        Rebuild::of(Source { text: &annex.text, starts: &annex.starts }).run(&members)
    }

    /// The way for what stands in devalue's own form; see [`splice`].
    fn spliced(&self) -> Option<String> {
        let new = Source { text: &self.annex.text, starts: &self.annex.starts };
        let old = self.old.unwrap_or(Source { text: "", starts: &[] });
        let member = |member: &Member<'a>| match member {
            Member::Kept(key, value) if [key, value].iter().all(|node| node.source.is(old)) => {
                Some(splice::Member::Kept(key.slot, value.slot))
            }
            Member::New(range) => Some(splice::Member::New(range.start, range.end)),
            _ => None,
        };
        let members = self.members.iter().map(member).collect::<Option<Vec<_>>>()?;
        splice(old, new, &members)
    }
}

/// Writes the key, the object and what is in its fields behind one another, as devalue orders them.
fn annex(annex: &mut Annex, key: &str, fields: &[(&str, Field<'_>)]) -> Option<()> {
    text::push_quoted(annex.begin()?, key);
    let limits = Limits::default().max_bytes(usize::MAX).max_entries(usize::MAX);
    let mut next = annex.starts.len() + 1;
    let mut contents = Vec::with_capacity(fields.len());
    let object = annex.begin()?;
    for (index, (name, field)) in fields.iter().enumerate() {
        object.push(if index == 0 { '{' } else { ',' });
        text::push_quoted(object, name);
        object.push(':');
        let (slot, content) = match *field {
            Field::Undefined => (Slot::UNDEFINED, Content::None),
            Field::Number(number) => match Slot::of_float(number) {
                Some(slot) => (slot, Content::None),
                None => (Slot::entry(next)?, Content::Number(number)),
            },
            Field::Text(text) => {
                let found = scan(text, &limits).ok()?;
                let slot = if found.root.index().is_some() { Slot::entry(next)? } else { found.root };
                (slot, Content::Text(text, found))
            }
            Field::Node(_) => return None,
        };
        next += content.count();
        slot.push_to(object);
        contents.push(content);
    }
    object.push_str(if fields.is_empty() { "{}" } else { "}" });
    for content in contents {
        match content {
            Content::Number(number) => annex.number(number)?,
            Content::Text(text, found) if !found.starts.is_empty() => {
                annex.append(Source { text, starts: &found.starts })?;
            }
            _ => {}
        }
    }
    Some(())
}

/// What a field brings with it.
enum Content<'t> {
    None,
    Number(f64),
    Text(&'t str, Scan),
}

impl Content<'_> {
    fn count(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Number(_) => 1,
            Self::Text(_, found) => found.starts.len(),
        }
    }
}

/// The way for everything else: values are copied one by one.
struct Rebuild<'a, 'n> {
    writer: Box<Writer>,
    annex: Source<'n, 'n>,
    annexed: Seen<'n>,
    sources: Vec<Copied<'a>>,
}

/// A document that values were kept from, and where its entries went.
struct Copied<'a> {
    source: Source<'a, 'a>,
    seen: Seen<'a>,
}

impl<'a, 'n> Rebuild<'a, 'n> {
    fn of(annex: Source<'n, 'n>) -> Self {
        Self { writer: Writer::new(), annex, annexed: Seen::default(), sources: Vec::new() }
    }

    fn run(mut self, members: &[Member<'a>]) -> Result<String, Error> {
        let map = self.writer.open();
        for member in members {
            match member {
                Member::Kept(key, value) => {
                    let key = self.node(*key)?;
                    let key = self.writer.member(key);
                    self.writer.push_item(key);
                    let value = self.node(*value)?;
                    self.writer.push_item(value);
                }
                Member::New(range) => {
                    for index in [range.start, range.start + 1] {
                        let slot = Slot::entry(index).unwrap_or(Slot::UNDEFINED);
                        let slot =
                            copy(&mut self.writer, self.annex, &mut self.annexed, slot, UrlForm::Astro)?;
                        self.writer.push_item(slot);
                    }
                }
                Member::Loose(key, fields) => self.loose(key, fields)?,
            }
        }
        self.writer.close_tagged(&map, Raw { text: "Map", escaped: false }, "");
        self.writer.finish(map.slot)
    }

    fn loose(&mut self, key: &str, fields: &[(String, Field<'a>)]) -> Result<(), Error> {
        let key = self.writer.string(key);
        self.writer.push_item(key);
        let object = self.writer.open();
        for (name, field) in fields {
            self.writer.push_key(name);
            let slot = match *field {
                Field::Undefined => Slot::UNDEFINED,
                Field::Number(number) => self.writer.float(number),
                Field::Text(text) => self.text(text)?,
                Field::Node(node) => self.node(node)?,
            };
            self.writer.push_item(slot);
        }
        self.writer.close_object(&object);
        self.writer.push_item(object.slot);
        Ok(())
    }

    fn node(&mut self, node: Node<'a>) -> Result<Slot, Error> {
        let known = self.sources.iter().position(|copied| copied.source.is(node.source));
        let at = known.unwrap_or_else(|| {
            self.sources.push(Copied { source: node.source, seen: Seen::default() });
            self.sources.len() - 1
        });
        let Some(Copied { source, seen }) = self.sources.get_mut(at) else { return Ok(Slot::UNDEFINED) };
        copy(&mut self.writer, *source, seen, node.slot, UrlForm::Astro)
    }

    fn text(&mut self, text: &str) -> Result<Slot, Error> {
        let limits = Limits::default().max_bytes(usize::MAX).max_entries(usize::MAX);
        let found = scan(text, &limits)?;
        let source = Source { text, starts: &found.starts };
        copy(&mut self.writer, source, &mut Seen::default(), found.root, UrlForm::Astro)
    }
}

impl fmt::Debug for MapWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapWriter").field("members", &self.members.len()).finish_non_exhaustive()
    }
}
