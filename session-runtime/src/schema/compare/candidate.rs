//! Which alternative of a union a value is meant for.

use std::mem;

use serde_json::Value;

use crate::schema::shape::{Field, Object, Rest, Shape};

/// Whether a value can be meant for this alternative at all: of the same kind, and with the same tag.
pub(super) fn may_be(written: &Shape, read: &Shape) -> bool {
    match (written, read) {
        (Shape::Object(written), Shape::Object(read)) => {
            let tags_agree =
                read.fields.iter().all(|field| match (&field.shape, written.field(&field.name)) {
                    (Shape::Literal(tag), Some(Field { shape: Shape::Literal(other), .. })) => tag == other,
                    _ => true,
                });
            let variant = |object: &Object| match &object.fields[..] {
                [only] if only.required && object.rest == Rest::Closed => Some(only.name.clone()),
                _ => None,
            };
            match (variant(written), variant(read)) {
                (Some(written), Some(read)) => written == read,
                _ => tags_agree,
            }
        }
        (Shape::Union(_) | Shape::All(_) | Shape::Ref(_) | Shape::Opaque(_), _)
        | (_, Shape::Union(_) | Shape::All(_) | Shape::Ref(_) | Shape::Any | Shape::Opaque(_))
        | (Shape::Null | Shape::Undefined, Shape::Null | Shape::Undefined)
        | (
            Shape::Integer(_) | Shape::BigInt(_) | Shape::Float { .. },
            Shape::Integer(_) | Shape::BigInt(_) | Shape::Float { .. },
        )
        | (Shape::List(_) | Shape::Tuple(_), Shape::List(_) | Shape::Tuple(_) | Shape::Class(_))
        | (Shape::Class(_), Shape::List(_) | Shape::Class(_))
        | (Shape::Map(_), Shape::Object(_)) => true,
        (Shape::Literal(literal), Shape::Literal(other)) => literal == other,
        (Shape::Literal(Value::String(_)), Shape::Text(_))
        | (Shape::Literal(Value::Bool(_)), Shape::Boolean)
        | (Shape::Literal(Value::Number(_)), Shape::Integer(_) | Shape::Float { .. }) => true,
        _ => mem::discriminant(written) == mem::discriminant(read),
    }
}
