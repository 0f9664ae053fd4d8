use std::collections::hash_map::{Entry, HashMap};
use std::fmt;
use std::ops::Range;

use super::copy::{Seen, UrlForm, copy};
use super::document::{Author, Document};
use super::error::{Error, ErrorKind};
use super::key_order::KeyOrder;
use super::limits::Limits;
use super::node::Node;
use super::scan::scan;
use super::slot::Slot;
use super::source::Source;
use super::splice::{self, splice};
use super::starts::Starts;
use super::text::Raw;
use super::writer::Writer;

/// Writes the text of one Map from values that are kept and objects that are new: a session's record.
///
/// What comes out is what Astro would print for the same Map: primitives once, numbers in order, URLs as
/// `["URL",index]`. Only what is kept from a text that devalue would have printed otherwise, say with the keys of an object
/// in another order, may stay as it was: it means the same.
///
/// ```
/// use session_runtime::devalue::{self, Document, Field, MapWriter};
///
/// let old = Document::parse(r#"[["Map",1,2],"a",{"data":3,"expires":-1},"x"]"#)?;
/// let mut map = MapWriter::new();
/// for (key, value) in old.root().map_entries().expect("a map") {
///     map.keep(key, value);
/// }
/// let value = devalue::to_document("x")?;
/// map.put("b", &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
/// assert_eq!(&**map.finish()?.text(), r#"[["Map",1,2,4,5],"a",{"data":3,"expires":-1},"x","b",{"data":3,"expires":-1}]"#);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
pub struct MapWriter<'a> {
    members: Vec<Member<'a>>,
    /// The documents that entries are kept from: mostly one.
    sources: Vec<Kept<'a>>,
    numbers: Numbers,
    /// The fields of the new members, one after the other.
    fields: Vec<(&'a str, Field<'a>)>,
}

/// The numbers of documents, by where they are in memory.
#[derive(Default)]
struct Numbers {
    /// Mostly the only one.
    first: Option<usize>,
    others: HashMap<usize, usize>,
}

impl Numbers {
    /// The number of a document, and whether it is a new one. They are counted from zero.
    fn of(&mut self, source: Source<'_, '_>) -> (usize, bool) {
        let (place, next) = (source.place(), self.others.len() + 1);
        match self.first {
            Some(first) if first == place => (0, false),
            Some(_) => match self.others.entry(place) {
                Entry::Occupied(known) => (*known.get(), false),
                Entry::Vacant(new) => (*new.insert(next), true),
            },
            None => {
                self.first = Some(place);
                (0, true)
            }
        }
    }
}

/// A document that entries are kept from.
#[derive(Clone, Copy)]
struct Kept<'a> {
    source: Source<'a, 'a>,
    /// Whether a writer of this kind has written it.
    own: bool,
}

enum Member<'a> {
    /// Key and value, and the numbers of their documents.
    Kept([Slot; 2], [usize; 2]),
    /// A key and which fields.
    New(&'a str, Range<usize>),
}

