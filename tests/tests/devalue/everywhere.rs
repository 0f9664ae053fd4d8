//! Each marker in each place: as a wrapper, in `with`, in `#[session(as)]`, inside `flatten`, in untagged and in
//! internally and adjacently tagged enums, as an `Option` around it and inside it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use session_runtime::devalue::{self, Pattern, Value, from_str, to_string};
use session_runtime::{SessionData, testing};

/// The value in all ways that serde has; as many times as wanted its entry is to be there.
#[track_caller]
fn both_ways<T: Serialize + DeserializeOwned + PartialEq>(value: &T, entry: &str, times: usize) {
    let text = to_string(value).unwrap();
    assert!(text.matches(entry).count() >= times, "{text} is to hold {entry} {times} times");
    assert!(from_str::<T>(&text).unwrap() == *value, "{text}");
    let graph = Value::from_serialize(value).unwrap();
    assert_eq!(graph.to_text().unwrap(), text, "what is written is canonical");
    assert!(graph.decode::<T>().unwrap() == *value, "{text}");
}

macro_rules! everywhere {
    ($($name:ident: $marker:ident, $path:literal, $type:ty, $value:expr, $entry:expr;)*) => {$(
        mod $name {
            use super::*;

            type Marked = devalue::$marker<$type>;

            /// All places in one type: it is compiled once for each marker.
            #[derive(Serialize, Deserialize, PartialEq)]
            struct Places {
                wrapper: Marked,
                maybe: Option<Marked>,
                none: Option<Marked>,
                #[serde(with = $path)]
                field: $type,
                list: Vec<Marked>,
                untagged: (Untagged, Untagged),
                internal: Internal,
                adjacent: Adjacent,
                external: External,
                #[serde(flatten)]
                flat: Flat,
                #[serde(flatten)]
                rest: BTreeMap<String, bool>,
            }

            #[derive(Serialize, Deserialize, PartialEq)]
            struct Flat {
                #[serde(with = $path)]
                flat_field: $type,
                flat_wrapper: Marked,
            }

            #[derive(Serialize, Deserialize, PartialEq)]
            #[serde(untagged)]
            enum Untagged {
                Pair(bool, bool),
                Marked(Marked),
                Struct {
                    #[serde(with = $path)]
                    field: $type,
                },
            }

            #[derive(Serialize, Deserialize, PartialEq)]
            #[serde(tag = "t")]
            enum Internal {
                Fields {
                    #[serde(with = $path)]
                    field: $type,
                },
            }

            #[derive(Serialize, Deserialize, PartialEq)]
            #[serde(tag = "t", content = "c")]
            enum Adjacent {
                Of(Marked),
            }

            #[derive(Serialize, Deserialize, PartialEq)]
            enum External {
                Of(#[serde(with = $path)] $type),
            }

            #[derive(SessionData)]
            struct Keys {
                #[session(as = $path)]
                key: $type,
            }

            #[test]
            fn in_each_place() {
                let marked = || devalue::$marker($value);
                let places = Places {
                    wrapper: marked(),
                    maybe: Some(marked()),
                    none: None,
                    field: $value,
                    list: vec![marked(), marked()],
                    untagged: (Untagged::Marked(marked()), Untagged::Struct { field: $value }),
                    internal: Internal::Fields { field: $value },
                    adjacent: Adjacent::Of(marked()),
                    external: External::Of($value),
                    flat: Flat { flat_field: $value, flat_wrapper: marked() },
                    rest: BTreeMap::from([("more".to_owned(), true)]),
                };
                both_ways(&places, $entry, 11);
            }

            #[test]
            fn as_a_session_key() {
                let session = testing::session::<Keys>();
                session.key().set($value).unwrap();
                assert!(session.key().get().unwrap() == Some($value));
            }
        }
    )*};
}

fn time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_500)
}

const DATE: &str = r#"["Date","1970-01-01T00:00:01.500Z"]"#;
const URL: &str = r#"["URL","https://e.com/"]"#;

everywhere! {
    date: Date, "session_runtime::devalue::Date", SystemTime, time(), DATE;
    date_or_not: Date, "session_runtime::devalue::Date", Option<SystemTime>, Some(time()), DATE;
    map: Map, "session_runtime::devalue::Map", BTreeMap<u8, bool>, BTreeMap::from([(1, true)]), r#"["Map","#;
    map_of_pairs: Map, "session_runtime::devalue::Map", Vec<(i64, String)>, vec![(-1, "a".to_owned())], r#"["Map","#;
    set: Set, "session_runtime::devalue::Set", BTreeSet<String>, BTreeSet::from(["a".to_owned()]), r#"["Set","#;
    address: Url, "session_runtime::devalue::Url", String, "https://e.com/".to_owned(), URL;
    bigint: BigInt, "session_runtime::devalue::BigInt", i128, i128::MIN, "";
    regexp: RegExp, "session_runtime::devalue::RegExp", Pattern,
        Pattern { source: "a\\/b".to_owned(), flags: "gi".to_owned() }, r#"["RegExp","a\\/b","gi"]"#;
    bytes: Bytes, "session_runtime::devalue::Bytes", Vec<u8>, vec![1, 2, 3], r#"["ArrayBuffer","AQID"]"#;
    undefined: Undefined, "session_runtime::devalue::Undefined", Option<u8>, Some(7), "";
}

