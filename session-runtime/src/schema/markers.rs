//! The schemas of devalue's marker types.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::document::Generator;
use crate::devalue::{
    self, BigInt, Bytes, Date, DateValue, Integer, Map, RegExp, RegExpValue, Set, Undefined, Url, UrlValue,
};

/// The annotation that names what JSON has no word for.
pub(super) const JAVASCRIPT: &str = "x-javascript";

/// The annotation of a type that takes an absent field for one of its values, as an `Option` does. schemars knows that of `Option`
/// alone; [`Optional`] makes use of it.
const ABSENT: &str = "x-absent";

/// Whether a field of this type may be absent.
pub(super) fn may_be_absent(schema: &Value) -> bool {
    schema.get(ABSENT).is_some()
}

/// The schema of one of JavaScript's own classes, or `null` beside it.
fn class(name: &str, generator: &SchemaGenerator, nullable: bool) -> Schema {
    value_or_null(&json_schema!({ JAVASCRIPT: name }), generator, nullable)
}

/// A value, or where it is nullable also `null`, which is what an absent field is read as.
fn value_or_null(schema: &Schema, generator: &SchemaGenerator, nullable: bool) -> Schema {
    let mut schema = alternative(schema, nullable);
    if nullable && generator.contract().is_deserialize() {
        schema.insert(ABSENT.to_owned(), true.into());
    }
    schema
}

/// schemars adds the `null` of an `Option` only where there is a `type` or a list of alternatives: so this is one, even of a
/// single alternative. [`Unwrap`] makes it plain again.
fn alternative(schema: &Schema, nullable: bool) -> Schema {
    match nullable {
        true => json_schema!({ "anyOf": [schema, { "type": "null" }] }),
        false => json_schema!({ "anyOf": [schema] }),
    }
}

/// Takes the only alternative out of a list.
#[derive(Debug, Clone)]
pub(super) struct Unwrap;

impl Transform for Unwrap {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        let alternatives = object.get("anyOf").and_then(Value::as_array);
        if let Some([Value::Object(only)]) = alternatives.map(Vec::as_slice) {
            let only = only.clone();
            object.remove("anyOf");
            for (name, value) in only {
                object.entry(name).or_insert(value);
            }
        }
    }
}

/// Takes fields that may be absent from those that are required to read a value.
#[derive(Debug, Clone)]
pub(super) struct Optional;

impl Transform for Optional {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        let absent = |name: &Value| name.as_str().is_some_and(|name| may_be_absent(&properties[name]));
        let Some(required) = schema.get("required").and_then(Value::as_array) else { return };
        let required: Vec<Value> = required.iter().filter(|name| !absent(name)).cloned().collect();
        match required.is_empty() {
            true => schema.remove("required"),
            false => schema.insert("required".to_owned(), required.into()),
        };
    }
}

/// Takes out what was said for [`Optional`] alone.
pub(super) fn forget_absence(schema: &mut Schema) {
    schema.remove(ABSENT);
}

/// The way to a schema that a field takes with `#[serde(with = "…")]`.
macro_rules! field_schema {
    () => {
        /// The schema of a field with `#[serde(with = "…")]`: beside it stands `#[schemars(schema_with = "…")]` with this function.
        ///
        /// It is the schema of the type, but that serde wants the field to be there (unless it has a `default`), where the
        /// type as a wrapper may take an absent field for `None`.
        #[must_use]
        pub fn schema_with(generator: &mut SchemaGenerator) -> Schema {
            let mut schema = <Self as JsonSchema>::json_schema(generator);
            forget_absence(&mut schema);
            schema
        }
    };
}

/// A marker's three ways to its schema: as a type, beside `#[serde(with = "…")]`, and as the function that `#[session(as = "…")]` calls.
macro_rules! marker {
    ($marker:ident<$of:ident>: $bound:path, $schema:expr) => {
        impl<$of: $bound> JsonSchema for $marker<$of> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($marker).into()
            }

            fn schema_id() -> Cow<'static, str> {
                std::any::type_name::<Self>().into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                schema(generator)
            }
        }

        impl<$of: $bound> $marker<$of> {
            /// The schema of what is stored; what `#[session(as = "…")]` calls.
            #[doc(hidden)]
            #[must_use]
            pub fn schema(generator: &mut Generator<'_, $of>) -> Schema {
                <Self as JsonSchema>::json_schema(generator)
            }

            field_schema!();
        }
    };
}

