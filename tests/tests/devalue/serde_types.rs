//! Serde's types, and what the errors say.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use session_runtime::devalue::{self, Document, ErrorKind, from_str, to_string};

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "the calls read better")]
fn both_ways<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, text: &str) {
    assert_eq!(to_string(&value).unwrap(), text);
    assert_eq!(from_str::<T>(text).unwrap(), value);
    let document = Document::parse(text).unwrap();
    assert_eq!(document.root().decode::<T>().unwrap(), value);
    assert_eq!(document.root().to_text().unwrap(), text);
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Pair {
    a: u8,
    b: String,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum External {
    A,
    B(u8),
    C(u8, String),
    D { x: i32, y: Option<bool> },
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "t")]
enum Internal {
    A,
    B { n: u64 },
    C(Pair),
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A,
    C(u8, u8),
}

#[test]
fn scalars() {
    both_ways(5_u8, "[5]");
    both_ways(u64::MAX, r#"[["BigInt","18446744073709551615"]]"#);
    both_ways((1_i64 << 53) - 1, "[9007199254740991]");
    both_ways(1_i64 << 53, r#"[["BigInt","9007199254740992"]]"#);
    both_ways(i128::MIN, &format!(r#"[["BigInt","{}"]]"#, i128::MIN));
    both_ways(u128::MAX, &format!(r#"[["BigInt","{}"]]"#, u128::MAX));
    both_ways(f64::INFINITY, "-4");
    both_ways(-0.0, "-6");
    both_ways(0.1_f32, "[0.10000000149011612]");
    both_ways(1e21, "[1e+21]");
    both_ways('x', r#"["x"]"#);
    both_ways((), "[null]");
    both_ways(None::<u8>, "[null]");
    assert_eq!(to_string(&f64::NAN).unwrap(), "-3");
    assert_eq!(from_str::<String>(r#"["a\ud83d"]"#).unwrap(), "a\u{fffd}");
}

#[test]
fn enums_and_containers() {
    both_ways(External::A, r#"["A"]"#);
    both_ways(External::B(1), r#"[{"B":1},1]"#);
    both_ways(External::C(1, "x".into()), r#"[{"C":1},[2,3],1,"x"]"#);
    both_ways(External::D { x: 1, y: None }, r#"[{"D":1},{"x":2,"y":3},1,null]"#);
    both_ways(Internal::A, r#"[{"t":1},"A"]"#);
    both_ways(Internal::B { n: u64::MAX }, r#"[{"t":1,"n":2},"B",["BigInt","18446744073709551615"]]"#);
    both_ways(Internal::C(Pair { a: 1, b: "C".into() }), r#"[{"t":1,"a":2,"b":1},"C",1]"#);
    both_ways(Adjacent::A, r#"[{"t":1},"A"]"#);
    both_ways(Adjacent::C(1, 2), r#"[{"t":1,"c":2},"C",[3,4],1,2]"#);
    both_ways(vec![vec![1_u8], vec![], vec![1, 2]], "[[1,3,4],[2],1,[],[2,5],2]");
    both_ways(HashMap::from([(-3_i8, 'c')]), r#"[{"-3":1},"c"]"#);
}

#[test]
fn keys_come_in_javascript_order() {
    let map = BTreeMap::from([("b".to_owned(), 1), ("10".to_owned(), 2), ("9".to_owned(), 1)]);
    both_ways(map, r#"[{"9":1,"10":2,"b":1},1,2]"#);
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flat {
    a: u32,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Deserialize, PartialEq, Debug)]
#[serde(untagged)]
enum Either {
    Pair(Pair),
    Number(u8),
}

fn named<V>(pairs: impl IntoIterator<Item = (&'static str, V)>) -> BTreeMap<String, V> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// JavaScript holds one of them, at the place of the first, with the value of the last.
#[test]
fn of_equal_keys_one_is_written() {
    let flat = Flat { a: 1, rest: named([("a", 2), ("b", 1)]) };
    assert_eq!(to_string(&[flat]).unwrap(), r#"[[1],{"a":2,"b":3},2,1]"#);
    assert_eq!(
        to_string(&devalue::Map(vec![("a", 1), ("b", 3), ("a", 2)])).unwrap(),
        r#"[["Map",1,2,3,4],"a",2,"b",3]"#
    );
    assert_eq!(to_string(&devalue::Map(vec![(0.0, "a"), (-0.0, "b")])).unwrap(), r#"[["Map",1,2],0,"b"]"#);
    assert_eq!(to_string(&devalue::Set(vec!["a", "b", "a"])).unwrap(), r#"[["Set",1,2],"a","b"]"#);
    let many: Vec<u32> = (0..40).chain([7]).collect();
    assert_eq!(to_string(&devalue::Set(&many)).unwrap(), to_string(&devalue::Set(&many[..40])).unwrap());
    // Equal as keys, not in Rust.
    both_ways(devalue::Map(vec![(vec![1_u8], 1_u8), (vec![1], 1)]), r#"[["Map",1,2,3,2],[2],1,[2]]"#);
}

#[test]
fn of_equal_keys_the_last_counts_for_every_type() {
    let text = r#"[{"a":1,"b":2,"a":3,"\u0061":4},1,"x",2,3]"#;
    assert_eq!(from_str::<Pair>(text).unwrap(), Pair { a: 3, b: "x".into() });
    assert_eq!(Document::parse(text).unwrap().root().decode::<Pair>().unwrap().a, 3);
    assert_eq!(from_str::<Either>(text).unwrap(), Either::Pair(Pair { a: 3, b: "x".into() }));
    assert_eq!(from_str::<serde_json::Value>(text).unwrap(), serde_json::json!({ "a": 3, "b": "x" }));
    let numbers = r#"[{"a":1,"b":1,"a":2},1,2]"#;
    assert_eq!(from_str::<Flat>(numbers).unwrap(), Flat { a: 2, rest: named([("b", 1)]) });
    assert_eq!(from_str::<BTreeMap<String, u32>>(numbers).unwrap(), named([("a", 2), ("b", 1)]));
    let pairs = r#"[["null","a",1,"b",2,"a",3],1,"x",2]"#;
    assert_eq!(from_str::<Pair>(pairs).unwrap(), Pair { a: 2, b: "x".into() });
    assert_eq!(from_str::<External>(r#"[{"B":1,"B":2},1,2]"#).unwrap(), External::B(2));
    assert_eq!(from_str::<External>(r#"[{"B":1,"A":2},1,2]"#).unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(from_str::<Internal>(r#"[{"t":1,"n":2,"n":3},"B",1,2]"#).unwrap(), Internal::B { n: 2 });
    let error = from_str::<Vec<Pair>>(r#"[[1],{"a":2,"a":3,"b":4},1,"secret","x"]"#).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Type, "[0].a"));
}

/// Rust would read several keys as one number, of which JavaScript prints one.
#[test]
fn keys_are_numbers_as_javascript_prints_them() {
    for key in ["+5", "005", "-0", "5.0", ""] {
        let text = format!(r#"[{{"5":1,"{key}":1}},1]"#);
        assert_eq!(from_str::<HashMap<i32, u8>>(&text).unwrap_err().kind(), ErrorKind::Type, "{text}");
    }
    assert!(from_str::<Floats>(r#"[{"5":1,"0.1":1,"NaN":1,"-Infinity":1,"1e+21":1},1]"#).is_ok());
    for key in ["+5", "5.0", "5e0", "-0", ".5", "inf"] {
        assert!(from_str::<Floats>(&format!(r#"[{{"{key}":1}},1]"#)).is_err(), "{key}");
    }
    both_ways(
        BTreeMap::from([(i128::MIN, 1), (0, 1), (7, 1)]),
        &format!(r#"[{{"0":1,"7":1,"{}":1}},1]"#, i128::MIN),
    );
}

/// A map with floats as keys.
#[derive(Debug)]
struct Floats;

impl<'de> Deserialize<'de> for Floats {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> serde::de::Visitor<'de> for Keys {
            type Value = Floats;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Floats, A::Error> {
                while map.next_entry::<f64, u8>()?.is_some() {}
                Ok(Floats)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let text = "\u{feff} [[1],5]";
    assert_eq!(from_str::<[u8; 1]>(text).unwrap(), [5]);
    assert_eq!(Document::parse(text).unwrap().root().decode::<[u8; 1]>().unwrap(), [5]);
    assert_eq!(devalue::Value::parse(text).unwrap().to_text().unwrap(), "[[1],5]");
}

#[test]
fn what_has_no_form_is_refused() {
    assert_eq!(to_string(&HashMap::from([("__proto__", 1)])).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(to_string(&HashMap::from([((1, 2), 1)])).unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(from_str::<HashMap<String, u8>>(r#"[{"__proto__":1},1]"#).is_err());
}

#[derive(Deserialize, Debug)]
struct Ring {
    #[expect(dead_code, reason = "only the error is looked at")]
    a: Vec<Self>,
}

#[test]
fn errors_name_types_and_paths() {
    let error = from_str::<External>(r#"[{"D":1},{"x":2},"secret"]"#).unwrap_err();
    assert_eq!((error.kind(), error.path(), error.offset()), (ErrorKind::Type, "D.x", Some(17)));
    assert_eq!((error.expected(), error.found()), (Some("i32"), Some("string")));
    let error = from_str::<HashMap<String, Pair>>(r#"[{"secret":1},{"a":2},"x"]"#).unwrap_err();
    assert_eq!(error.path(), "[*].a");
    assert_eq!(from_str::<u8>("[300]").unwrap_err().kind(), ErrorKind::Range);
    for text in ["[1e20]", "[1e21]", "[1e400]", "-4", "-3"] {
        let error = from_str::<u64>(text).unwrap_err();
        assert_eq!((error.kind(), error.found()), (ErrorKind::Range, Some("number out of range")), "{text}");
    }
    assert_eq!(from_str::<u128>("[1e21]").unwrap_err().kind(), ErrorKind::Range);
    assert_eq!(from_str::<u128>("[1.5]").unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(from_str::<Pair>(r#"[{"a":1},2]"#).unwrap_err().kind(), ErrorKind::Missing);
    assert_eq!(from_str::<Ring>(r#"[{"a":1},[0]]"#).unwrap_err().kind(), ErrorKind::Cycle);
    let all = [
        from_str::<External>(r#"["secret"]"#).unwrap_err(),
        from_str::<u8>(r#"["secret"]"#).unwrap_err(),
        from_str::<std::net::IpAddr>(r#"["secret"]"#).unwrap_err(),
        from_str::<char>(r#"["secret"]"#).unwrap_err(),
        from_str::<devalue::Date<std::time::SystemTime>>(r#"[["Date","secret"]]"#).unwrap_err(),
        error,
    ];
    for error in all {
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
}
