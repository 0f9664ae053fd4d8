//! The schemas of devalue's marker types.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::document::Generator;
use crate::devalue::{
    BigInt, Bytes, Date, DateValue, Integer, Map, RegExp, RegExpValue, Set, Undefined, Url, UrlValue,
};

/// The annotation that names what JSON has no word for.
pub(super) const JAVASCRIPT: &str = "x-javascript";

/// The schema of one of JavaScript's own classes, or `null` beside it.
fn class(name: &str, nullable: bool) -> Schema {
    alternative(&json_schema!({ JAVASCRIPT: name }), nullable)
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

/// A marker's two ways to its schema: as a type, and as the function that `#[session(as = "…")]` calls.
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
        }
    };
}

marker!(Date<T>: DateValue, |_| class("Date", T::absent().is_some()));
marker!(Url<T>: UrlValue, |_| class("URL", T::absent().is_some()));
marker!(RegExp<T>: RegExpValue, |_| class("RegExp", T::absent().is_some()));
marker!(BigInt<T>: Integer, |_| bigint::<T>());
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

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        class("Uint8Array", false)
    }
}

impl<T> Bytes<T> {
    /// The schema of what is stored; what `#[session(as = "…")]` calls.
    #[doc(hidden)]
    #[must_use]
    pub fn schema(generator: &mut Generator<'_, T>) -> Schema {
        <Self as JsonSchema>::json_schema(generator)
    }
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
        json_schema!({ "anyOf": [value, { JAVASCRIPT: "undefined" }] })
    }
}

impl<T: JsonSchema> Undefined<Option<T>> {
    /// The schema of what is stored; what `#[session(as = "…")]` calls.
    #[doc(hidden)]
    #[must_use]
    pub fn schema(generator: &mut Generator<'_, Option<T>>) -> Schema {
        <Self as JsonSchema>::json_schema(generator)
    }
}

/// The integers that `T` holds are found by trying: the trait is open to everybody's types.
fn bigint<T: Integer>() -> Schema {
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
    alternative(&schema, T::absent().is_some())
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
