//! A JSON Schema read as a type: what both the TypeScript and the comparison work on.
//!
//! Understood is what schemars writes, and what its attributes add. What is not understood becomes [`Shape::Opaque`]:
//! equal to itself, and `unknown` in TypeScript.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::markers::{JAVASCRIPT, may_be_absent};

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Any,
    Never,
    Null,
    Undefined,
    Boolean,
    Integer(Range),
    /// A number that may have a fraction; `single` is `f32`.
    Float {
        single: bool,
    },
    /// Always a bigint.
    BigInt(Range),
    Text(Text),
    /// One string, number or boolean.
    Literal(Value),
    List(List),
    Tuple(Vec<Self>),
    Object(Object),
    /// `Date`, `URL`, `RegExp` or `Uint8Array`.
    Class(String),
    Map(Box<(Self, Self)>),
    Set(Box<Self>),
    Union(Vec<Variant>),
    /// Everything at once.
    All(Vec<Self>),
    /// A definition of this name.
    Ref(String),
    Opaque(Value),
}

/// The integers a type holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) min: i128,
    pub(super) max: u128,
    pub(super) zero: bool,
}

/// What is asked of a string.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Text {
    pub(super) format: Option<String>,
    pub(super) pattern: Option<String>,
    pub(super) min: u64,
    pub(super) max: Option<u64>,
}

/// An array of items of one type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List {
    pub(super) items: Box<Shape>,
    pub(super) min: u64,
    pub(super) max: Option<u64>,
    pub(super) unique: bool,
}

/// A plain object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Object {
    pub(super) fields: Vec<Field>,
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) required: bool,
    pub(super) docs: String,
    /// Other names that are read.
    pub(super) aliases: Vec<String>,
}

/// The fields of an object that have no name of their own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Rest {
    /// There are none, and a reader passes over them.
    #[default]
    Open,
    /// A reader refuses them.
    Closed,
    /// All of one type; the names match one of the patterns, if there are any.
    Of(Box<Shape>, Vec<String>),
}

/// One alternative of a union.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variant {
    pub(super) shape: Shape,
    pub(super) docs: String,
}

/// A type with a name, and its doc comment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub(super) shape: Shape,
    pub(super) docs: String,
}

pub(super) type Definitions = BTreeMap<String, Definition>;

/// The definitions of a document.
pub(super) fn definitions(schemas: &Map<String, Value>) -> Definitions {
    schemas
        .iter()
        .map(|(name, schema)| (name.clone(), Definition { shape: Shape::parse(schema), docs: docs(schema) }))
        .collect()
}

/// The names that `x-alias` tells: schemars passes over serde's `alias`.
pub(super) fn aliases(schema: &Value) -> Vec<String> {
    match schema.get("x-alias") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The doc comment in a schema.
pub(super) fn docs(schema: &Value) -> String {
    let text = |name: &str| schema.get(name).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let deprecated = schema.get("deprecated") == Some(&Value::Bool(true));
    let parts = [text("title"), text("description"), if deprecated { "@deprecated" } else { "" }];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

impl Shape {
    /// Reads a schema.
    pub(super) fn parse(schema: &Value) -> Self {
        match schema {
            Value::Bool(true) => Self::Any,
            Value::Bool(false) => Self::Never,
            Value::Object(schema) if schema.contains_key(JAVASCRIPT) => marker(schema),
            Value::Object(schema) => all(parts(schema)),
            other => Self::Opaque(other.clone()),
        }
    }

    /// A union of these, flat; a single one is itself.
    pub(super) fn union(variants: impl IntoIterator<Item = Variant>) -> Self {
        let mut flat: Vec<Variant> = Vec::new();
        for variant in variants {
            let inner = match variant.shape {
                Self::Union(inner) => inner,
                Self::Never => Vec::new(),
                shape => vec![Variant { shape, docs: variant.docs }],
            };
            for variant in inner {
                if !flat.iter().any(|other| other.shape == variant.shape) {
                    flat.push(variant);
                }
            }
        }
        match flat.len() {
            0 => Self::Never,
            1 => flat.swap_remove(0).shape,
            _ => Self::Union(flat),
        }
    }

    pub(super) fn plain_union(shapes: impl IntoIterator<Item = Self>) -> Self {
        Self::union(shapes.into_iter().map(|shape| Variant { shape, docs: String::new() }))
    }
}

fn all(mut parts: Vec<Shape>) -> Shape {
    match parts.len() {
        0 => Shape::Any,
        1 => parts.swap_remove(0),
        _ => Shape::All(parts),
    }
}

/// The things that a schema asks for at once.
fn parts(schema: &Map<String, Value>) -> Vec<Shape> {
    let mut parts = Vec::new();
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        parts.push(Shape::Ref(name.rsplit('/').next().unwrap_or(name).to_owned()));
    }
    if let Some(literal) = schema.get("const") {
        parts.push(literal_shape(literal));
    } else if let Some(literals) = schema.get("enum").and_then(Value::as_array) {
        parts.push(Shape::plain_union(literals.iter().map(literal_shape)));
    } else if let Some(types) = types(schema) {
        parts.push(Shape::plain_union(types.into_iter().map(|name| typed(schema, name))));
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(members) = schema.get(keyword).and_then(Value::as_array) {
            let variant = |member| Variant { shape: Shape::parse(member), docs: docs(member) };
            parts.push(Shape::union(members.iter().map(variant)));
        }
    }
    if let Some(members) = schema.get("allOf").and_then(Value::as_array) {
        parts.extend(members.iter().map(Shape::parse));
    }
    let zero = serde_json::json!({ "const": 0 });
    let strange = ["if", "then", "else", "not", "contains", "dependentSchemas", "propertyNames"];
    let strange = strange.iter().filter_map(|&name| schema.get_key_value(name));
    let strange: Map<String, Value> = strange
        .filter(|(_, value)| **value != zero)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !strange.is_empty() {
        parts.push(Shape::Opaque(strange.into()));
    }
    parts
}

fn types(schema: &Map<String, Value>) -> Option<Vec<&str>> {
    match schema.get("type") {
        Some(Value::String(name)) => Some(vec![name]),
        Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => {
            let object = ["properties", "required", "additionalProperties", "patternProperties"];
            object.iter().any(|&name| schema.contains_key(name)).then(|| vec!["object"])
        }
    }
}

fn literal_shape(literal: &Value) -> Shape {
    match literal {
        Value::Null => Shape::Null,
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Shape::Literal(literal.clone()),
        other => Shape::Opaque(other.clone()),
    }
}

/// The part of a schema that is about values of one of JSON's types.
fn typed(schema: &Map<String, Value>, name: &str) -> Shape {
    let number = |name: &str| schema.get(name).and_then(Value::as_u64);
    let text = |name: &str| schema.get(name).and_then(Value::as_str).map(str::to_owned);
    match name {
        "null" => Shape::Null,
        "boolean" => Shape::Boolean,
        "integer" => Shape::Integer(range(schema)),
        "number" => Shape::Float { single: text("format").as_deref() == Some("float") },
        "string" => Shape::Text(Text {
            format: text("format"),
            pattern: text("pattern"),
            min: number("minLength").unwrap_or(0),
            max: number("maxLength"),
        }),
        "array" => match schema.get("prefixItems").and_then(Value::as_array) {
            Some(items) => Shape::Tuple(items.iter().map(Shape::parse).collect()),
            None => Shape::List(List {
                items: Box::new(schema.get("items").map_or(Shape::Any, Shape::parse)),
                min: number("minItems").unwrap_or(0),
                max: number("maxItems"),
                unique: schema.get("uniqueItems") == Some(&Value::Bool(true)),
            }),
        },
        "object" => Shape::Object(object(schema)),
        _ => Shape::Opaque(Value::Object(schema.clone())),
    }
}

fn object(schema: &Map<String, Value>) -> Object {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut fields: Vec<Field> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, schema)| Field {
            name: name.clone(),
            shape: Shape::parse(schema),
            required: required.contains(&name.as_str()) && !may_be_absent(schema),
            docs: docs(schema),
            aliases: aliases(schema),
        })
        .collect();
    fields.sort_by(|left, right| left.name.cmp(&right.name));
    Object { fields, rest: rest(schema) }
}

