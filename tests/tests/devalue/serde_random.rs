//! Random values of serde's types come back as they were.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use session_runtime::devalue::{
    BigInt, Bytes, Date, Document, ErrorKind, Map, Set, Undefined, Value, from_str, to_string,
};

#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    FirstOne,
    #[serde(rename = "2")]
    Second,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum External {
    Unit,
    Newtype(String),
    Tuple(u8, Option<bool>),
    Struct { key: i64, r#type: Unit },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Newtype(Inner),
    Struct { key: i64, list: Vec<String> },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Newtype(i128),
    Tuple(u8, String),
    Struct { key: f64 },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Date(Date<SystemTime>),
    Pair(u8, bool),
    Struct { untagged: Unit },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Inner {
    inner: Option<Unit>,
    at: Date<SystemTime>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Newtype(u64);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Nothing;

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Scalars {
    unit: (),
    nothing: Nothing,
    bytes: (u8, i8, u16, i16, u32, i32, u64, i64),
    wide: (u128, i128),
    floats: (f32, f64),
    letter: char,
    text: String,
    newtype: Newtype,
    array: [Option<bool>; 2],
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Keyed {
    integers: BTreeMap<i64, u8>,
    wide: BTreeMap<u128, u8>,
    letters: BTreeMap<char, bool>,
    flags: BTreeMap<bool, u8>,
    variants: BTreeMap<Unit, u8>,
    texts: BTreeMap<String, Option<u8>>,
    map: Map<BTreeMap<(u8, char), String>>,
    set: Set<BTreeSet<String>>,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Whole {
    scalars: Scalars,
    keyed: Keyed,
    external: Vec<External>,
    internal: Internal,
    adjacent: Adjacent,
    untagged: Vec<Untagged>,
    null: Option<u8>,
    undefined: Undefined<Option<u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<u8>,
    blob: Bytes<Vec<u8>>,
    big: BigInt<i64>,
    #[serde(flatten)]
    flat: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, Untagged>,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", any::<String>(), "[0-9]{1,3}", "[\"\\\\<\u{0}-\u{1f}\u{2028}]{0,4}"]
        .prop_filter("JavaScript's objects have no such key", |text| text != "__proto__")
}

fn time() -> impl Strategy<Value = Date<SystemTime>> {
    any::<u32>().prop_map(|millis| {
        Date(SystemTime::UNIX_EPOCH + Duration::from_millis(u64::from(millis) * 1_000_003))
    })
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::FirstOne), Just(Unit::Second)]
}

fn inner() -> impl Strategy<Value = Inner> {
    (prop::option::of(unit()), time()).prop_map(|(inner, at)| Inner { inner, at })
}

fn external() -> impl Strategy<Value = External> {
    prop_oneof![
        Just(External::Unit),
        text().prop_map(External::Newtype),
        any::<(u8, Option<bool>)>().prop_map(|(one, two)| External::Tuple(one, two)),
        (any::<i64>(), unit()).prop_map(|(key, r#type)| External::Struct { key, r#type }),
    ]
}

fn internal() -> impl Strategy<Value = Internal> {
    prop_oneof![
        Just(Internal::Unit),
        inner().prop_map(Internal::Newtype),
        (any::<i64>(), prop::collection::vec(text(), 0..3))
            .prop_map(|(key, list)| Internal::Struct { key, list }),
    ]
}

fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        Just(Adjacent::Unit),
        any::<i128>().prop_map(Adjacent::Newtype),
        (any::<u8>(), text()).prop_map(|(one, two)| Adjacent::Tuple(one, two)),
        any::<f64>().prop_map(|key| Adjacent::Struct { key }),
    ]
}

/// A float that is no integer: an untagged enum would take that for one.
fn untagged() -> impl Strategy<Value = Untagged> {
    prop_oneof![
        any::<bool>().prop_map(Untagged::Bool),
        any::<i64>().prop_map(Untagged::Integer),
        any::<i32>().prop_map(|number| Untagged::Float(f64::from(number) + 0.5)),
        text().prop_map(Untagged::Text),
        time().prop_map(Untagged::Date),
        any::<(u8, bool)>().prop_map(|(one, two)| Untagged::Pair(one, two)),
        unit().prop_map(|untagged| Untagged::Struct { untagged }),
    ]
}

fn scalars() -> impl Strategy<Value = Scalars> {
    let plain = any::<(
        (u8, i8, u16, i16, u32, i32, u64, i64),
        (u128, i128),
        (f32, f64),
        char,
        u64,
        [Option<bool>; 2],
    )>();
    (plain, text()).prop_map(|((bytes, wide, floats, letter, number, array), text)| Scalars {
        unit: (),
        nothing: Nothing,
        bytes,
        wide,
        floats,
        letter,
        text,
        newtype: Newtype(number),
        array,
    })
}

fn keyed() -> impl Strategy<Value = Keyed> {
    use prop::collection::{btree_map, btree_set};
    let numbers = (btree_map(any::<i64>(), any::<u8>(), 0..4), btree_map(any::<u128>(), any::<u8>(), 0..3));
    let words = (btree_map(any::<char>(), any::<bool>(), 0..3), btree_map(any::<bool>(), any::<u8>(), 0..2));
    let names = (btree_map(unit(), any::<u8>(), 0..2), btree_map(text(), any::<Option<u8>>(), 0..5));
    let marked = (btree_map(any::<(u8, char)>(), text(), 0..4), btree_set(text(), 0..4));
    (numbers, words, names, marked).prop_map(
        |((integers, wide), (letters, flags), (variants, texts), (map, set))| Keyed {
            integers,
            wide,
            letters,
            flags,
            variants,
            texts,
            map: Map(map),
            set: Set(set),
        },
    )
}

fn whole() -> impl Strategy<Value = Whole> {
    use prop::collection::{btree_map, vec};
    let options = any::<(Option<u8>, Option<u8>, Option<u8>, Vec<u8>, i64)>();
    let enums = (vec(external(), 0..4), internal(), adjacent(), vec(untagged(), 0..4));
    let rest = btree_map("x[a-z]{0,3}|[0-9]{1,4}", untagged(), 0..4);
    (scalars(), keyed(), enums, options, inner(), rest).prop_map(
        |(
            scalars,
            keyed,
            (external, internal, adjacent, untagged),
            (null, undefined, absent, blob, big),
            flat,
            rest,
        )| Whole {
            scalars,
            keyed,
            external,
            internal,
            adjacent,
            untagged,
            null,
            undefined: Undefined(undefined),
            absent,
            blob: Bytes(blob),
            big: BigInt(big),
            flat,
            rest,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn serde_values_come_back(whole in whole()) {
        let text = to_string(&whole).unwrap();
        prop_assert_eq!(&from_str::<Whole>(&text).unwrap(), &whole, "{}", text);
        let document = Document::parse(text.as_str()).unwrap();
        prop_assert_eq!(&document.root().decode::<Whole>().unwrap(), &whole);
        let value = Value::from_serialize(&whole).unwrap();
        prop_assert_eq!(&value.to_text().unwrap(), &text, "what is written is canonical");
        prop_assert_eq!(&value.decode::<Whole>().unwrap(), &whole);
    }

    #[test]
    fn borrowed_texts_come_back(plain in "[a-zé😀]{0,9}", any in any::<String>()) {
        #[derive(Serialize, Deserialize, PartialEq, Debug)]
        struct Borrowed<'t> {
            plain: &'t str,
            #[serde(borrow)]
            any: Cow<'t, str>,
            owned: Cow<'t, str>,
        }
        let borrowed = Borrowed { plain: &plain, any: Cow::Borrowed(&any), owned: Cow::Borrowed(&any) };
        let text = to_string(&borrowed).unwrap();
        let read: Borrowed<'_> = from_str(&text).unwrap();
        prop_assert_eq!(&read, &borrowed);
        let escaped = text.contains('\\');
        prop_assert_eq!(matches!(read.any, Cow::Borrowed(_)), !escaped, "borrowed wherever it can be");
    }
}

/// A text with escapes has no place in the stored text that could be borrowed.
#[test]
fn what_cannot_be_borrowed_is_an_error() {
    assert_eq!(from_str::<&str>(r#"["a\u0041"]"#).unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(from_str::<Cow<'_, str>>(r#"["a\u0041"]"#).unwrap(), "aA");
}
