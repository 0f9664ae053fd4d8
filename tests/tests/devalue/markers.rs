//! The marker types, also where serde buffers values without knowing their types.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use session_runtime::devalue::{
    BigInt, Bytes, Date, Map, Pattern, RegExp, Set, Undefined, Url, from_str, to_string,
};

fn at(millis: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Fields {
    #[serde(with = "Date")]
    at: SystemTime,
    #[serde(with = "Date")]
    stamp: jiff::Timestamp,
    #[serde(with = "Date")]
    never: Option<SystemTime>,
    #[serde(with = "Url")]
    url: String,
    #[serde(with = "Map")]
    map: BTreeMap<u8, u8>,
    #[serde(with = "Map")]
    pairs: Vec<(u8, u8)>,
    #[serde(with = "Set")]
    set: BTreeSet<u8>,
    #[serde(with = "BigInt")]
    bigint: u64,
    #[serde(with = "Bytes")]
    bytes: Vec<u8>,
    #[serde(with = "Undefined")]
    nothing: Option<u8>,
    #[serde(with = "RegExp")]
    pattern: Pattern,
    large: u64,
}

fn fields() -> Fields {
    Fields {
        at: at(5),
        stamp: jiff::Timestamp::from_millisecond(-1500).unwrap(),
        never: None,
        url: "https://e.com/".to_owned(),
        map: BTreeMap::from([(1, 2), (2, 3)]),
        pairs: vec![(1, 2), (3, 4)],
        set: BTreeSet::from([1, 2]),
        bigint: 7,
        bytes: vec![1, 2, 3],
        nothing: None,
        pattern: Pattern { source: "a/b".to_owned(), flags: "g".to_owned() },
        large: u64::MAX,
    }
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(untagged)]
enum Any {
    String(String),
    Date(Date<SystemTime>),
    Url(Url<String>),
    RegExp(RegExp<Pattern>),
    Integer(i64),
    Float(f64),
    Bytes(Bytes<Vec<u8>>),
    Map(Map<BTreeMap<u8, String>>),
    Pairs(Map<Vec<(bool, u8)>>),
    List(Vec<Self>),
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Flat {
    key: u8,
    #[serde(flatten)]
    inside: Fields,
    #[serde(flatten)]
    rest: HashMap<String, Any>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "type")]
enum Tagged {
    Visit {
        #[serde(with = "Date")]
        at: SystemTime,
    },
}

#[test]
fn in_fields() {
    let text = to_string(&fields()).unwrap();
    assert_eq!(from_str::<Fields>(&text).unwrap(), fields());
    let json = serde_json::to_string(&fields()).unwrap();
    assert_eq!(serde_json::from_str::<Fields>(&json).unwrap(), fields());
}

#[test]
fn in_flattened_and_tagged_types() {
    let rest = HashMap::from([("x".to_owned(), Any::Date(Date(at(9))))]);
    let flat = Flat { key: 1, inside: fields(), rest };
    assert_eq!(from_str::<Flat>(&to_string(&flat).unwrap()).unwrap(), flat);
    let tagged = Tagged::Visit { at: at(9) };
    assert_eq!(from_str::<Tagged>(&to_string(&tagged).unwrap()).unwrap(), tagged);
}

#[test]
fn in_untagged_types() {
    let pattern = Pattern { source: "a".to_owned(), flags: String::new() };
    let all = [
        Any::String("2026-01-01T00:00:00.000Z".to_owned()),
        Any::Date(Date(at(1))),
        Any::Url(Url("https://e.com/".to_owned())),
        Any::RegExp(RegExp(pattern)),
        Any::Integer(1 << 60),
        Any::Float(1.5),
        Any::Bytes(Bytes(vec![1])),
        Any::Map(Map(BTreeMap::from([(1, "x".to_owned())]))),
        Any::Pairs(Map(vec![(true, 1)])),
        Any::List(vec![Any::Date(Date(at(2)))]),
    ];
    for value in all {
        let text = to_string(&value).unwrap();
        assert_eq!(from_str::<Any>(&text).unwrap(), value, "{text}");
    }
}

#[test]
fn are_strict_about_what_is_stored() {
    assert!(from_str::<Date<SystemTime>>(r#"["1970-01-01T00:00:00.000Z"]"#).is_err());
    assert!(from_str::<String>(r#"[["Date","1970-01-01T00:00:00.000Z"]]"#).is_err());
    assert!(from_str::<Map<HashMap<String, u8>>>("[{}]").is_err());
    assert!(from_str::<Set<Vec<u8>>>("[[]]").is_err());
    assert!(from_str::<Vec<u8>>(r#"[["Set"]]"#).is_err());
}

/// What JavaScript would make of these by coercion is another value than the one that the text suggests.
#[test]
fn read_no_text_from_somewhere_else() {
    assert!(from_str::<Date<SystemTime>>(r#"[["Date",1],"1970-01-01T00:00:00.000Z"]"#).is_err());
    assert!(from_str::<serde_json::Value>(r#"[["Date",1],"1970-01-01T00:00:00.000Z"]"#).is_err());
    assert!(from_str::<RegExp<Pattern>>(r#"[["RegExp",1],"a"]"#).is_err());
    assert!(from_str::<RegExp<Pattern>>(r#"[["RegExp","a",["g"]]]"#).is_err());
    assert_eq!(from_str::<RegExp<Pattern>>(r#"[["RegExp","a","g"]]"#).unwrap().0.flags, "g");
    assert_eq!(from_str::<Url<String>>(r#"[["URL",1],"https://e.com/"]"#).unwrap().0, "https://e.com/");
}
