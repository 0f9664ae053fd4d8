//! The values that are written and read.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use session_runtime::devalue::{self, Document, Field, MapWriter};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    id: u64,
    name: String,
    email: String,
}

/// The session of the benchmark: some 500 bytes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Typical {
    user: User,
    cart: Vec<String>,
    last_visit: u64,
}

/// One entry of a session's record.
#[derive(Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) data: Vec<String>,
    pub(crate) expires: Option<f64>,
}

/// Twelve characters, another twelve for each number.
pub(crate) fn product(number: u64) -> String {
    format!("{:012x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16)
}

pub(crate) fn products(first: u64, count: u64) -> Vec<String> {
    (first..first + count).map(product).collect()
}

pub(crate) fn typical(number: u64) -> Typical {
    let name = format!("Ada Lovelace {number}");
    let email = format!("ada{number}@example.com");
    let user = User { id: 1000 + number, name, email };
    Typical { user, cart: products(number * 20, 20), last_visit: 1_767_323_045_006 + number }
}

pub(crate) fn sessions(count: u64) -> Vec<Typical> {
    (0..count).map(typical).collect()
}

pub(crate) fn prose(number: u64) -> String {
    "It was a dark and stormy night; the rain fell in torrents, ".repeat(17) + &product(number)
}

pub(crate) fn lists(keys: u64, items: u64, item: impl Fn(u64) -> String) -> Vec<Vec<String>> {
    (0..keys).map(|key| (0..items).map(|at| item(key * items + at)).collect()).collect()
}

/// The record of a session whose keys hold these lists.
pub(crate) fn record(lists: &[Vec<String>]) -> Arc<str> {
    let write = |list: (usize, &Vec<String>)| {
        (format!("key{}", list.0), devalue::to_document(list.1).expect("a document"))
    };
    let values: Vec<(String, Document)> = lists.iter().enumerate().map(write).collect();
    let mut map = MapWriter::new();
    for (key, value) in &values {
        map.put(key, &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
    }
    Arc::clone(map.finish().expect("a record").text())
}

/// What serde_json is given for such a record.
pub(crate) fn entries(lists: Vec<Vec<String>>) -> Vec<(String, Entry)> {
    let entry = |(at, data)| (format!("key{at}"), Entry { data, expires: None });
    lists.into_iter().enumerate().map(entry).collect()
}

/// Opens a record and reads one key of it.
pub(crate) fn read_key(record: &Arc<str>, key: &str) -> Vec<String> {
    let document = Document::parse(Arc::clone(record)).expect("a record");
    let entry = document.root().map_value(key);
    entry.and_then(|entry| entry.field("data")).expect("the key").decode().expect("a list")
}

/// Opens a record and writes it anew with another value for one key.
pub(crate) fn write_key(record: &Arc<str>, key: &str, value: &Document) -> Document {
    let document = Document::parse(Arc::clone(record)).expect("a record");
    let mut map = MapWriter::new();
    for (name, entry) in document.root().map_entries().expect("a map") {
        if name.as_str().as_deref() == Some(key) {
            map.put(key, &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
        } else {
            map.keep(name, entry);
        }
    }
    map.finish().expect("a record")
}
