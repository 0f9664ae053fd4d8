//! Changes of a type, and what the lock says of them. Each verdict is put to the test: values of the one type are written and
//! read as the other.
//!
//! Fine: every value is read, and is the same when it comes back. Lossy: every value is read, and some are not the same when
//! they come back. Breaks: some value is not read.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::time::SystemTime;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use session_runtime::SessionData;
use session_runtime::devalue::{self, BigInt, Bytes, Date, Map, Set, Undefined, Url};
use session_runtime::schema::{Bless, Files};

use crate::files::Folder;
pub(crate) use Verdict::{Breaks, Fine, Lossy};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    Fine,
    Lossy,
    Breaks,
}

thread_local! {
    static SCHEMA: Cell<fn(&mut SchemaGenerator) -> Schema> = const { Cell::new(SchemaGenerator::subschema_for::<()>) };
}

/// A session with one key, whose type is chosen while the test runs.
#[derive(SessionData)]
#[session(schema)]
struct Changing {
    #[session(as = "chosen")]
    key: (),
}

mod chosen {
    pub(super) use devalue_unit::*;
    use schemars::{Schema, SchemaGenerator};

    mod devalue_unit {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub(in super::super) fn serialize<S: Serializer>(
            value: &(),
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            value.serialize(serializer)
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<(), D::Error> {
            <()>::deserialize(deserializer)
        }
    }

    pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
        super::SCHEMA.get()(generator)
    }
}

pub(crate) trait Value: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug {}
impl<T: Serialize + DeserializeOwned + JsonSchema + PartialEq + Debug> Value for T {}

/// The lock's verdicts on a change, backward and forward, and its message.
pub(crate) fn judged<Old: Value, New: Value>() -> ([Verdict; 2], String) {
    let folder = Folder::new();
    let files = Files::of_crate(folder.path()).lock("lock.json");
    SCHEMA.set(SchemaGenerator::subschema_for::<Old>);
    files.clone().bless(Bless::Compatible).check::<Changing>().unwrap();
    SCHEMA.set(SchemaGenerator::subschema_for::<New>);
    let Err(message) = files.bless(Bless::Never).check::<Changing>() else {
        return ([Fine; 2], String::new());
    };
    let message = message.to_string();
    let verdict = |word: &str| {
        let line = message.lines().find(|line| line.trim_start().starts_with(word));
        match line.and_then(|line| line.rsplit_once("): ")).map(|(_, verdict)| verdict) {
            Some("compatible") => Fine,
            Some("readable, with losses") => Lossy,
            Some("BREAKS") => Breaks,
            _ => panic!("no verdict on {word} in\n{message}"),
        }
    };
    ([verdict("backward"), verdict("forward")], message)
}

/// What happens to these values when they are read as another type.
fn happens<Written: Value, Read: Value>(values: &[Written]) -> Verdict {
    let mut verdict = Fine;
    for value in values {
        let text = devalue::to_string(value).unwrap();
        let Ok(read) = devalue::from_str::<Read>(&text) else { return Breaks };
        let back = devalue::to_string(&read).unwrap();
        let kept = match devalue::from_str::<Written>(&back) {
            Ok(back) => back == *value,
            Err(_) => covers(&devalue::from_str(&back).unwrap(), &devalue::from_str(&text).unwrap()),
        };
        if !kept {
            verdict = Lossy;
        }
    }
    verdict
}

/// Whether everything that is in one value is in the other as well.
fn covers(value: &serde_json::Value, part: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (value, part) {
        (Object(value), Object(part)) => {
            part.iter().all(|(name, part)| value.get(name).is_some_and(|value| covers(value, part)))
        }
        (Array(value), Array(part)) => {
            value.len() == part.len() && value.iter().zip(part).all(|(value, part)| covers(value, part))
        }
        _ => value == part,
    }
}

