//! `Value` built by hand, walked, changed, and turned from and into Rust's types.

use serde::{Deserialize, Serialize};
use session_runtime::devalue::{Document, Limits, Part, Ref, Text, Value};

/// Builds the value whose root is what the function adds last.
fn built(build: impl FnOnce(&mut Value) -> Ref) -> Value {
    let mut value = Value::new();
    let root = build(&mut value);
    value.set_root(root);
    value
}

fn leaf(part: impl Into<Part>) -> String {
    built(|value| value.add(part)).to_text().unwrap()
}

#[test]
fn every_sort_can_be_built() {
    let temporal = Part::Temporal { kind: "Instant".to_owned(), text: "2026-01-02T03:04:05Z".into() };
    let pattern = Part::RegExp { source: "a+".into(), flags: "g".into() };
    let leaves = [
        (leaf(Part::Undefined), "-1"),
        (leaf(Part::Null), "[null]"),
        (leaf(true), "[true]"),
        (leaf(1), "[1]"),
        (leaf(1.5), "[1.5]"),
        (leaf(f64::NAN), "-3"),
        (leaf(f64::INFINITY), "-4"),
        (leaf(f64::NEG_INFINITY), "-5"),
        (leaf(-0.0), "-6"),
        (leaf("tea"), r#"["tea"]"#),
        (leaf("tea".to_owned()), r#"["tea"]"#),
        (leaf(Text::from_utf16(&[0xd83d])), r#"["\ud83d"]"#),
        (leaf(Part::BigInt("007".to_owned())), r#"[["BigInt","7"]]"#),
        (leaf(Part::Date(Some(0))), r#"[["Date","1970-01-01T00:00:00.000Z"]]"#),
        (leaf(Part::Date(None)), r#"[["Date",""]]"#),
        (leaf(pattern), r#"[["RegExp","a+","g"]]"#),
        (leaf(Part::Url("https://e.com/".into())), r#"[["URL","https://e.com/"]]"#),
        (leaf(Part::UrlSearchParams("a=1".into())), r#"[["URLSearchParams","a=1"]]"#),
        (leaf(temporal), r#"[["Temporal.Instant","2026-01-02T03:04:05Z"]]"#),
        (leaf(Part::ArrayBuffer(vec![1, 2, 3])), r#"[["ArrayBuffer","AQID"]]"#),
        (leaf(Part::array([])), "[[]]"),
        (leaf(Part::Array(vec![None])), "[[-2]]"),
        (leaf(Part::Sparse { length: 9, items: Vec::new() }), "[[-7,9]]"),
        (leaf(Part::NullObject(Vec::new())), r#"[["null"]]"#),
        (leaf(Part::map([])), r#"[["Map"]]"#),
        (leaf(Part::set([Ref::NEG_ZERO])), r#"[["Set",1],0]"#),
        (leaf(Part::Boxed(Ref::NAN)), r#"[["Object",-3]]"#),
    ];
    for (text, wanted) in leaves {
        assert_eq!(text, wanted);
    }
    let view = built(|value| {
        let buffer = value.add(Part::ArrayBuffer(vec![0; 8]));
        value.add(Part::View { kind: "Uint16Array".to_owned(), buffer, offset: 2, length: 4 })
    });
    assert_eq!(view.to_text().unwrap(), r#"[["Uint16Array",1,2,2],["ArrayBuffer","AAAAAAAAAAA="]]"#);
    let custom = built(|value| {
        let content = value.add(250);
        value.add(Part::Custom { name: "Money".to_owned(), content })
    });
    let text = custom.to_text().unwrap();
    assert_eq!(text, r#"[["Money",1],250]"#);
    assert!(Value::parse_with(&text, &Limits::default(), &["Money"]).unwrap() == custom);
    assert!(Value::parse(&text).is_err());
}

#[test]
fn shared_parts_and_rings_can_be_built_walked_and_changed() {
    let mut value = built(|value| {
        let name = value.add("Ada");
        let user = value.add(Part::object([("name", name), ("self", Ref::UNDEFINED)]));
        *value.get_mut(user).unwrap() = Part::object([("name", name), ("self", user)]);
        let key = value.add("user");
        value.add(Part::map([(key, user), (user, Ref::NAN)]))
    });
    let text = r#"[["Map",1,2,2,-3],"user",{"name":3,"self":2},"Ada"]"#;
    assert_eq!(value.to_text().unwrap(), text);
    assert!(Value::parse(text).unwrap() == value);
    let user = value.field(value.root(), "user").unwrap();
    assert_eq!(value.field(user, "self"), Some(user));
    assert_eq!(value.field(user, "nobody"), None);
    let name = value.field(user, "name").unwrap();
    assert_eq!(value.get(name).as_str(), Some("Ada"));
    assert_eq!(value.get(value.root()).children().collect::<Vec<_>>().len(), 4);
    *value.get_mut(name).unwrap() = "Bo".into();
    assert_eq!(value.to_text().unwrap(), text.replace("Ada", "Bo"));
    assert!(value.get_mut(Ref::NAN).is_none());
    assert!(value.get(Ref::NAN).as_f64().unwrap().is_nan());

    let list = Value::parse("[[1,-2,-1],7]").unwrap();
    assert_eq!(list.item(list.root(), 0).and_then(|item| list.get(item).as_f64()), Some(7.0));
    assert_eq!((list.item(list.root(), 1), list.item(list.root(), 3)), (None, None));
    assert_eq!(list.item(list.root(), 2), Some(Ref::UNDEFINED));
    let sparse = Value::parse("[[-7,900,800,1],7]").unwrap();
    assert_eq!(sparse.item(sparse.root(), 800).and_then(|item| sparse.get(item).as_f64()), Some(7.0));
    assert_eq!(sparse.item(sparse.root(), 1), None);
}

#[test]
fn equality_is_that_of_graphs() {
    let parse = |text: &str| Value::parse(text).unwrap();
    assert!(parse("[[1,1],{}]") != parse("[[1,2],{},{}]"), "one shared object, and two");
    assert!(parse(r#"[[1,1],"a"]"#) == parse(r#"[[1,2],"a","a"]"#), "strings have no identity");
    assert!(parse("[[0]]") != parse("[[1],[0]]"), "rings of different lengths");
    assert!(parse("[[-2,1],7]") == parse("[[-7,2,1,1],7]"), "two ways to write holes");
    assert!(parse("[[-1]]") != parse("[[-2]]"), "undefined is no hole");
    assert!(parse("[[-6]]") != parse("[[1],0]"), "-0 is not 0");
    assert!(parse("[[-3]]") == parse("[[-3]]"), "NaN is NaN");
    assert!(parse("[5]") != parse(r#"[["BigInt","5"]]"#), "a number is no bigint");
    assert!(parse(r#"[{"a":1,"b":1},1]"#) != parse(r#"[{"b":1,"a":1},1]"#), "the order of keys");
}

/// JavaScript's Map and Set make 0 of it, however it was written: devalue has a sentinel for it, and others a number.
#[test]
fn a_map_or_set_holds_zero_in_place_of_negative_zero() {
    for zero in ["-0", "-0.0", "-0e5", "0", "0.0"] {
        let parsed = |text: String| Value::parse(&text).unwrap();
        let key = parsed(format!(r#"[["Map",1,2,3,4],"list",[3],{zero},"x"]"#));
        assert_eq!(key, Value::parse(&key.to_text().unwrap()).unwrap(), "{zero}");
        let in_list = if zero.starts_with('-') { "-6" } else { "3" };
        assert_eq!(key.to_text().unwrap(), format!(r#"[["Map",1,2,3,4],"list",[{in_list}],0,"x"]"#));
        assert_eq!(
            parsed(format!(r#"[["Set",1],{zero}]"#)),
            Value::parse(r#"[["Set",-6]]"#).unwrap(),
            "{zero}"
        );
    }
}

/// JavaScript compares what keys are, and not what they are written as: spaces and escapes may make one of them long.
#[test]
fn equal_keys_are_one_whatever_room_they_take() {
    let spaces = " ".repeat(100);
    let escaped: String = "twelve-chars".bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let text = "many bytes ".repeat(20);
    let pairs = [
        [r#""a""#.to_owned(), format!(r#""a"{spaces}"#)],
        [r#""twelve-chars""#.to_owned(), format!(r#""{escaped}""#)],
        [format!(r#""{text}""#), format!(r#""{text}"{spaces}"#)],
        ["7".to_owned(), format!("7.0{spaces}")],
        ["null".to_owned(), format!("null{spaces}")],
        [r#"["BigInt","7"]"#.to_owned(), format!(r#"["BigInt",{spaces}"7"]"#)],
        [r#""\ud800<""#.to_owned(), format!(r#""\ud800\u003c"{spaces}"#)],
        [format!(r#""\ud800{}""#, "<".repeat(50)), format!(r#""\ud800{}""#, "\\u003c".repeat(50))],
    ];
    for [one, other] in pairs.iter().flat_map(|[one, other]| [[one, other], [other, one]]) {
        let map = format!(r#"[["Map",1,2,3,4],{one},true,{other},false]"#);
        let document = Document::parse(map.as_str()).unwrap();
        assert_eq!(document.root().map_entries().unwrap().count(), 1, "{map}");
        let value = Value::parse(&map).unwrap();
        let expected = Value::parse(&format!(r#"[["Map",1,2],{one},false]"#)).unwrap();
        assert_eq!(value, expected, "{map}");
        assert_eq!(Value::parse(&document.root().to_text().unwrap()).unwrap(), expected, "{map}");
        let set = Document::parse(format!(r#"[["Set",1,2],{one},{other}]"#)).unwrap();
        let expected = Value::parse(&format!(r#"[["Set",1],{one}]"#)).unwrap();
        assert_eq!(Value::parse(&set.root().to_text().unwrap()).unwrap(), expected, "{one} {other}");
    }
}

#[test]
fn rust_types_become_values_and_come_back() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Item {
        name: String,
        tags: Vec<Option<u64>>,
    }
    let item = Item { name: "tea".to_owned(), tags: vec![None, Some(u64::MAX)] };
    let mut value = Value::from_serialize(&item).unwrap();
    assert_eq!(value.decode::<Item>().unwrap(), item);
    let name = value.field(value.root(), "name").unwrap();
    *value.get_mut(name).unwrap() = "coffee".into();
    assert_eq!(value.decode::<Item>().unwrap().name, "coffee");
    *value.get_mut(name).unwrap() = Part::Null;
    assert_eq!(value.decode::<Item>().unwrap_err().path(), "name");
    // A part alone.
    value.set_root(value.field(value.root(), "tags").unwrap());
    assert_eq!(value.decode::<Vec<Option<u64>>>().unwrap(), item.tags);
}
