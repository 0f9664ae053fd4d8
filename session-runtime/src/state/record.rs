//! A session's record opened for reading: the stored form `Map<key, {data, expires}>` as Astro has it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::lifetime::Lifetime;
use crate::clock::Now;
use crate::data::RESERVED_KEY;
use crate::devalue::{self, Document, Field, Kind, Limits, MapIndex, MapWriter, Node, Place};
use crate::{Record, StoreKey};

/// From so many keys on, a table is quicker than a look at all of them: more than for changes, as its keys have to be read
/// first. Records with so many are mostly long ones, which keep it for their next reader.
const MANY: usize = 64;

/// The field of an entry that says of which version its value is. Only versions above 1 are written, so that entries of
/// keys without versions are Astro's own. Astro keeps the field until it sets the key itself.
pub(crate) const VERSION_FIELD: &str = "version";

/// A record whose text has been found to be a session's.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) record: Record,
    layout: Held,
}

/// What is known of a record: a long one keeps it for its next reader.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "that most records need no allocation for it is what this is for"
)]
enum Held {
    Alone(Layout),
    Shared(Arc<Layout>),
}

impl Held {
    fn new(record: &Record, layout: Layout) -> Self {
        if record.content().is_long() {
            let layout = Arc::new(layout);
            record.content().know(&layout);
            Self::Shared(layout)
        } else {
            Self::Alone(layout)
        }
    }
}

impl Deref for Held {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        match self {
            Self::Alone(layout) => layout,
            Self::Shared(layout) => layout,
        }
    }
}

/// What opening a record found out.
#[derive(Debug)]
struct Layout {
    document: Document,
    index: Index,
    /// Where in the index a key is, made when one of many is asked for.
    #[expect(clippy::box_collection, reason = "every record would carry its size about, and few have one")]
    places: OnceLock<Box<HashMap<Box<str>, usize>>>,
    /// What its note says.
    lifetime: Lifetime,
}

/// Where the keys and their entries are.
#[derive(Debug)]
enum Index {
    Known(MapIndex),
    /// Nobody may ever ask for what was written at the end of a request.
    Later(OnceLock<MapIndex>),
}

/// What a record turns out to be.
#[derive(Debug)]
pub(crate) enum Reading {
    /// One of the texts that Astro reads as "no session".
    Empty,
    /// A session.
    Session(Opened),
    /// The session lives on under another id; this is where, and until when (milliseconds since the epoch) this id still
    /// says so.
    Moved(StoreKey, Option<f64>),
}

/// What the library itself has written into a record, under the reserved key.
#[derive(Debug, Default)]
struct Note {
    lifetime: Lifetime,
    /// The store key the session was moved to when its id was renewed.
    moved: Option<String>,
}

/// One live entry of the stored map; the data is where it can be read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<D> {
    pub(crate) data: D,
    pub(crate) expires: Option<f64>,
    /// The version its writer gave it.
    pub(crate) version: Option<u32>,
}

/// An entry to be read.
pub(crate) type Stored<'a> = Entry<Node<'a>>;

/// An entry by its place in a record.
pub(crate) type Found = Entry<Place>;