marker!(Date<T>: DateValue, |generator| class("Date", generator, T::absent().is_some()));
marker!(Url<T>: UrlValue, |generator| class("URL", generator, T::absent().is_some()));
marker!(RegExp<T>: RegExpValue, |generator| class("RegExp", generator, T::absent().is_some()));
marker!(BigInt<T>: Integer, bigint::<T>);
marker!(Set<T>: JsonSchema, set::<T>);
marker!(Map<T>: Entries, |generator| {
    let (key, value) = (generator.subschema_for::<T::Key>(), generator.subschema_for::<T::Value>());
    let pair = json_schema!({ "type": "array", "prefixItems": [key, value], "minItems": 2, "maxItems": 2 });
    alternative(&json_schema!({ JAVASCRIPT: "Map", "items": pair }), T::NULLABLE)
});

impl<T> JsonSchema for Bytes<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        class("Uint8Array", generator, false)
    }
}

impl<T> Bytes<T> {
    /// The schema of what is stored; what `#[session(as = "…")]` calls.
    #[doc(hidden)]
    #[must_use]
    pub fn schema(generator: &mut Generator<'_, T>) -> Schema {
        <Self as JsonSchema>::json_schema(generator)
    }

    field_schema!();
}

impl<T: JsonSchema> JsonSchema for Undefined<Option<T>> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Undefined".into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("Undefined<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        // To JavaScript an absent field is `undefined`: so it is optional to whoever writes as well.
        json_schema!({ "anyOf": [value, { JAVASCRIPT: "undefined" }], ABSENT: true })
    }
}

impl<T: JsonSchema> Undefined<Option<T>> {
    /// The schema of what is stored; what `#[session(as = "…")]` calls.
    #[doc(hidden)]
    #[must_use]
    pub fn schema(generator: &mut Generator<'_, Option<T>>) -> Schema {
        <Self as JsonSchema>::json_schema(generator)
    }

    field_schema!();
}

/// Anything.
impl JsonSchema for devalue::Value {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DevalueValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// The integers that `T` holds are found by trying: the trait is open to everybody's types.
fn bigint<T: Integer>(generator: &mut SchemaGenerator) -> Schema {
    const FORMATS: [(&str, &str, &str); 6] = [
        ("int128", "-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"),
        ("uint128", "0", "340282366920938463463374607431768211455"),
        ("int64", "-9223372036854775808", "9223372036854775807"),
        ("uint64", "0", "18446744073709551615"),
        ("int32", "-2147483648", "2147483647"),
        ("uint32", "0", "4294967295"),
    ];
    let holds = |digits: &str| T::from_decimal(digits).is_some();
    let mut schema = json_schema!({ JAVASCRIPT: "bigint" });
    if let Some((format, ..)) = FORMATS.iter().find(|(_, min, max)| holds(min) && holds(max)) {
        schema.insert("format".to_owned(), (*format).into());
    }
    value_or_null(&schema, generator, T::absent().is_some())
}

/// What the type's own schema says about the members of an array, said about those of a `Set`.
fn set<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let own = generator.subschema_for::<T>();
    let array = resolved(&own, generator).unwrap_or(&own);
    let nullable = array.as_value()["type"].as_array().is_some_and(|types| types.contains(&"null".into()));
    let items = array.get("items").cloned();
    let mut set = json_schema!({ JAVASCRIPT: "Set" });
    if let Some(items) = items {
        set.insert("items".to_owned(), items);
    }
    alternative(&set, nullable)
}

/// The definition that a reference means.
fn resolved<'a>(schema: &Schema, generator: &'a SchemaGenerator) -> Option<&'a Schema> {
    let name = schema.get("$ref").and_then(Value::as_str)?.rsplit('/').next()?;
    generator.definitions().get(name)?.try_into().ok()
}

/// A type that [`devalue::Map`](crate::devalue::Map) can describe: it has keys and values.
///
/// ```
/// use std::collections::BTreeMap;
///
/// fn entries<T: session_runtime::schema::Entries>() {}
/// entries::<Vec<(u8, String)>>();
/// entries::<Option<BTreeMap<u8, String>>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to have keys and values",
    label = "cannot be described as a `Map`",
    note = "known are `BTreeMap`, `HashMap`, `Vec<(K, V)>` and an `Option` of these; implement `session_runtime::schema::Entries` for a type of your own"
)]
pub trait Entries {
    /// The keys' type.
    type Key: JsonSchema;
    /// The values' type.
    type Value: JsonSchema;
    /// Whether `null` stands for no map at all.
    const NULLABLE: bool = false;
}

impl<K: JsonSchema, V: JsonSchema> Entries for BTreeMap<K, V> {
    type Key = K;
    type Value = V;
}

impl<K: JsonSchema, V: JsonSchema, S> Entries for HashMap<K, V, S> {
    type Key = K;
    type Value = V;
}

impl<K: JsonSchema, V: JsonSchema> Entries for Vec<(K, V)> {
    type Key = K;
    type Value = V;
}

impl<T: Entries> Entries for Option<T> {
    type Key = T::Key;
    type Value = T::Value;
    const NULLABLE: bool = true;
}