fn rest(schema: &Map<String, Value>) -> Rest {
    if let Some(patterns) = schema.get("patternProperties").and_then(Value::as_object) {
        let shapes = Shape::plain_union(patterns.values().map(Shape::parse));
        let mut patterns: Vec<String> = patterns.keys().cloned().collect();
        patterns.sort();
        return Rest::Of(Box::new(shapes), patterns);
    }
    match schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties")) {
        None => Rest::Open,
        Some(Value::Bool(false)) => Rest::Closed,
        Some(other) => Rest::Of(Box::new(Shape::parse(other)), Vec::new()),
    }
}

/// The integers between the type's own bounds and those that the schema adds.
fn range(schema: &Map<String, Value>) -> Range {
    let signed = |bits: u32| (-(1_i128 << (bits - 1)), (1_u128 << (bits - 1)) - 1);
    let (min, max) = match schema.get("format").and_then(Value::as_str).unwrap_or_default() {
        "int8" => signed(8),
        "int16" => signed(16),
        "int32" => signed(32),
        "int64" | "int" => signed(64),
        "uint8" => (0, u8::MAX.into()),
        "uint16" => (0, u16::MAX.into()),
        "uint32" => (0, u32::MAX.into()),
        "uint64" | "uint" => (0, u64::MAX.into()),
        "uint128" => (0, u128::MAX),
        "int128" => (i128::MIN, i128::MAX.unsigned_abs()),
        _ => (i128::MIN, u128::MAX),
    };
    let bound = |name: &str| schema.get(name).and_then(whole);
    let (low, high) = (bound("minimum"), bound("maximum").and_then(|max| u128::try_from(max).ok()));
    let zero = schema.get("not").is_none_or(|not| not["const"] != 0);
    Range { min: low.map_or(min, |low| low.max(min)), max: high.map_or(max, |high| high.min(max)), zero }
}

fn whole(number: &Value) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// One of JavaScript's own classes.
fn marker(schema: &Map<String, Value>) -> Shape {
    let items = schema.get("items").map_or(Shape::Any, Shape::parse);
    match schema.get(JAVASCRIPT).and_then(Value::as_str) {
        Some("undefined") => Shape::Undefined,
        Some("bigint") => Shape::BigInt(range(schema)),
        Some("Set") => Shape::Set(Box::new(items)),
        Some("Map") => match items {
            Shape::Tuple(pair) => match <[Shape; 2]>::try_from(pair) {
                Ok([key, value]) => Shape::Map(Box::new((key, value))),
                Err(_) => Shape::Map(Box::new((Shape::Any, Shape::Any))),
            },
            _ => Shape::Map(Box::new((Shape::Any, Shape::Any))),
        },
        Some(class @ ("Date" | "URL" | "RegExp" | "Uint8Array")) => Shape::Class(class.to_owned()),
        _ => Shape::Opaque(Value::Object(schema.clone())),
    }
}
