//! Fields by their names, present and former.

use serde_json::Value;

use crate::schema::shape::{Field, Object, Shape};

/// The strings that a type consists of, if it is only some.
pub(super) fn names(shape: &Shape) -> Option<Vec<String>> {
    match shape {
        Shape::Literal(Value::String(name)) => Some(vec![name.clone()]),
        Shape::Union(variants) => {
            let all: Option<Vec<_>> = variants.iter().map(|variant| names(&variant.shape)).collect();
            all.map(|all| all.into_iter().flatten().collect())
        }
        _ => None,
    }
}

impl Object {
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// Whether a reader takes this name for the field.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// Words for a field that seems to have got another name: one field is missing, one is new, and their types are equal.
pub(super) fn renamed(field: &Field, written: &Object, read: &Object) -> Option<String> {
    let missing = |other: &&Field| other.required && written.field(&other.name).is_none();
    let unknown = |other: &&Field| !read.fields.iter().any(|field| field.is_called(&other.name));
    let mut candidates = written.fields.iter().filter(unknown).filter(|other| other.shape == field.shape);
    match (candidates.next(), candidates.next(), read.fields.iter().filter(missing).count()) {
        (Some(Field { name, .. }), None, 1) => Some(format!(
            "if it is `{name}` renamed: `#[serde(alias = \"{name}\")]` and `#[schemars(extend(\"x-alias\" = \"{name}\"))]`"
        )),
        _ => None,
    }
}
