//! Several schemas that hold at once, made one: what serde's `flatten` and tags come to.

use super::shape::{Definitions, Object, Rest, Shape};

/// How many alternatives a union may get by being merged with an object.
const ALTERNATIVES: usize = 256;

/// Makes one object, or a union of objects, of everything that is asked for at once (`#[serde(flatten)]`, tags). What cannot
/// be merged is opaque.
pub(super) fn merge(parts: &[Shape], definitions: &Definitions) -> Shape {
    let mut merged: Vec<Object> = vec![Object::default()];
    for part in parts {
        let Some(alternatives) = objects(part, definitions, 8) else { return opaque(parts) };
        if merged.len() * alternatives.len() > ALTERNATIVES {
            return opaque(parts);
        }
        let pairs = merged.iter().flat_map(|left| alternatives.iter().map(move |right| (left, right)));
        merged = pairs.map(|(left, right)| joined(left, right)).collect();
    }
    Shape::plain_union(merged.into_iter().map(Shape::Object))
}

fn opaque(parts: &[Shape]) -> Shape {
    Shape::Opaque(format!("{parts:?}").into())
}

/// The objects that a type is one of; `None` if it is something else.
fn objects(shape: &Shape, definitions: &Definitions, depth: u32) -> Option<Vec<Object>> {
    let depth = depth.checked_sub(1)?;
    match shape {
        Shape::Any => Some(vec![Object::default()]),
        Shape::Object(object) => Some(vec![object.clone()]),
        Shape::Ref(name) => objects(&definitions.get(name)?.shape, definitions, depth),
        Shape::All(parts) => match merge(parts, definitions) {
            Shape::Opaque(_) => None,
            merged => objects(&merged, definitions, depth),
        },
        Shape::Union(variants) => {
            let all: Option<Vec<_>> =
                variants.iter().map(|variant| objects(&variant.shape, definitions, depth)).collect();
            all.map(|all| all.into_iter().flatten().collect())
        }
        _ => None,
    }
}

fn joined(left: &Object, right: &Object) -> Object {
    let mut fields = left.fields.clone();
    for field in &right.fields {
        match fields.iter_mut().find(|other| other.name == field.name) {
            Some(other) => {
                other.required |= field.required;
                if matches!(other.shape, Shape::Any) {
                    other.shape = field.shape.clone();
                }
            }
            None => fields.push(field.clone()),
        }
    }
    fields.sort_by(|left, right| left.name.cmp(&right.name));
    let rest = match (&left.rest, &right.rest) {
        (Rest::Open, other) | (other, Rest::Open) => other.clone(),
        (of @ Rest::Of(..), _) | (_, of @ Rest::Of(..)) => of.clone(),
        (Rest::Closed, Rest::Closed) => Rest::Closed,
    };
    Object { fields, rest }
}