#[track_caller]
pub(crate) fn change<Old: Value, New: Value>(old: &[Old], new: &[New], backward: Verdict, forward: Verdict) {
    let (verdicts, message) = judged::<Old, New>();
    let names = [std::any::type_name::<Old>(), std::any::type_name::<New>()];
    assert_eq!(verdicts, [backward, forward], "{names:?}\n{message}");
    assert_eq!(happens::<Old, New>(old), backward, "what is stored, of {names:?}");
    assert_eq!(happens::<New, Old>(new), forward, "what the new one writes, of {names:?}");
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn numbers() {
    change::<u8, u32>(&[255], &[256], Fine, Breaks);
    change::<u32, u8>(&[256], &[255], Breaks, Fine);
    change::<u32, i32>(&[u32::MAX], &[-1], Breaks, Breaks);
    change::<u64, i128>(&[u64::MAX], &[-1], Fine, Breaks);
    change::<i32, f64>(&[i32::MIN], &[0.5], Fine, Breaks);
    change::<i64, f64>(&[i64::MAX], &[0.5], Breaks, Breaks);
    change::<f32, f64>(&[0.1], &[0.1], Fine, Lossy);
    change::<u32, f32>(&[u32::MAX - 1], &[0.5], Lossy, Breaks);
    change::<u8, f32>(&[255], &[0.5], Fine, Breaks);
    change::<u32, String>(&[1], &[text("1")], Breaks, Breaks);
    change::<u8, bool>(&[1], &[true], Breaks, Breaks);
    change::<u8, std::num::NonZeroU8>(&[0], &[1.try_into().unwrap()], Breaks, Fine);
    change::<i8, std::num::NonZeroI8>(&[0], &[(-1).try_into().unwrap()], Breaks, Fine);
    change::<u64, BigInt<u64>>(&[1, u64::MAX], &[BigInt(1), BigInt(u64::MAX)], Fine, Fine);
    change::<BigInt<u64>, BigInt<u32>>(&[BigInt(u64::MAX)], &[BigInt(1)], Breaks, Fine);
    change::<BigInt<u64>, f64>(&[BigInt(1)], &[0.5], Breaks, Breaks);
}

#[test]
fn strings() {
    change::<char, String>(&['a'], &[text("ab")], Fine, Breaks);
    change::<String, std::net::Ipv4Addr>(&[text("a")], &[[1, 2, 3, 4].into()], Breaks, Fine);
    change::<String, std::path::PathBuf>(&[text("a")], &["a".into()], Fine, Fine);
    change::<String, Url<String>>(&[text("a")], &[Url(text("a"))], Breaks, Breaks);
    change::<String, Date<SystemTime>>(&[text("a")], &[Date(SystemTime::UNIX_EPOCH)], Breaks, Breaks);
    change::<String, Color>(&[text("a")], &[Color::Red], Breaks, Fine);
}

#[test]
fn options() {
    change::<u8, Option<u8>>(&[1], &[None], Fine, Breaks);
    change::<Option<u8>, u8>(&[None], &[1], Breaks, Fine);
    change::<Option<u8>, Undefined<Option<u8>>>(&[None], &[Undefined(None), Undefined(Some(1))], Fine, Fine);
    change::<(), Option<u8>>(&[()], &[Some(1)], Fine, Breaks);
    change::<Option<SystemTimeDate>, Date<Option<SystemTime>>>(&[None], &[Date(None)], Fine, Fine);
}

type SystemTimeDate = Date<SystemTime>;

#[test]
fn sequences() {
    change::<Vec<u8>, Vec<u32>>(&[vec![1]], &[vec![256]], Fine, Breaks);
    change::<Vec<u8>, BTreeSet<u8>>(&[vec![1, 1]], &[[1].into()], Lossy, Fine);
    change::<[u8; 2], Vec<u8>>(&[[1, 2]], &[vec![1]], Fine, Breaks);
    change::<[u8; 2], [u8; 3]>(&[[1, 2]], &[[1, 2, 3]], Breaks, Breaks);
    change::<(u8, u8), (u8, u8, u8)>(&[(1, 2)], &[(1, 2, 3)], Breaks, Breaks);
    change::<(u8, u8), Vec<u8>>(&[(1, 2)], &[vec![]], Fine, Breaks);
    change::<(u8, String), [u8; 2]>(&[(1, text(""))], &[[1, 2]], Breaks, Breaks);
    change::<Vec<u8>, Bytes<Vec<u8>>>(&[vec![1]], &[Bytes(vec![1])], Fine, Fine);
    change::<Vec<u16>, Bytes<Vec<u8>>>(&[vec![256]], &[Bytes(vec![1])], Breaks, Fine);
    change::<Vec<u8>, Set<Vec<u8>>>(&[vec![1]], &[Set(vec![1])], Breaks, Breaks);
    change::<Set<Vec<u8>>, Set<Vec<u16>>>(&[Set(vec![1])], &[Set(vec![256])], Fine, Breaks);
}

#[test]
fn maps() {
    let number = |key: u32| BTreeMap::from([(key, 1_u8)]);
    let word = |key: &str| BTreeMap::from([(text(key), 1_u8)]);
    change::<BTreeMap<u32, u8>, BTreeMap<String, u8>>(&[number(1)], &[word("a")], Fine, Breaks);
    change::<BTreeMap<u32, u8>, BTreeMap<i64, u8>>(&[number(1)], &[[(-1, 1)].into()], Fine, Breaks);
    change::<BTreeMap<String, u8>, HashMap<String, u8>>(&[word("a")], &[[(text("a"), 1)].into()], Fine, Fine);
    change::<BTreeMap<String, u8>, BTreeMap<String, u16>>(
        &[word("a")],
        &[[(text("a"), 256)].into()],
        Fine,
        Breaks,
    );
    change::<BTreeMap<String, u8>, Map<BTreeMap<String, u8>>>(&[word("a")], &[Map(word("a"))], Breaks, Fine);
    change::<BTreeMap<u32, u8>, Map<BTreeMap<u32, u8>>>(&[number(1)], &[Map(number(1))], Breaks, Breaks);
    change::<BTreeMap<Color, u8>, BTreeMap<MoreColors, u8>>(
        &[[(Color::Red, 1)].into()],
        &[[(MoreColors::Blue, 1)].into()],
        Fine,
        Breaks,
    );
    let color = || BTreeMap::from([(Color::Red, 1)]);
    change::<Map<BTreeMap<Color, u8>>, BTreeMap<Color, u8>>(&[Map(color())], &[color()], Fine, Breaks);
    change::<BTreeMap<String, u8>, Limits>(&[word("a")], &[Limits { low: 1, high: 1 }], Breaks, Fine);
    change::<Limits, BTreeMap<String, u8>>(&[Limits { low: 1, high: 1 }], &[word("a")], Fine, Breaks);
}

macro_rules! types {
    ($($(#[$meta:meta])* $kind:ident $name:ident $body:tt)*) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        $(#[$meta])*
        $kind $name $body
    )*};
}

types! {
    enum Color { Red, Green }
    enum MoreColors { Red, Green, Blue }
    enum RenamedColor { Red, #[serde(alias = "Green")] #[schemars(extend("x-alias" = "Green"))] Lime }
    struct Limits { low: u8, high: u8 }
    struct Two { a: u8, b: u8 }
    struct WithOption { a: u8, b: Option<u8> }
    struct WithSkipped { a: u8, #[serde(default, skip_serializing_if = "Option::is_none")] b: Option<u8> }
    struct WithDefault { a: u8, #[serde(default)] b: u8 }
    #[serde(deny_unknown_fields)]
    struct Strict { a: u8 }
    struct Renamed { z: u8 }
    struct AliasedUntold { #[serde(alias = "a")] z: u8 }
    struct Aliased { #[serde(alias = "a")] #[schemars(extend("x-alias" = "a"))] z: u8 }
    struct OtherType { a: String }
    struct Wrapped { inner: One }
    struct WrappedMore { inner: WithOption }
    enum Event { Empty, Text(String), Point { x: u8 } }
    enum EventMore { Empty, Text(String), Point { x: u8 }, Number(u8) }
    enum EventChanged { Empty, Text(String), Point { x: u8, y: u8 } }
    #[serde(tag = "kind")]
    enum Tagged { Empty, Point { x: u8 } }
    #[serde(tag = "kind")]
    enum TaggedMore { Empty, Point { x: u8 }, Line { to: u8 } }
    #[serde(tag = "kind")]
    enum TaggedWider { Empty, Point { x: u16 } }
    #[serde(tag = "type")]
    enum OtherTag { Empty, Point { x: u8 } }
    #[serde(tag = "t", content = "c")]
    enum Beside { Empty, Number(u8) }
    #[serde(tag = "t", content = "c")]
    enum BesideMore { Empty, Number(u8), Word(String) }
    #[serde(untagged)]
    enum Either { Number(u8), Word(String) }
    #[serde(untagged)]
    enum EitherMore { Number(u8), Word(String), List(Vec<u8>) }
    struct Tree { name: String, children: Vec<Tree> }
    struct TreeMore { name: String, color: Option<String>, children: Vec<TreeMore> }
    struct TreeOther { name: u8, children: Vec<TreeOther> }
    struct OneWay { #[serde(skip_serializing)] name: String, #[serde(rename(serialize = "mail"))] email: String }
    struct Flat { #[serde(flatten)] one: One, b: u8 }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(crate) struct One {
    pub(crate) a: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Transparent(u8);

#[test]
fn objects() {
    let (one, two) = ([One { a: 1 }], [Two { a: 1, b: 2 }]);
    change::<One, Two>(&one, &two, Breaks, Lossy);
    change::<Two, One>(&two, &one, Lossy, Breaks);
    change::<One, WithOption>(&one, &[WithOption { a: 1, b: Some(2) }], Fine, Lossy);
    change::<One, WithSkipped>(&one, &[WithSkipped { a: 1, b: Some(2) }], Fine, Lossy);
    change::<One, WithDefault>(&one, &[WithDefault { a: 1, b: 2 }], Fine, Lossy);
    change::<WithOption, Two>(&[WithOption { a: 1, b: None }], &two, Breaks, Fine);
    change::<WithSkipped, Two>(&[WithSkipped { a: 1, b: None }], &two, Breaks, Fine);
    change::<Strict, Two>(&[Strict { a: 1 }], &two, Breaks, Breaks);
    change::<Two, Strict>(&two, &[Strict { a: 1 }], Breaks, Breaks);
    change::<One, Renamed>(&one, &[Renamed { z: 1 }], Breaks, Breaks);
    change::<One, OtherType>(&one, &[OtherType { a: text("") }], Breaks, Breaks);
    change::<Wrapped, WrappedMore>(
        &[Wrapped { inner: One { a: 1 } }],
        &[WrappedMore { inner: WithOption { a: 1, b: Some(1) } }],
        Fine,
        Lossy,
    );
    change::<Two, Flat>(&two, &[Flat { one: One { a: 1 }, b: 2 }], Fine, Fine);
    change::<u8, Transparent>(&[1], &[Transparent(1)], Fine, Fine);
    change::<One, Vec<u8>>(&one, &[vec![1]], Breaks, Breaks);
    change::<Date<SystemTime>, One>(&[Date(SystemTime::UNIX_EPOCH)], &one, Breaks, Breaks);
}

#[test]
fn enums() {
    use MoreColors::Blue;
    change::<Color, MoreColors>(&[Color::Red, Color::Green], &[Blue], Fine, Breaks);
    change::<MoreColors, Color>(&[Blue], &[Color::Red], Breaks, Fine);
    change::<Event, EventMore>(&[Event::Empty, Event::Point { x: 1 }], &[EventMore::Number(1)], Fine, Breaks);
    change::<Event, EventChanged>(
        &[Event::Point { x: 1 }],
        &[EventChanged::Point { x: 1, y: 2 }],
        Breaks,
        Lossy,
    );
    change::<Tagged, TaggedMore>(
        &[Tagged::Empty, Tagged::Point { x: 1 }],
        &[TaggedMore::Line { to: 1 }],
        Fine,
        Breaks,
    );
    change::<Tagged, TaggedWider>(
        &[Tagged::Empty, Tagged::Point { x: 1 }],
        &[TaggedWider::Point { x: 256 }],
        Fine,
        Breaks,
    );
    change::<Tagged, OtherTag>(&[Tagged::Empty], &[OtherTag::Empty], Breaks, Breaks);
    change::<Event, Tagged>(&[Event::Point { x: 1 }], &[Tagged::Point { x: 1 }], Breaks, Breaks);
    change::<Beside, BesideMore>(
        &[Beside::Empty, Beside::Number(1)],
        &[BesideMore::Word(text(""))],
        Fine,
        Breaks,
    );
    change::<Either, EitherMore>(
        &[Either::Number(1), Either::Word(text(""))],
        &[EitherMore::List(vec![])],
        Fine,
        Breaks,
    );
    change::<u8, Either>(&[1], &[Either::Word(text(""))], Fine, Breaks);
    change::<Either, u8>(&[Either::Word(text(""))], &[1], Breaks, Fine);
}

#[test]
fn types_that_contain_themselves() {
    let tree = Tree { name: text("a"), children: vec![Tree { name: text("b"), children: vec![] }] };
    let leaf = TreeMore { name: text("a"), color: Some(text("red")), children: vec![] };
    change::<Tree, TreeMore>(std::slice::from_ref(&tree), &[leaf], Fine, Lossy);
    change::<Tree, TreeOther>(&[tree], &[TreeOther { name: 1, children: vec![] }], Breaks, Breaks);
}

/// schemars does not tell aliases. An annotation does.
#[test]
fn other_names() {
    let (verdicts, message) = judged::<One, AliasedUntold>();
    assert_eq!(verdicts, [Breaks, Breaks]);
    assert!(
        message.contains(r##"`#[serde(alias = "a")]` and `#[schemars(extend("x-alias" = "a"))]`"##),
        "{message}"
    );
    assert_ne!(happens::<One, AliasedUntold>(&[One { a: 1 }]), Breaks);

    // Nothing is lost, but what is read comes back under the new name: to the old code that is the other direction.
    assert_eq!(judged::<One, Aliased>().0, [Fine, Breaks]);
    assert_ne!(happens::<One, Aliased>(&[One { a: 1 }]), Breaks);
    assert_eq!(happens::<Aliased, One>(&[Aliased { z: 1 }]), Breaks);
    assert_eq!(judged::<Color, RenamedColor>().0, [Fine, Breaks]);
    assert_ne!(happens::<Color, RenamedColor>(&[Color::Green]), Breaks);
    assert_eq!(happens::<RenamedColor, Color>(&[RenamedColor::Lime]), Breaks);
}

#[test]
fn what_anything_may_hold() {
    change::<u8, serde_json::Value>(&[1], &[true.into()], Fine, Breaks);
    change::<serde_json::Value, Option<One>>(&[true.into()], &[Some(One { a: 1 })], Breaks, Fine);
}

#[test]
fn what_is_written_must_be_readable() {
    SCHEMA.set(SchemaGenerator::subschema_for::<OneWay>);
    let message = Files::of_crate(".").check::<Changing>().unwrap_err().to_string();
    let expected = "\
`Changing` writes values that it cannot read back:
  key.email: the field is not written, but required
  key.name: the field is not written, but required
  make serde's attributes agree: `rename`, `skip_serializing`, `default`, `into` and `from`";
    assert_eq!(message, expected);
    let written = devalue::to_string(&OneWay { name: text(""), email: text("") }).unwrap();
    assert!(devalue::from_str::<OneWay>(&written).is_err());
}