impl Opened {
    /// Reads a record's text.
    ///
    /// # Errors
    /// The text is no session: not the stored form, its root not a Map, or an entry of it null.
    pub(crate) fn read(record: Record, limits: Limits) -> Result<Reading, devalue::Error> {
        if reads_as_nothing(record.text()) {
            return Ok(Reading::Empty);
        }
        let known = record.content().known::<Layout>();
        if let Some(layout) = known.filter(|known| known.document.is_limited(limits)) {
            return Ok(Reading::Session(Self { record, layout: Held::Shared(layout) }));
        }
        let text = record.shared_text().clone();
        let document = match record.is_own() {
            true => Document::reopened(text, limits)?,
            false => Document::parse_with(text, limits)?,
        };
        let (mut note, mut until) = (Note::default(), None);
        let index = document.root().map_index().ok_or_else(|| not_a("map", document.root()))?;
        for (key, entry) in index.entries(document.root()) {
            if entry.is_null() {
                return Err(not_a("object", entry));
            }
            if key.is_str(RESERVED_KEY) {
                // A note that cannot be read is some other program's key; it is carried over like any other.
                let data = entry.only_data().or_else(|| entry.field("data"));
                note = data.and_then(Note::read).unwrap_or_default();
                until = expires(entry);
            }
        }
        match note.moved.as_deref().and_then(StoreKey::parse) {
            Some(target) => Ok(Reading::Moved(target, until)),
            None => {
                let layout = Layout {
                    document,
                    index: Index::Known(index),
                    places: OnceLock::new(),
                    lifetime: note.lifetime,
                };
                let layout = Held::new(&record, layout);
                Ok(Reading::Session(Self { record, layout }))
            }
        }
    }

    /// What was written just now, as it would be read.
    pub(crate) fn written(document: Document, lifetime: Lifetime, limits: Limits) -> Self {
        let text = document.text().clone();
        let record = if document.is_by_map_writer() { Record::own(text) } else { Record::new(text) };
        let document = document.limited(limits);
        let layout =
            Layout { document, index: Index::Later(OnceLock::new()), places: OnceLock::new(), lifetime };
        Self { layout: Held::new(&record, layout), record }
    }

    /// How long the session lives, as far as it says so.
    pub(crate) fn lifetime(&self) -> Lifetime {
        self.layout.lifetime
    }

    /// The entry of `key`, unless it is absent, odd, or expired at `now`.
    pub(crate) fn get<'a>(&self, key: &str, now: impl Into<Now<'a>>) -> Option<Stored<'_>> {
        self.entry(key).and_then(|entry| live(entry, now))
    }

    fn entry(&self, key: &str) -> Option<Node<'_>> {
        if self.layout.index().len() < MANY {
            return self.entries().find(|(name, _)| name.is_str(key)).map(|(_, entry)| entry);
        }
        let places = self.layout.places.get_or_init(|| {
            // Of equal keys the first one counts, as above.
            let keys = (0..).zip(self.entries()).filter_map(|(place, (key, _))| Some((key.as_str()?, place)));
            let mut places = HashMap::new();
            keys.for_each(|(key, place)| _ = places.entry(key.into()).or_insert(place));
            Box::new(places)
        });
        self.layout.index().value(self.layout.document.root(), *places.get(key)?)
    }

    /// Where the entry of `key` is, as [`get`](Self::get).
    pub(crate) fn find<'a>(&self, key: &str, now: impl Into<Now<'a>>) -> Option<Found> {
        let Entry { data, expires, version } = self.get(key, now)?;
        Some(Entry { data: data.place(), expires, version })
    }

    /// An entry that [`find`](Self::find) found.
    pub(crate) fn at(&self, found: Found) -> Stored<'_> {
        let Entry { data, expires, version } = found;
        Entry { data: self.layout.document.at(data), expires, version }
    }

    /// Every live entry with a string key, in stored order, without the library's own.
    pub(crate) fn live(&self, now: u64) -> impl Iterator<Item = (Cow<'_, str>, Stored<'_>)> {
        self.entries().filter_map(move |(key, entry)| {
            let key = key.as_str().filter(|key| key != RESERVED_KEY)?;
            Some((key, live(entry, now)?))
        })
    }

    /// Every entry as it is stored, odd ones included.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
        self.layout.index().entries(self.layout.document.root())
    }
}

impl Layout {
    fn index(&self) -> &MapIndex {
        match &self.index {
            Index::Known(index) => index,
            Index::Later(later) => later.get_or_init(|| self.document.root().map_index().unwrap_or_default()),
        }
    }
}

