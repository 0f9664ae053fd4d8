//! `cases.json`: what `session.set("v", …)` on a fresh session leaves in the store, for values of every kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use session_runtime::devalue::{Bytes, Date, DateValue, Map, Pattern, RegExp, Set, Undefined, Url};
use session_runtime::{
    Error, Expiry, MemoryStore, PutIf, Record, Session, SessionConfig, SessionId, Sessions, Store, StoreKey,
};

use crate::exceptions::Exceptions;

#[derive(Debug, Deserialize)]
struct Case {
    case: String,
    #[serde(rename = "stored_value_string")]
    stored: Option<String>,
}

/// Milliseconds since 1970, as JavaScript has them; none is an invalid date.
struct Ms(Option<i64>);

impl DateValue for Ms {
    fn to_millis(&self) -> Option<i64> {
        self.0
    }

    fn from_millis(ms: i64) -> Option<Self> {
        Some(Self(Some(ms)))
    }
}

#[derive(Serialize)]
struct Simple {
    a: u8,
    b: &'static str,
    c: bool,
    d: Option<u8>,
    #[serde(with = "Undefined")]
    e: Option<u8>,
}

#[derive(Serialize)]
struct Named {
    b: u8,
    #[serde(rename = "2")]
    two: &'static str,
    #[serde(rename = "1")]
    one: &'static str,
    a: u8,
}

#[derive(Serialize)]
struct Weird {
    #[serde(rename = "")]
    empty: u8,
    #[serde(rename = " ")]
    space: u8,
    #[serde(rename = "a.b")]
    dot: u8,
    #[serde(rename = "a\"b")]
    quote: u8,
    #[serde(rename = "<x>")]
    angle: u8,
    #[serde(rename = "é")]
    accent: u8,
    #[serde(rename = "\u{2028}")]
    separator: u8,
    #[serde(rename = "\n")]
    newline: u8,
}

#[derive(Serialize)]
struct Item {
    sku: String,
    name: String,
    qty: usize,
    price: f64,
}

fn item(nth: u16) -> Item {
    Item {
        sku: format!("SKU-{}", 1000 + nth),
        name: format!("Product number {nth}"),
        qty: usize::from(nth % 3 + 1),
        price: 9.99 + f64::from(nth),
    }
}

fn pattern(source: &str, flags: &str) -> RegExp<Pattern> {
    RegExp(Pattern { source: source.to_owned(), flags: flags.to_owned() })
}

fn url(href: &str) -> Url<String> {
    Url(href.to_owned())
}

fn date(ms: i64) -> Date<Ms> {
    Date(Ms(Some(ms)))
}

type Act = fn(&Session) -> Result<(), Error>;

