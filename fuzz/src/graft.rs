//! The slow and obvious way to do what `MapWriter` does: everything becomes parts, and the parts are written.

use std::collections::HashMap;

use session_runtime::devalue::{Error, Part, Ref, Value};

/// Builds a record as Astro stores it, `key → {data, expires}`, with `Value` alone.
#[derive(Debug, Default)]
pub struct Record {
    whole: Value,
    pairs: Vec<(Ref, Ref)>,
}

/// Where the parts of another value went.
#[derive(Debug, Default)]
pub struct Places(HashMap<Ref, Ref>);

impl Record {
    /// Adds a new entry.
    pub fn put(&mut self, key: &str, data: &Value, expires: Option<f64>) {
        let key = self.whole.add(key);
        let data = self.graft(data, data.root(), &mut Places::default());
        let expires = expires.map_or(Ref::UNDEFINED, |number| self.whole.add(number));
        let object = self.whole.add(Part::object([("data", data), ("expires", expires)]));
        self.pairs.push((key, object));
    }

    /// Carries an entry over from another record; what entries of it share stays shared.
    pub fn keep(&mut self, from: &Value, (key, value): (Ref, Ref), places: &mut Places) {
        let key = self.graft(from, key, places);
        let value = self.graft(from, value, places);
        self.pairs.push((key, value));
    }

    /// The text.
    ///
    /// # Errors
    /// If a part has no form.
    pub fn finish(mut self) -> Result<String, Error> {
        let root = self.whole.add(Part::map(self.pairs));
        self.whole.set_root(root);
        self.whole.to_text()
    }

    /// Copies a part and all it refers to. URLs become what Astro's reducer makes of them.
    fn graft(&mut self, from: &Value, root: Ref, places: &mut Places) -> Ref {
        let into = &mut self.whole;
        let mut waiting = Vec::new();
        let mut place = |at: Ref, into: &mut Value, waiting: &mut Vec<(Ref, Ref)>| {
            *places.0.entry(at).or_insert_with(|| {
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
}

/// A part with other references.
fn mapped(part: &Part, mut to: impl FnMut(Ref) -> Ref) -> Part {
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