/// The value alone, for every type that a marker knows.
#[test]
fn types_that_markers_know() {
    fn root<T: Serialize + DeserializeOwned + PartialEq>(value: &T, text: &str) {
        assert_eq!(to_string(value).unwrap(), text);
        assert!(from_str::<T>(text).unwrap() == *value, "{text}");
        // Other formats get a form of their own.
        let json = serde_json::to_string(value).unwrap();
        assert!(serde_json::from_str::<T>(&json).is_ok_and(|read| read == *value), "{json}");
    }
    let date = format!("[{DATE}]");
    root(&devalue::Date(time()), &date);
    root(&devalue::Date(jiff::Timestamp::from_millisecond(1_500).unwrap()), &date);
    root(&devalue::Date(time::OffsetDateTime::from_unix_timestamp_nanos(1_500_000_000).unwrap()), &date);
    root(&devalue::Date(chrono::DateTime::from_timestamp_millis(1_500).unwrap()), &date);
    root(&devalue::Date(None::<SystemTime>), "[null]");
    root(&devalue::Url("https://e.com/".to_owned()), &format!("[{URL}]"));
    root(&devalue::Url(url::Url::parse("https://e.com/").unwrap()), &format!("[{URL}]"));
    root(&devalue::Url(None::<url::Url>), "[null]");
    root(&devalue::BigInt(i32::MIN), r#"[["BigInt","-2147483648"]]"#);
    root(&devalue::BigInt(u32::MAX), r#"[["BigInt","4294967295"]]"#);
    root(&devalue::BigInt(-7_i64), r#"[["BigInt","-7"]]"#);
    root(&devalue::BigInt(7_u64), r#"[["BigInt","7"]]"#);
    root(&devalue::BigInt(i128::MIN), r#"[["BigInt","-170141183460469231731687303715884105728"]]"#);
    root(&devalue::BigInt(u128::MAX), r#"[["BigInt","340282366920938463463374607431768211455"]]"#);
    root(&devalue::BigInt(None::<u64>), "[null]");
    root(&devalue::RegExp(None::<Pattern>), "[null]");
    root(&devalue::Bytes([1_u8, 2, 3]), r#"[["Uint8Array",1],["ArrayBuffer","AQID"]]"#);
    root(&devalue::Map(None::<BTreeMap<u8, u8>>), "[null]");
    root(&devalue::Set(None::<Vec<u8>>), "[null]");
    root(&devalue::Undefined(None::<u8>), "-1");
    assert!(from_str::<devalue::Date<SystemTime>>("[null]").is_err());
}

/// `null`, `undefined` and no field at all are `None`, with the marker around the `Option` and inside it.
#[test]
fn nothing_is_none_in_three_ways() {
    #[derive(Deserialize)]
    struct Maybe {
        date: devalue::Date<Option<SystemTime>>,
        url: devalue::Url<Option<String>>,
        bigint: devalue::BigInt<Option<u64>>,
        #[serde(default)]
        map: devalue::Map<Option<BTreeMap<String, u8>>>,
        #[serde(default)]
        set: devalue::Set<Option<Vec<u8>>>,
        none: devalue::Undefined<Option<u8>>,
        outside: Option<devalue::Bytes<Vec<u8>>>,
        #[serde(with = "devalue::Undefined", default)]
        field: Option<u8>,
    }
    let texts = [
        "[{}]",
        r#"[{"date":1,"url":1,"bigint":1,"map":1,"set":1,"none":1,"outside":1,"field":1},null]"#,
        r#"[{"date":-1,"url":-1,"bigint":-1,"map":-1,"set":-1,"none":-1,"outside":-1,"field":-1}]"#,
    ];
    for text in texts {
        let maybe: Maybe = from_str(text).unwrap();
        assert!(maybe.date.0.is_none() && maybe.url.0.is_none() && maybe.bigint.0.is_none(), "{text}");
        assert!(maybe.map.0.is_none() && maybe.set.0.is_none() && maybe.none.0.is_none(), "{text}");
        assert!(maybe.outside.is_none() && maybe.field.is_none(), "{text}");
    }
}