/// The value of a field in an object that [`MapWriter::put`] makes.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    /// `undefined`.
    Undefined,
    /// A number.
    Number(f64),
    /// A new plain object with these fields, as [`MapWriter::put`] makes one.
    Object(&'a [(&'a str, Self)]),
    /// A complete devalue text, whose value is put in.
    Text(&'a str),
    /// A value of a document. One that [`to_document`](super::to_document) wrote is copied without being looked at. The whole
    /// of what this codec wrote is a value of its own each time; nodes inside one document share what they have in common.
    Node(Node<'a>),
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("Undefined"),
            Self::Number(_) => f.write_str("Number"),
            Self::Object(fields) => write!(f, "Object({} fields)", fields.len()),
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
        Self::with_capacity(0, 0)
    }

    /// Begins an empty Map with room for so many entries that are kept and so many new ones.
    ///
    /// ```
    /// use session_runtime::devalue::MapWriter;
    ///
    /// assert_eq!(&**MapWriter::with_capacity(4, 1).finish()?.text(), r#"[["Map"]]"#);
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    #[must_use]
    pub fn with_capacity(kept: usize, new: usize) -> Self {
        Self {
            members: Vec::with_capacity(kept + new),
            sources: Vec::with_capacity(kept.min(1)),
            numbers: Numbers::default(),
            fields: Vec::with_capacity(2 * new),
        }
    }

    /// Carries an entry over without decoding it. Parts that nodes of one document share stay shared.
    ///
    /// The caller sees to it that no key comes twice. An entry that is not well-formed makes [`Self::finish`] fail.
    pub fn keep(&mut self, key: Node<'a>, value: Node<'a>) {
        let sources = [key, value].map(|node| self.source(node));
        self.members.push(Member::Kept([key.slot, value.slot], sources));
    }

    /// The number of a node's document.
    fn source(&mut self, Node { source, author, .. }: Node<'a>) -> usize {
        let (number, is_new) = self.numbers.of(source);
        if is_new {
            self.sources.push(Kept { source, own: author == Author::MapWriter });
        }
        number
    }

    /// Adds an entry whose value is a new plain object. Its fields come in the order given, as far as JavaScript lets
    /// them: array indices go first, and of two fields of one name the last counts.
    ///
    /// A text or node that is not well-formed, and a field `__proto__`, make [`Self::finish`] fail.
    pub fn put(&mut self, key: &'a str, fields: &[(&'a str, Field<'a>)]) {
        let first = self.fields.len();
        self.fields.extend_from_slice(fields);
        self.members.push(Member::New(key, first..self.fields.len()));
    }

    /// The Map: `[["Map"]]` if nothing was added.
    ///
    /// # Errors
    /// If something that was kept or put is not well-formed.
    pub fn finish(self) -> Result<Document, Error> {
        let nothing = Kept { source: Source { text: "", starts: &[] }, own: true };
        let Kept { source, own } = self.sources.first().copied().unwrap_or(nothing);
        let members = self.members.iter().map(|member| match member {
            Member::Kept([key, value], [0, 0]) => Some(splice::Member::Kept(*key, *value)),
            Member::Kept(..) => None,
            Member::New(key, fields) => Some(splice::Member::New(key, self.fields.get(fields.clone())?)),
        });
        match splice(source, own, members) {
            Some(document) => Ok(document.by_map_writer()),
            None => Rebuild::new(&self.sources, self.numbers).run(&self.members, &self.fields),
        }
    }
}

/// Whether a name may follow the fields before it in one object, as far as the order of its keys goes.
pub(crate) fn accepts(order: &mut KeyOrder, before: &[(&str, Field<'_>)], name: &str) -> bool {
    order.accepts(name) && name != "__proto__" && !before.iter().any(|(earlier, _)| *earlier == name)
}

/// The way for everything else: values are copied one by one.
struct Rebuild<'a> {
    writer: Box<Writer>,
    sources: Vec<Copied<'a>>,
    numbers: Numbers,
    /// Whether each member so far has its entries in one stretch: only such a text is copied from without a look.
    apart: bool,
}

/// A document that values were kept from, and where its entries went.
struct Copied<'a> {
    source: Source<'a, 'a>,
    seen: Seen<'a>,
}

