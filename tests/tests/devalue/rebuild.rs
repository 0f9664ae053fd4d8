//! The slow and obvious way to do what `MapWriter` does: everything becomes parts, and the parts are written.

use std::collections::HashMap;

use session_runtime::devalue::{Document, Error, Field, MapWriter, Part, Ref, Value};

/// One entry of a record as Astro stores it: `key → {data, expires}`.
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    /// A whole text.
    pub(crate) data: &'a str,
    pub(crate) expires: Option<f64>,
}

/// The record's text, made with `Value` alone.
pub(crate) fn record(entries: &[Entry<'_>], parse: impl Fn(&str) -> Value) -> Result<String, Error> {
    let mut whole = Value::new();
    let mut pairs = Vec::new();
    for entry in entries {
        let source = parse(entry.data);
        let data = graft(&mut whole, &source, source.root());
        let expires = entry.expires.map_or(Ref::UNDEFINED, |number| whole.add(number));
        let object = whole.add(Part::object([("data", data), ("expires", expires)]));
        pairs.push((whole.add(entry.key), object));
    }
    let root = whole.add(Part::map(pairs));
    whole.set_root(root);
    whole.to_text()
}

/// The same with `MapWriter`, each value put in as a text.
pub(crate) fn put(entries: &[Entry<'_>]) -> Result<String, Error> {
    let mut writer = MapWriter::new();
    for entry in entries {
        let expires = entry.expires.map_or(Field::Undefined, Field::Number);
        writer.put(entry.key, &[("data", Field::Text(entry.data)), ("expires", expires)]);
    }
    writer.finish()
}

/// The same with `MapWriter`, each value put in as a node of its document.
pub(crate) fn put_nodes(entries: &[Entry<'_>]) -> Result<String, Error> {
    let open = |entry: &Entry<'_>| Document::parse(entry.data);
    let documents = entries.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let mut writer = MapWriter::new();
    for (entry, document) in entries.iter().zip(&documents) {
        let expires = entry.expires.map_or(Field::Undefined, Field::Number);
        writer.put(entry.key, &[("data", Field::Node(document.root())), ("expires", expires)]);
    }
    writer.finish()
}

/// The record with every entry carried over.
pub(crate) fn keep(record: &str) -> Result<String, Error> {
    let document = Document::parse(record)?;
    let mut writer = MapWriter::new();
    for (key, value) in document.root().map_entries().expect("a record is a Map") {
        writer.keep(key, value);
    }
    writer.finish()
}

/// Copies a part and all it refers to into another value. URLs become what Astro's reducer makes of them.
pub(crate) fn graft(into: &mut Value, from: &Value, root: Ref) -> Ref {
    let mut places: HashMap<Ref, Ref> = HashMap::new();
    let mut waiting = Vec::new();
    let mut place = |at: Ref, into: &mut Value, waiting: &mut Vec<(Ref, Ref)>| {
        *places.entry(at).or_insert_with(|| {
            let new = into.add(Part::Undefined);
            waiting.push((at, new));
            new
        })
    };
    let new_root = place(root, into, &mut waiting);
    while let Some((old, new)) = waiting.pop() {
        let part = match from.get(old) {
            Part::Url(href) => {
                let content = into.add(href.clone());
                Part::Custom { name: "URL".to_owned(), content }
            }
            part => mapped(part, |child| place(child, into, &mut waiting)),
        };
        *into.get_mut(new).expect("it was added") = part;
    }
    new_root
}

/// A part with other references.
pub(crate) fn mapped(part: &Part, mut to: impl FnMut(Ref) -> Ref) -> Part {
    match part {
        Part::Array(items) => Part::Array(items.iter().map(|item| item.map(&mut to)).collect()),
        Part::Sparse { length, items } => {
            let items = items.iter().map(|&(position, item)| (position, to(item))).collect();
            Part::Sparse { length: *length, items }
        }
        Part::Object(members) => Part::object(members.iter().map(|(key, value)| (key.clone(), to(*value)))),
        Part::NullObject(members) => {
            Part::NullObject(members.iter().map(|(key, value)| (key.clone(), to(*value))).collect())
        }
        Part::Map(pairs) => Part::map(pairs.iter().map(|&(key, value)| (to(key), to(value)))),
        Part::Set(members) => Part::set(members.iter().map(|&member| to(member))),
        Part::Boxed(inner) => Part::Boxed(to(*inner)),
        Part::View { kind, buffer, offset, length } => {
            Part::View { kind: kind.clone(), buffer: to(*buffer), offset: *offset, length: *length }
        }
        Part::Custom { name, content } => Part::Custom { name: name.clone(), content: to(*content) },
        leaf => leaf.clone(),
    }
}
