use std::collections::BTreeMap;

use serde::Deserialize;
use session_runtime::devalue::{
    self, BigInt, Bytes, Date, Document, Map, Pattern, RegExp, Set, Undefined, Url, Value,
};

/// A type that asks for something of every sort.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is only read")]
struct Everything {
    a: Option<Box<Self>>,
    id: Option<u64>,
    name: Option<String>,
    #[serde(default)]
    list: Vec<Any>,
    at: Option<Date<std::time::SystemTime>>,
    map: Option<Map<Vec<(Any, Any)>>>,
    set: Option<Set<Vec<Any>>>,
    url: Option<Url<String>>,
    big: Option<BigInt<i128>>,
    pattern: Option<RegExp<Pattern>>,
    bytes: Option<Bytes<Vec<u8>>>,
    #[serde(default)]
    none: Undefined<Option<char>>,
    #[serde(flatten)]
    rest: BTreeMap<String, Any>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only read")]
enum Any {
    Unit,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Date(Date<std::time::SystemTime>),
    Bytes(Bytes<Vec<u8>>),
    List(Vec<Self>),
    Map(BTreeMap<String, Self>),
}

/// Any text is read or refused, whatever is asked for, and copying it does not change what it says.
///
/// # Panics
/// If that does not hold.
pub fn decode(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // A document ignores a byte order mark, which Astro's files may have; JSON has none.
    let text = text.trim_start_matches('\u{feff}');
    let value = Value::parse(text);
    let _ = devalue::from_str::<serde_json::Value>(text);
    let _ = devalue::from_str::<Everything>(text);
    let _ = devalue::from_str::<Vec<Option<Any>>>(text);
    let Ok(document) = Document::parse(text) else {
        assert!(value.is_err(), "a value of what is no text");
        return;
    };
    let root = document.root();
    let _ = (root.kind(), root.as_f64(), root.as_str(), root.field("a"));
    for (key, value) in root.map_entries().into_iter().flatten() {
        let _ = (key.as_str(), value.kind());
    }
    let _ = root.decode::<Everything>();
    let copy = root.to_text();
    match value {
        Ok(value) => {
            let copy = copy.expect("what is a value can be copied");
            assert!(Value::parse(&copy).is_ok_and(|copied| copied == value), "the copy is another value");
            let written = value.to_text().expect("what was read can be written");
            assert!(Value::parse(&written).is_ok_and(|read| read == value), "it comes back as another value");
        }
        Err(_) => {
            assert!(copy.is_err() || Value::parse(&copy.unwrap()).is_err(), "copying made it a good text")
        }
    }
}
