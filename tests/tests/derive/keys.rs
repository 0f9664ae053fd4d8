//! The table of keys says what the struct says.

use std::collections::HashMap;
use std::time::Duration;

use session_runtime::{KeyInfo, SessionData};

use crate::{key, names};

#[derive(SessionData)]
struct Everything {
    plain: String,
    #[session(default)]
    cart: Vec<String>,
    #[session(default = "HashMap::new")]
    counts: HashMap<String, (u8, [i64; 2])>,
    #[session(ttl = "1h30m")]
    offer: Option<u32>,
    #[session(sensitive)]
    otp: u32,
    #[session(on_conflict = "interrupt")]
    step: u8,
    #[session(on_conflict = "merge")]
    note: std::string::String,
    #[session(as = "session_runtime::devalue::Date")]
    seen: std::time::SystemTime,
    #[session(rename = "all")]
    #[session(ttl = "250ms", sensitive, default, on_conflict = "interrupt", accessor = "everything")]
    #[session(version = 3, migrate(2 = "Some", 1 = "is_it"), on_mismatch = "absent")]
    last: Option<bool>,
    #[session(version = 1, on_mismatch = "error")]
    first: u8,
}

fn is_it(number: u8) -> bool {
    number > 0
}

#[test]
fn a_row_per_field_in_their_order() {
    assert_eq!(
        names::<Everything>(),
        ["plain", "cart", "counts", "offer", "otp", "step", "note", "seen", "all", "first"]
    );
}

#[test]
fn a_plain_key_has_nothing_special() {
    assert_eq!(*key::<Everything>("plain"), KeyInfo::new("plain", "plain", "String").of::<String>());
}

#[test]
fn types_are_named_as_they_are_written() {
    let types: Vec<_> = Everything::KEYS.iter().map(KeyInfo::type_name).collect();
    assert_eq!(
        types,
        [
            "String",
            "Vec<String>",
            "HashMap<String, (u8, [i64; 2])>",
            "Option<u32>",
            "u32",
            "u8",
            "std::string::String",
            "std::time::SystemTime",
            "Option<bool>",
            "u8"
        ]
    );
}

#[test]
fn each_attribute_is_in_its_row_only() {
    let with = |has: fn(&KeyInfo) -> bool| -> Vec<&str> {
        Everything::KEYS.iter().filter(|key| has(key)).map(KeyInfo::name).collect()
    };
    assert_eq!(with(KeyInfo::has_default), ["cart", "counts", "all"]);
    assert_eq!(with(KeyInfo::is_sensitive), ["otp", "all"]);
    assert_eq!(with(KeyInfo::interrupts_on_conflict), ["step", "all"]);
    assert_eq!(with(|key| key.ttl().is_some()), ["offer", "all"]);
    assert_eq!(with(KeyInfo::mismatch_is_absent), ["all"]);
    assert_eq!(with(|key| key.version() != 1), ["all"]);
    assert_eq!(key::<Everything>("all").version(), 3);
    assert_eq!(key::<Everything>("offer").ttl(), Some(Duration::from_secs(5400)));
    assert_eq!(key::<Everything>("all").ttl(), Some(Duration::from_millis(250)));
    assert_eq!(key::<Everything>("all").accessor(), "everything");
}

#[derive(SessionData)]
struct Empty {}

#[test]
fn a_struct_without_fields_has_no_keys() {
    assert_eq!(Empty::KEYS, []);
}

#[derive(SessionData)]
struct Conditional {
    #[cfg(false)]
    mode: String,
    #[cfg(true)]
    mode: u8,
    #[cfg(false)]
    gone: NoSuchType,
    #[cfg_attr(true, session(default))]
    #[cfg_attr(false, session(ttl = "1m"))]
    count: u32,
}

#[test]
fn fields_that_are_configured_out_are_not_there() {
    assert_eq!(names::<Conditional>(), ["mode", "count"]);
    assert_eq!(key::<Conditional>("mode").type_name(), "u8");
    assert_eq!(*key::<Conditional>("count"), KeyInfo::new("count", "count", "u32").of::<u32>().defaulted());

    let session = session_runtime::testing::session::<Conditional>();
    session.count().set(session.mode().get().unwrap().map_or(7, u32::from)).unwrap();
    assert_eq!(session.count().get().unwrap(), 7);
}