impl Note {
    fn read(data: Node<'_>) -> Option<Self> {
        // Nearly always there is nothing else.
        if let Some(created) = data.only_field(Lifetime::CREATED).and_then(Node::as_count) {
            let lifetime = Lifetime { created: Some(created), remembered: None };
            return Some(Self { lifetime, moved: None });
        }
        let fields = data.fields([Lifetime::CREATED, Lifetime::REMEMBERED, "moved"])?;
        let [created, remembered, moved] =
            fields.map(|field| field.filter(|field| field.kind() != Kind::Null));
        let number = |field: Option<Node<'_>>| field.map(Node::decode).transpose().ok();
        let remembered = number(remembered)?.and_then(NonZeroU64::new);
        let lifetime = Lifetime { created: number(created)?, remembered };
        Some(Self { lifetime, moved: moved.map(Node::decode).transpose().ok()? })
    }
}

/// Writes a note, given by its fields.
pub(crate) fn put_note<'a>(writer: &mut MapWriter<'a>, fields: &'a [(&'a str, Field<'a>)]) {
    put_note_until(writer, fields, Field::Undefined);
}

fn put_note_until<'a>(writer: &mut MapWriter<'a>, fields: &'a [(&'a str, Field<'a>)], until: Field<'a>) {
    writer.put(RESERVED_KEY, &[("data", Field::Object(fields)), ("expires", until)]);
}

/// The record that says where a session went, until a point in time. The store's expiry is not enough: a request that had
/// read the session before may keep alive what it takes for it.
pub(crate) fn moved_marker(target: &StoreKey, until: u64) -> Result<Record, devalue::Error> {
    let target = devalue::to_document(target.as_str())?;
    let fields = [("moved", Field::Node(target.root()))];
    let mut writer = MapWriter::new();
    put_note_until(&mut writer, &fields, Field::Number(to_number(until)));
    Ok(Record::new(Arc::clone(writer.finish()?.text())))
}

/// Whether an entry has run out: `expires` is a number below `now`; anything else never expires.
pub(crate) fn is_expired(entry: Node<'_>, now: u64) -> bool {
    is_past(expires(entry), now)
}

fn expires(entry: Node<'_>) -> Option<f64> {
    if entry.only_data().is_some() {
        return None;
    }
    entry.field("expires").and_then(Node::as_f64)
}

pub(crate) fn is_past<'a>(expires: Option<f64>, now: impl Into<Now<'a>>) -> bool {
    expires.is_some_and(|expires| expires < to_number(now.into().ms()))
}

fn not_a(expected: &'static str, found: Node<'_>) -> devalue::Error {
    devalue::Error::mismatch(expected, found.kind().to_string())
}

/// What an entry holds, unless it is odd or has run out.
pub(crate) fn live<'a, 'n>(entry: Node<'a>, now: impl Into<Now<'n>>) -> Option<Stored<'a>> {
    if let Some(data) = entry.only_data() {
        return Some(Entry { data, expires: None, version: None });
    }
    let [data, expires, number] = entry.fields(["data", "expires", VERSION_FIELD])?;
    let data = data.filter(|data| data.kind() != Kind::Undefined)?;
    let expires = expires.and_then(Node::as_f64);
    if is_past(expires, now) {
        return None;
    }
    let version = number.and_then(Node::as_f64).and_then(version);
    Some(Entry { data, expires, version })
}

/// A version is a whole number above zero; another program's field of that name is none. One that no `u32` holds is
/// newer than all that are known.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and positive; `as` saturates"
)]
fn version(number: f64) -> Option<u32> {
    (number >= 1.0 && number.fract() == 0.0).then_some(number as u32)
}

/// Milliseconds as JavaScript has them.
#[allow(
    clippy::cast_precision_loss,
    reason = "milliseconds since the epoch are exact in a double for 285,000 years"
)]
pub(crate) fn to_number(ms: u64) -> f64 {
    ms as f64
}

/// The texts that Astro's storage layer turns into a falsy value, and so into "no session".
fn reads_as_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "null" | "0" | "nan" | "NaN" | "undefined")
}
