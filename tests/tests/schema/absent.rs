//! Fields that may be absent: what serde reads, what the lock says of it, and what TypeScript is told.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use session_runtime::SessionData;
use session_runtime::devalue::{self, BigInt, Bytes, Date, Map, Pattern, RegExp, Set, Undefined, Url};
use session_runtime::schema::{Bless, Files, SessionSchema};

use crate::changes::{Breaks, Fine, Lossy, One, Verdict, change, judged};
use crate::files::Folder;

/// A field beside the one that has always been there.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct With<T> {
    a: u8,
    b: T,
}

/// A field of this type is added to a struct: `verdict` is what becomes of what is stored without it.
#[track_caller]
fn added<T>(value: T, verdict: Verdict)
where
    T: Serialize + for<'de> Deserialize<'de> + JsonSchema + PartialEq + Debug,
{
    change::<One, With<T>>(&[One { a: 1 }], &[With { a: 1, b: value }], verdict, Lossy);
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Transparent<T>(T);

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Newtype<T>(T);

#[test]
fn what_stands_for_an_absent_field() {
    added(Some(1_u8), Fine);
    added(Box::new(Some(1_u8)), Fine);
    added(Transparent(Some(1_u8)), Fine);
    added(Undefined(Some(1_u8)), Fine);
    added(Box::new(Undefined(Some(1_u8))), Fine);
    added(Transparent(Undefined(Some(1_u8))), Fine);
    added(Date(Some(SystemTime::UNIX_EPOCH)), Fine);
    added(Url(Some("https://example.com/".to_owned())), Fine);
    added(BigInt(Some(1_u64)), Fine);
    added(RegExp(Some(Pattern { source: "a".to_owned(), flags: String::new() })), Fine);
    added(Some(Date(SystemTime::UNIX_EPOCH)), Fine);
    added(Some(Map(BTreeMap::from([("a".to_owned(), 2_u8)]))), Fine);
    added(Some(Set(vec![1_u8])), Fine);
    added(Some(Bytes(vec![1_u8])), Fine);
}

#[test]
fn what_must_be_there() {
    added(1_u8, Breaks);
    added((), Breaks);
    added(PhantomData::<u8>, Breaks);
    added(serde_json::Value::Null, Breaks);
    added(Newtype(Some(1_u8)), Breaks);
    added(Newtype(Undefined(Some(1_u8))), Breaks);
    added(Date(SystemTime::UNIX_EPOCH), Breaks);
    added(BigInt(1_u64), Breaks);
    added(Map(Some(BTreeMap::from([("a".to_owned(), 2_u8)]))), Breaks);
    added(Set(Some(vec![1_u8])), Breaks);
    added(vec![Undefined(Some(1_u8))], Breaks);
}

/// Bytes are nothing that JSON has, with which [`change`] compares.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct BytesWith {
    a: u8,
    #[serde(with = "Bytes")]
    #[schemars(schema_with = "Bytes::<Vec<u8>>::schema_with")]
    b: Vec<u8>,
}

#[test]
fn bytes_must_be_there() {
    assert_eq!(judged::<One, With<Bytes<Vec<u8>>>>().0, [Breaks, Lossy]);
    assert_eq!(judged::<One, BytesWith>().0, [Breaks, Lossy]);
    let text = devalue::to_string(&One { a: 1 }).unwrap();
    assert!(devalue::from_str::<With<Bytes<Vec<u8>>>>(&text).is_err());
    assert!(devalue::from_str::<BytesWith>(&text).is_err());
}

/// Reads as usual, but by a function: so serde wants the field.
fn as_usual<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    Option::deserialize(deserializer)
}

