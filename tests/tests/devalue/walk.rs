//! Walks a document and a value side by side.

use std::collections::HashSet;

use session_runtime::devalue::{Error, Kind, Node, Part, Ref, Value};

/// What a walk through nodes of a document sees must be what the value holds, at every place that it reaches.
pub(crate) fn compare(node: Node<'_>, value: &Value, at: Ref) -> Result<(), String> {
    Walk { value, seen: HashSet::new() }.visit(node, at, 8)
}

struct Walk<'v> {
    value: &'v Value,
    seen: HashSet<Ref>,
}

fn kind(part: &Part) -> Kind {
    match part {
        Part::Null => Kind::Null,
        Part::Bool(_) => Kind::Bool,
        Part::Number(_) => Kind::Number,
        Part::String(_) => Kind::String,
        Part::BigInt(_) => Kind::BigInt,
        Part::Date(_) => Kind::Date,
        Part::RegExp { .. } => Kind::RegExp,
        Part::Array(_) | Part::Sparse { .. } => Kind::Array,
        Part::Object(_) | Part::NullObject(_) => Kind::Object,
        Part::Map(_) => Kind::Map,
        Part::Set(_) => Kind::Set,
        Part::Boxed(_) => Kind::Boxed,
        Part::Url(_) => Kind::Url,
        Part::UrlSearchParams(_) => Kind::UrlSearchParams,
        Part::Temporal { .. } => Kind::Temporal,
        Part::ArrayBuffer(_) => Kind::ArrayBuffer,
        Part::View { .. } => Kind::TypedArray,
        // A document knows no revivers: the entry keeps the meaning of its name.
        Part::Custom { name, .. } if name == "Date" => Kind::Date,
        Part::Custom { name, .. } if name == "URL" => Kind::Url,
        Part::Custom { .. } => Kind::Custom,
        _ => Kind::Undefined,
    }
}

impl Walk<'_> {
    fn visit(&mut self, node: Node<'_>, at: Ref, depth: u32) -> Result<(), String> {
        let part = self.value.get(at);
        if node.kind() != kind(part) {
            return Err(format!("{:?} in the document, {:?} in the value", node.kind(), kind(part)));
        }
        if node.as_f64().map(f64::to_bits) != part.as_f64().map(f64::to_bits) {
            return Err("another number".to_owned());
        }
        if node.as_str().as_deref() != part.as_str() {
            return Err("another string".to_owned());
        }
        if depth == 0 || !self.seen.insert(at) {
            return Ok(());
        }
        if depth > 6 {
            self.alone(node, at)?;
        }
        match part {
            Part::Object(members) => {
                for (key, member) in members {
                    let Some(name) = key.as_str() else { continue };
                    let field = node.field(name).ok_or("a field is missing")?;
                    self.visit(field, *member, depth - 1)?;
                }
                if node.field("no such key").is_some() {
                    return Err("a field from nowhere".to_owned());
                }
            }
            Part::Map(pairs) => {
                let entries: Vec<_> = node.map_entries().ok_or("no entries")?.collect();
                if entries.len() != pairs.len() {
                    return Err(format!("{} entries in the place of {}", entries.len(), pairs.len()));
                }
                for ((key, value), (key_at, value_at)) in entries.into_iter().zip(pairs) {
                    // A key -0 has become 0 in the value.
                    if key.as_f64() != Some(0.0) {
                        self.visit(key, *key_at, depth - 1)?;
                    }
                    self.visit(value, *value_at, depth - 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The text of the node alone is the text of the part alone.
    fn alone(&self, node: Node<'_>, at: Ref) -> Result<(), String> {
        let mut value = self.value.clone();
        value.set_root(at);
        let text = |text: Result<String, Error>| text.map_err(|error| error.to_string());
        let (one, other) = (text(node.to_text())?, text(value.to_text())?);
        if one == other { Ok(()) } else { Err(format!("alone it is {one}, not {other}")) }
    }
}