impl<'a> Rebuild<'a> {
    fn new(sources: &[Kept<'a>], numbers: Numbers) -> Self {
        let copied = |&Kept { source, .. }: &Kept<'a>| Copied { source, seen: Seen::default() };
        Self { writer: Writer::new(), sources: sources.iter().map(copied).collect(), numbers, apart: true }
    }

    fn run(mut self, members: &[Member<'a>], fields: &[(&'a str, Field<'a>)]) -> Result<Document, Error> {
        let map = self.writer.open();
        for member in members {
            match member {
                Member::Kept(places, sources) => self.keep(*places, *sources)?,
                Member::New(key, range) => self.put(key, fields.get(range.clone()).unwrap_or_default())?,
            }
        }
        self.writer.close_tagged(&map, Raw { text: "Map", escaped: false }, "");
        let (out_of_order, apart) = (self.writer.out_of_order, self.apart);
        let document = self.writer.finish_document(map.slot)?;
        if !out_of_order {
            return Ok(if apart { document.by_map_writer() } else { document });
        }
        let (mut writer, root) = (Writer::new(), document.root());
        let root = copy(&mut writer, root.source, &mut Seen::default(), root.slot, UrlForm::Astro)?;
        writer.finish_document(root)
    }

    fn keep(&mut self, [key, value]: [Slot; 2], [of_key, of_value]: [usize; 2]) -> Result<(), Error> {
        let before = self.writer.count();
        let key = self.copied(of_key, key)?;
        let key = self.writer.member(key);
        self.writer.push_item(key);
        let behind_key = self.writer.count();
        let value = self.copied(of_value, value)?;
        self.writer.push_item(value);
        // A key of several entries, or a value that an earlier one has too, is not where a stretch would have it.
        self.apart &= key.index().is_some() && behind_key <= before + 1 && value.index() == Some(behind_key);
        Ok(())
    }

    fn put(&mut self, key: &str, fields: &[(&str, Field<'a>)]) -> Result<(), Error> {
        let key = self.writer.string(key);
        self.writer.push_item(key);
        let object = self.object(fields)?;
        self.writer.push_item(object);
        Ok(())
    }

    fn object(&mut self, fields: &[(&str, Field<'a>)]) -> Result<Slot, Error> {
        let object = self.writer.open();
        let mut order = KeyOrder::default();
        for (nth, (name, field)) in fields.iter().enumerate() {
            if *name == "__proto__" {
                return Err(Error::new(ErrorKind::Unsupported, "an object with a `__proto__` key"));
            }
            let fine = accepts(&mut order, fields.get(..nth).unwrap_or_default(), name);
            self.writer.out_of_order |= !fine;
            self.writer.push_key(name);
            let slot = match *field {
                Field::Undefined => Slot::UNDEFINED,
                Field::Number(number) => self.writer.float(number),
                Field::Object(fields) => self.object(fields)?,
                Field::Text(text) => self.text(text)?,
                Field::Node(node) => self.node(node)?,
            };
            self.writer.push_item(slot);
        }
        self.writer.close_object(&object);
        Ok(object.slot)
    }

    fn node(&mut self, node: Node<'a>) -> Result<Slot, Error> {
        let source = node.source;
        if node.is_whole() {
            // Each time it is put it is a value of its own, as when entries are merely copied.
            return copy(&mut self.writer, source, &mut Seen::default(), node.slot, UrlForm::Astro);
        }
        let (at, is_new) = self.numbers.of(source);
        if is_new {
            self.sources.push(Copied { source, seen: Seen::default() });
        }
        self.copied(at, node.slot)
    }

    /// A value of the document of that number.
    fn copied(&mut self, at: usize, slot: Slot) -> Result<Slot, Error> {
        let Some(Copied { source, seen }) = self.sources.get_mut(at) else { return Ok(Slot::UNDEFINED) };
        copy(&mut self.writer, *source, seen, slot, UrlForm::Astro)
    }

    fn text(&mut self, text: &str) -> Result<Slot, Error> {
        let limits = Limits::of_own_text();
        let mut starts = Starts::begin(limits.entries);
        let found = scan(text, &limits, &mut starts)?;
        let source = Source { text, starts: &starts };
        copy(&mut self.writer, source, &mut Seen::default(), found.root, UrlForm::Astro)
    }
}

impl fmt::Debug for MapWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MapWriter").field("members", &self.members.len()).finish_non_exhaustive()
    }
}
