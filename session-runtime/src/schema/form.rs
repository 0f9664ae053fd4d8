//! The stored form of a key as a text: equal where two keys are stored alike, whatever their Rust types are called.

use schemars::Schema;
use schemars::transform::Transform;
use serde_json::{Map, Value};

use super::document::Document;
use super::lock::Bare;

/// The form of each key, in the order of the keys.
pub(super) fn forms(document: &Document) -> Vec<String> {
    let form = |schema: &Value| {
        let mut form = inlined(bare(schema), &document.definitions, &mut Vec::new());
        form.sort_all_objects();
        form.to_string()
    };
    document.keys.iter().map(|key| form(&key.schema)).collect()
}

/// A schema with its definitions in the place of their names. One that is inside itself is told by how far out it begins.
fn inlined(schema: Value, definitions: &Map<String, Value>, around: &mut Vec<String>) -> Value {
    match schema {
        Value::Object(object) => {
            let inlined = |(keyword, value): (String, Value)| {
                let name =
                    value.as_str().filter(|_| keyword == "$ref").and_then(|name| name.rsplit('/').next());
                let value = match name {
                    None => inlined(value, definitions, around),
                    Some(name) => definition(name, definitions, around),
                };
                (keyword, value)
            };
            Value::Object(object.into_iter().map(inlined).collect())
        }
        Value::Array(items) => {
            items.into_iter().map(|item| inlined(item, definitions, around)).collect::<Vec<_>>().into()
        }
        other => other,
    }
}

fn definition(name: &str, definitions: &Map<String, Value>, around: &mut Vec<String>) -> Value {
    if let Some(levels) = around.iter().rev().position(|outer| outer == name) {
        return levels.into();
    }
    around.push(name.to_owned());
    let definition = inlined(definitions.get(name).map(bare).unwrap_or_default(), definitions, around);
    around.pop();
    definition
}

/// Without anything that only people read.
fn bare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Ok(schema) = <&mut Schema>::try_from(&mut schema) {
        Bare.transform(schema);
    }
    schema
}