/// The same in Rust.
const IN_RUST: &[(&str, Act)] = &[
    ("array_nums", |s| s.set("v", [1, 2, 3, 2, 1])),
    ("array_strings_rep", |s| s.set("v", ["a", "b", "a", "b"])),
    ("bool_true", |s| s.set("v", true)),
    ("date", |s| s.set("v", date(1_704_164_645_678))),
    ("date_epoch", |s| s.set("v", date(0))),
    ("date_neg", |s| s.set("v", date(-1))),
    ("date_neg_year", |s| s.set("v", date(-8_640_000_000_000_000))),
    ("date_year_0", |s| s.set("v", date(-62_167_219_200_000))),
    ("deep_200", |s| s.set("v", (0..200).fold(json!({ "v": 1 }), |inner, _| json!({ "o": inner })))),
    ("int_2pow53", |s| s.set("v", 2.0_f64.powi(53))),
    ("int_2pow64", |s| s.set("v", 2.0_f64.powi(64))),
    ("int_neg_zero", |s| s.set("v", -0.0)),
    ("int_one", |s| s.set("v", 1)),
    ("int_zero", |s| s.set("v", 0)),
    ("map_same_key_value", |s| s.set("v", Map(BTreeMap::from([("a", "a")])))),
    ("node_buffer", |s| s.set("v", Bytes([1_u8, 2, 3]))),
    ("node_buffer_pool", |s| s.set("v", b"abc".len())),
    ("num_123456789012345680000", |s| s.set("v", 123_456_789_012_345_680_000.0)),
    ("num_1e-6", |s| s.set("v", 1e-6)),
    ("num_1e20", |s| s.set("v", 1e20)),
    ("num_1e21", |s| s.set("v", 1e21)),
    ("num_1e22", |s| s.set("v", 1e22)),
    ("num_epsilon", |s| s.set("v", f64::EPSILON)),
    ("num_min", |s| s.set("v", f64::from_bits(1))),
    ("num_nan", |s| s.set("v", f64::NAN)),
    ("num_neg_inf", |s| s.set("v", f64::NEG_INFINITY)),
    ("num_third", |s| s.set("v", 1.0 / 3.0)),
    ("object_has_then", |s| s.set("v", json!({ "then": 1 }))),
    ("object_int_keys", |s| s.set("v", Named { b: 1, two: "two", one: "one", a: 2 })),
    ("object_key_constructor", |s| s.set("v", json!({ "constructor": "x" }))),
    ("object_key_constructor_obj_noproto", |s| s.set("v", json!({ "constructor": { "a": 1 }, "keep": 1 }))),
    ("object_nested", |s| s.set("v", json!({ "a": { "b": { "c": { "d": [1, { "e": 2 }] } } } }))),
    ("object_simple", |s| s.set("v", Simple { a: 1, b: "two", c: true, d: None, e: None })),
    ("object_value_string_proto", |s| s.set("v", json!({ "a": "\"__proto__\":1" }))),
    ("object_weird_keys", |s| {
        let (empty, space, dot, quote) = (1, 2, 3, 4);
        s.set("v", Weird { empty, space, dot, quote, angle: 5, accent: 6, separator: 7, newline: 8 })
    }),
    ("regexp", |s| s.set("v", pattern("a.b\\/c", "gi"))),
    ("regexp_empty", |s| s.set("v", pattern("(?:)", ""))),
    ("regexp_noflags", |s| s.set("v", pattern("^x$", ""))),
    ("set_simple", |s| s.set("v", Set([1, 2, 3]))),
    ("string_10k", |s| s.set("v", "x".repeat(10_000))),
    ("string_control", |s| s.set("v", "\0\x01\x08\t\n\x0b\x0c\r\x1f\x7f\u{80}")),
    ("string_empty", |s| s.set("v", "")),
    ("string_html", |s| s.set("v", "<script>alert('x')</script>&")),
    ("string_quotes", |s| s.set("v", "a\"b'c`d\\e/f")),
    ("string_simple", |s| s.set("v", "hello")),
    ("string_space", |s| s.set("v", " ")),
    ("string_u2028", |s| s.set("v", "a\u{2028}b\u{2029}c")),
    ("temporal_duration", |s| s.set("v", "no Temporal")),
    ("temporal_instant", |s| s.set("v", "no Temporal")),
    ("typical_cart", |s| s.set("v", [item(0), item(1), item(2)])),
    ("uint8array", |s| s.set("v", Bytes([0_u8, 1, 2, 253, 254, 255]))),
    ("uint8array_empty", |s| s.set("v", Bytes([0_u8; 0]))),
    ("undefined", |s| s.set("v", Undefined(None::<u8>))),
    ("url", |s| s.set("v", url("https://user:pass@example.com:8080/a%20b/%C3%BC?x=1&y=%3Cz%3E#h"))),
    ("url_simple", |s| s.set("v", url("https://example.com/"))),
    ("url_twice", |s| s.set("v", [url("https://example.com/"), url("https://example.com/")])),
];

fn cases() -> Vec<Case> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/cases.json"));
    serde_json::from_str(text).unwrap()
}

/// The text that is stored after a request of `id` that does one thing.
async fn stored_after(store: &Arc<MemoryStore>, id: Option<SessionId>, act: Act) -> Result<String, Error> {
    let sessions = Sessions::new(Arc::clone(store), SessionConfig::astro());
    let cookie = id.map(|id| format!("astro-session={}", id.expose()));
    let exchange = sessions.begin(cookie.iter().map(String::as_bytes));
    let session = exchange.load().await?.untyped();
    act(&session)?;
    let key = StoreKey::plain(&session.id().unwrap());
    exchange.finish(200).await.error.map_or(Ok(()), Err)?;
    Ok(store.load(&key).await?.unwrap().text().to_owned())
}

#[tokio::test]
async fn every_value() {
    let mut exceptions = Exceptions::of("cases");
    for Case { case, stored } in &cases() {
        let here: Option<Value> = match IN_RUST.iter().find(|(name, _)| name == case) {
            Some((_, set)) => Some(json!({ "stored": stored_after(&Arc::default(), None, *set).await.ok() })),
            None => None,
        };
        exceptions.compare(case, &json!({ "stored": stored }), here.as_ref());
    }
    exceptions.finish("values");
}

#[tokio::test]
async fn every_value_is_carried_over_by_requests_that_change_other_keys() -> Result<(), Error> {
    let mut count = 0;
    for (case, stored) in cases().into_iter().filter_map(|case| Some((case.case, case.stored?))) {
        let (store, id) = (Arc::new(MemoryStore::new()), SessionId::random());
        store.put(&StoreKey::plain(&id), PutIf::Absent, &Record::new(&*stored), Expiry::Never).await?;
        let set = stored_after(&store, Some(id), |session| session.set("w", "another")).await?;
        assert_ne!(set, stored, "{case}");
        let removed = stored_after(&store, Some(id), |session| session.remove("w")).await?;
        assert_eq!(removed, stored, "{case}");
        count += 1;
    }
    println!("{count} values carried over");
    Ok(())
}

#[test]
fn every_value_in_rust_is_one_of_astros() {
    let cases = cases();
    for (name, _) in IN_RUST {
        assert!(cases.iter().any(|case| case.case == *name), "{name}");
    }
}
