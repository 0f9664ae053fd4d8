//! The schemas of a struct's keys, gathered.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use schemars::generate::{Contract, SchemaSettings};
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::markers::{JAVASCRIPT, Optional, Unwrap, forget_absence};
use super::{SchemaValue, SessionSchema};
use crate::KeyInfo;
use crate::codec::Codec;
use crate::devalue;

/// schemars' generator, for a key of type `T`.
///
/// `path::schema` of `#[session(as = "path")]` is called with one. A function that takes a plain
/// `&mut SchemaGenerator` accepts it as well; a marker type learns `T` from it.
pub struct Generator<'g, T> {
    inner: &'g mut SchemaGenerator,
    value: PhantomData<fn() -> T>,
}

impl<T> Deref for Generator<'_, T> {
    type Target = SchemaGenerator;

    fn deref(&self) -> &SchemaGenerator {
        self.inner
    }
}

impl<T> DerefMut for Generator<'_, T> {
    fn deref_mut(&mut self) -> &mut SchemaGenerator {
        self.inner
    }
}

impl<T> fmt::Debug for Generator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generator")
    }
}

/// Takes the schemas of a struct's keys; generated code fills it.
#[derive(Debug)]
pub struct Keys {
    generator: SchemaGenerator,
    with_defaults: bool,
    keys: Vec<Key>,
}

/// One key with the schema of its values.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) info: &'static KeyInfo,
    pub(super) schema: Value,
    default: Option<Value>,
}

impl Keys {
    /// Adds a key whose values have a schema of their own.
    pub fn own<T: SchemaValue>(&mut self, info: &'static KeyInfo) {
        self.add::<T>(info, |generator| generator.subschema_for::<T>());
    }

    /// Adds a key; `schema` gives the schema of its values.
    pub fn add<T>(&mut self, info: &'static KeyInfo, schema: impl FnOnce(&mut Generator<'_, T>) -> Schema) {
        let mut generator = Generator { inner: &mut self.generator, value: PhantomData };
        let schema = schema(&mut generator).to_value();
        self.keys.push(Key { info, schema, default: None });
    }

    /// Tells the default of the key that was added last.
    pub fn default<T>(&mut self, codec: Codec<T>, fallback: fn() -> T) {
        if let Some(key) = self.keys.last_mut()
            && self.with_defaults
            && !key.info.is_sensitive()
        {
            let text = devalue::to_string_with(codec.encoder(&fallback()));
            key.default = text.and_then(|text| devalue::from_str(&text)).ok();
        }
    }
}

/// What values look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// As they are written.
    Written,
    /// As they must be to be read.
    Read,
}

/// The keys of a struct with their schemas, and the definitions these refer to.
pub(super) struct Document {
    pub(super) keys: Vec<Key>,
    pub(super) definitions: Map<String, Value>,
}

impl Document {
    pub(super) fn of<S: SessionSchema>(side: Side) -> Self {
        Self::gather::<S>(side, false)
    }

    fn gather<S: SessionSchema>(side: Side, with_defaults: bool) -> Self {
        let contract = match side {
            Side::Written => Contract::Serialize,
            Side::Read => Contract::Deserialize,
        };
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.contract = contract);
        let mut keys = Keys { generator: settings.into_generator(), with_defaults, keys: Vec::new() };
        S::keys(&mut keys);
        let mut document = Self { definitions: keys.generator.take_definitions(false), keys: keys.keys };
        if side == Side::Read {
            let schemas = document.keys.iter_mut().map(|key| &mut key.schema);
            for schema in schemas.chain(document.definitions.values_mut()) {
                if let Ok(schema) = schema.try_into() {
                    Optional.transform(schema);
                }
            }
        }
        document
    }

    /// The schema that users see.
    pub(super) fn published<S: SessionSchema>() -> Schema {
        let document = Self::gather::<S>(Side::Written, true);
        let mut properties = Map::new();
        for key in document.keys {
            let Key { info, schema, default } = key;
            let mut property = Schema::try_from(schema).unwrap_or_default();
            Unwrap.transform(&mut property);
            Widen.transform(&mut property);
            let object = property.ensure_object();
            let mut say = |name: &str, value: Value| object.insert(name.to_owned(), value);
            if !info.docs().is_empty() {
                say("description", info.docs().into());
            }
            if let Some(default) = default {
                say("default", default);
            }
            if let Some(ttl) = info.ttl() {
                say("x-ttl-ms", u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).into());
            }
            if info.version() > 1 {
                say("x-version", info.version().into());
            }
            if info.is_sensitive() {
                say("x-sensitive", true.into());
            }
            properties.insert(info.name().to_owned(), property.to_value());
        }
        let mut schema = json_schema!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": S::NAME,
            "type": "object",
        });
        if !S::DOCS.is_empty() {
            schema.insert("description".to_owned(), S::DOCS.into());
        }
        schema.insert("properties".to_owned(), properties.into());
        if !document.definitions.is_empty() {
            let mut definitions = Value::Object(document.definitions);
            for value in definitions.as_object_mut().into_iter().flatten().map(|(_, value)| value) {
                if let Ok(definition) = <&mut Schema>::try_from(value) {
                    Unwrap.transform(definition);
                    Widen.transform(definition);
                }
            }
            schema.insert("$defs".to_owned(), definitions);
        }
        schema
    }
}

/// Integers of 64 and 128 bits may also be bigints.
#[derive(Debug, Clone)]
struct Widen;

impl Transform for Widen {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        forget_absence(schema);
        let Some(object) = schema.as_object_mut() else { return };
        release_undefined(object);
        let format = object.get("format").and_then(Value::as_str);
        if !format.is_some_and(is_wide) || object.contains_key(JAVASCRIPT) {
            return;
        }
        let mut outside = Map::new();
        for name in ["title", "description", "default", "deprecated", "examples"] {
            outside.extend(object.remove_entry(name));
        }
        let number = std::mem::take(object);
        *object = outside;
        object.insert("anyOf".to_owned(), json!([number, { JAVASCRIPT: "bigint" }]));
    }
}

/// A field that may be `undefined` is not required: to JSON Schema that is the same as an absent one.
fn release_undefined(object: &mut Map<String, Value>) {
    let undefined = json!({ JAVASCRIPT: "undefined" });
    let may_be_undefined =
        |schema: &Value| schema["anyOf"].as_array().is_some_and(|variants| variants.contains(&undefined));
    let Some(properties) = object.get("properties").and_then(Value::as_object) else { return };
    let released: Vec<Value> = properties
        .iter()
        .filter(|(_, schema)| may_be_undefined(schema))
        .map(|(name, _)| name.clone().into())
        .collect();
    if let Some(Value::Array(required)) = object.get_mut("required") {
        required.retain(|name| !released.contains(name));
    }
}

/// Whether a type of this format holds integers that are no exact numbers in JavaScript.
pub(super) fn is_wide(format: &str) -> bool {
    matches!(format, "int" | "uint" | "int64" | "uint64" | "int128" | "uint128")
}