macro_rules! fields {
    ($($name:ident { $(#[$meta:meta])* $type:ty } $value:expr, $verdict:ident;)*) => {$({
        #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        struct $name {
            a: u8,
            $(#[$meta])*
            b: $type,
        }
        change::<One, $name>(&[One { a: 1 }], &[$name { a: 1, b: $value }], $verdict, Lossy);
    })*};
}

#[test]
fn what_a_function_reads_must_be_there_without_a_default() {
    fields! {
        UndefinedWith { #[serde(with = "Undefined")] #[schemars(schema_with = "Undefined::<Option<u8>>::schema_with")] Option<u8> } Some(1), Breaks;
        DateWith { #[serde(with = "Date")] #[schemars(schema_with = "Date::<Option<SystemTime>>::schema_with")] Option<SystemTime> } Some(SystemTime::UNIX_EPOCH), Breaks;
        UrlWith { #[serde(with = "Url")] #[schemars(schema_with = "Url::<Option<String>>::schema_with")] Option<String> } Some(String::new()), Breaks;
        BigIntWith { #[serde(with = "BigInt")] #[schemars(schema_with = "BigInt::<Option<u64>>::schema_with")] Option<u64> } Some(1), Breaks;
        MapWith { #[serde(with = "Map")] #[schemars(schema_with = "Map::<Vec<(String, u8)>>::schema_with")] Vec<(String, u8)> } vec![("a".to_owned(), 2)], Breaks;
        ByFunction { #[serde(deserialize_with = "as_usual")] #[schemars(schema_with = "Option::<u8>::json_schema")] Option<u8> } Some(1), Breaks;
        UndefinedDefault { #[serde(with = "Undefined", default)] #[schemars(schema_with = "Undefined::<Option<u8>>::schema_with")] Option<u8> } Some(1), Fine;
        DateDefault { #[serde(with = "Date", default)] #[schemars(with = "Date<Option<SystemTime>>")] Option<SystemTime> } Some(SystemTime::UNIX_EPOCH), Fine;
        FunctionDefault { #[serde(deserialize_with = "as_usual", default)] Option<u8> } Some(1), Fine;
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flat {
    a: u8,
    #[serde(flatten)]
    inside: Inside,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Inside {
    b: Undefined<Option<u8>>,
    c: Date<Option<SystemTime>>,
}

#[test]
fn inside_a_flattened_struct_as_well() {
    let inside = Inside { b: Undefined(Some(1)), c: Date(None) };
    change::<One, Flat>(&[One { a: 1 }], &[Flat { a: 1, inside }], Fine, Lossy);
}

/// What was optional becomes required.
#[test]
fn no_longer_optional() {
    let undefined = || With { a: 1, b: Undefined(None::<u8>) };
    change::<With<Undefined<Option<u8>>>, With<u8>>(&[undefined()], &[With { a: 1, b: 1 }], Breaks, Fine);
    change::<With<Undefined<Option<u8>>>, With<Option<u8>>>(
        &[undefined()],
        &[With { a: 1, b: None }],
        Fine,
        Fine,
    );
    change::<With<Undefined<Option<u8>>>, One>(
        &[With { a: 1, b: Undefined(Some(1)) }],
        &[One { a: 1 }],
        Lossy,
        Fine,
    );
}

#[derive(SessionData)]
#[session(schema)]
struct Told {
    told: Fields,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Fields {
    date: Date<Option<SystemTime>>,
    option: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    undefined: Undefined<Option<u8>>,
    #[serde(with = "devalue::Undefined")]
    #[schemars(schema_with = "Undefined::<Option<u8>>::schema_with")]
    undefined_with: Option<u8>,
}

/// TypeScript is told what is written: `null` always is, `undefined` is the same as nothing.
#[test]
fn typescript_is_told() {
    let folder = Folder::new();
    Files::of_crate(folder.path()).typescript("a.d.ts").bless(Bless::Compatible).check::<Told>().unwrap();
    let text = std::fs::read_to_string(folder.path().join("a.d.ts")).unwrap();
    let expected = "\
    interface Fields {
      date: Date | null;
      option: number | null;
      skipped?: number | null;
      undefined?: number | undefined;
      undefined_with: number | undefined;
    }
";
    assert!(text.contains(expected), "{text}");
}

/// A validator cannot tell `undefined` from nothing; and what only we say to ourselves is not published.
#[test]
fn json_schema_is_told() {
    let schema = Told::json_schema().to_value();
    assert_eq!(schema["$defs"]["Fields"]["required"], serde_json::json!(["date", "option"]));
    assert!(!schema.to_string().contains("x-absent"), "{schema}");
}
