//! `S::json_schema()`.

use serde_json::{Value, json};
use session_runtime::schema::SessionSchema;

use crate::everything::Everything;

fn property(name: &str) -> Value {
    Everything::json_schema().as_value()["properties"][name].clone()
}

#[test]
fn one_object_with_a_property_per_key() {
    let schema = Everything::json_schema().to_value();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["title"], "Everything");
    assert_eq!(schema["description"], "A session with something of everything.\n\nEnds here */ or not.");
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["required"], Value::Null);
    let names: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names.len(), <Everything as session_runtime::SessionData>::KEYS.len());
    assert!(names.contains(&"maybeDate") && names.contains(&"with-dash"));
}

#[test]
fn docs_defaults_ttl_and_sensitivity() {
    assert_eq!(
        property("text"),
        json!({
            "type": "string",
            "description": "What was typed in.\n\nKept for an hour.",
            "default": "",
            "x-ttl-ms": 3_600_000,
        })
    );
    assert_eq!(property("secret"), json!({ "type": "string", "x-sensitive": true }));
    assert_eq!(property("flag"), json!({ "type": "boolean" }));
}

#[test]
fn integers_beyond_a_number_are_bigints_as_well() {
    let number = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
    let wide = json!([number, { "x-javascript": "bigint" }]);
    assert_eq!(
        property("wide"),
        json!({ "anyOf": wide, "description": "Beyond 2^53 it is a bigint.", "default": 7 })
    );
    let nullable = json!({ "type": ["integer", "null"], "format": "uint64", "minimum": 0 });
    assert_eq!(property("maybeWide"), json!({ "anyOf": [nullable, { "x-javascript": "bigint" }] }));
    assert_eq!(property("small")["type"], "integer");
}

#[test]
fn markers_say_their_class() {
    let nothing = json!({ "type": "null" });
    let cases = [
        ("date", json!({ "x-javascript": "Date" })),
        ("maybeDate", json!({ "anyOf": [{ "x-javascript": "Date" }, nothing] })),
        ("url", json!({ "x-javascript": "URL" })),
        ("pattern", json!({ "x-javascript": "RegExp" })),
        ("bigint", json!({ "x-javascript": "bigint", "format": "uint64" })),
        ("bytes", json!({ "x-javascript": "Uint8Array" })),
        ("set", json!({ "x-javascript": "Set", "items": { "$ref": "#/$defs/Color" } })),
        ("spelt", json!({ "type": "string" })),
    ];
    for (name, schema) in cases {
        assert_eq!(property(name), schema, "{name}");
    }
    assert_eq!(property("map")["items"]["prefixItems"][1], json!({ "$ref": "#/$defs/Product" }));
    assert_eq!(property("undefined")["anyOf"][1], json!({ "x-javascript": "undefined" }));
    let marked = &Everything::json_schema().to_value()["$defs"]["Marked"];
    assert!(!marked["required"].as_array().unwrap().contains(&"undefined".into()), "{marked}");
}
