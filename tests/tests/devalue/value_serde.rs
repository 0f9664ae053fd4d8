//! `Value` as a field, as a session's value, and in other formats: what is kept, and what turns into what.

use std::collections::BTreeMap;

use serde::de::value::{Error as PlainError, StrDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use serde_json::{Value as Json, json};
use session_runtime::devalue::{
    self, Error, ErrorKind, Limits, Part, Ref, Text, Value, ValueRef, from_str, from_value, to_string,
    to_value,
};
use session_runtime::testing;

use crate::vectors::{VALID, rows};

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Holder {
    before: String,
    value: Value,
    maybe: Option<Value>,
    list: Vec<Value>,
    map: devalue::Map<Vec<(Value, Value)>>,
    after: u8,
}

/// The texts of all values that were measured, in the form that our writer gives them.
fn texts() -> Vec<String> {
    let tags = ["Money", "Point", "Deep", "Custom"];
    let read = |row: &Json| Value::parse_with(row["json"].as_str()?, &Limits::default(), &tags).ok();
    let values: Vec<Value> = rows(VALID).filter_map(|row| read(&row)).collect();
    assert!(values.len() > 330, "{}", values.len());
    values.iter().map(|value| value.to_text().unwrap()).collect()
}

#[test]
fn nothing_is_lost_in_a_field() {
    for text in texts() {
        let Ok(value) = from_str::<Value>(&text) else { panic!("{text}") };
        assert_eq!(value.to_text().unwrap(), text, "alone");
        assert_eq!(to_string(&value).unwrap(), text, "alone");
        let holder = Holder {
            before: "a".to_owned(),
            maybe: (!value.is_null() && !value.is_undefined()).then(|| value.clone()),
            list: vec![value.clone(), value.clone()],
            map: devalue::Map(vec![("key".into(), value.clone())]),
            value,
            after: 1,
        };
        let written = to_string(&holder).unwrap();
        let read: Holder = from_str(&written).unwrap();
        assert_eq!(read, holder, "{text}");
        assert_eq!(to_string(&read).unwrap(), written);
        assert!(Value::parse_with(&written, &Limits::default(), &["Money", "Point"]).is_ok(), "{written}");
    }
}

#[test]
fn what_is_shared_inside_stays_shared_and_rings_stay_rings() {
    let text = r#"[{"known":1,"value":2},7,{"a":3,"b":3,"self":2},["Date","1970-01-01T00:00:00.000Z"]]"#;
    #[derive(Serialize, Deserialize)]
    struct Known {
        known: u8,
        value: Value,
    }
    let known: Known = from_str(text).unwrap();
    let place = known.value.walk();
    assert_eq!(place.get("a").unwrap().reference(), place.get("b").unwrap().reference());
    assert_eq!(place.get("self").unwrap().reference(), place.reference());
    assert_eq!(to_string(&known).unwrap(), text);

    // Two fields have a value each.
    let (one, other): (Value, Value) = from_str("[[1,1],{}]").unwrap();
    assert_eq!(one, other);
    assert_eq!(to_string(&(one, other)).unwrap(), "[[1,2],{},{}]");
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Open {
    known: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Other(Value),
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(tag = "kind")]
enum Tagged {
    Visit { what: Value },
}

/// Where serde buffers, what the markers can say comes through.
#[test]
fn in_flattened_untagged_and_tagged_types() {
    for text in [
        "[null]",
        "[true]",
        "[-5.5]",
        "-3",
        "-6",
        r#"["tea"]"#,
        r#"[["BigInt","123456789012345678901234567890123456789012345678901234567890"]]"#,
        r#"[["BigInt","9007199254740993"]]"#,
        r#"[["Date","1970-01-01T00:00:00.000Z"]]"#,
        r#"[["Date",""]]"#,
        r#"[["URL","https://e.com/"]]"#,
        r#"[["RegExp","a/b","gi"]]"#,
        r#"[["URLSearchParams","a=1"]]"#,
        r#"[["Temporal.Instant","2026-01-02T03:04:05Z"]]"#,
        r#"[["Uint8Array",1],["ArrayBuffer","AQID"]]"#,
        r#"[[1,2],{"a":3},["Date","1970-01-01T00:00:00.001Z"],[]]"#,
        r#"[["Map",1,2,3,2],1,"one",true]"#,
    ] {
        let value = Value::parse(text).unwrap();
        let open = Open { known: 1, rest: [("x".to_owned(), value.clone())].into() };
        assert_eq!(from_str::<Open>(&to_string(&open).unwrap()).unwrap(), open, "{text}");
        let either = Either::Other(value.clone());
        assert_eq!(from_str::<Either>(&to_string(&either).unwrap()).unwrap(), either, "{text}");
        let tagged = Tagged::Visit { what: value };
        assert_eq!(from_str::<Tagged>(&to_string(&tagged).unwrap()).unwrap(), tagged, "{text}");
    }
    // What serde's buffers have no word for.
    for (text, remains) in [
        ("-1", "[null]"),
        (r#"[["Set",1],2]"#, "[[1],2]"),
        (r#"[["Map",1,2],"a",2]"#, r#"[{"a":1},2]"#),
        (r#"[["null","a",1],2]"#, r#"[{"a":1},2]"#),
        (r#"[["Object",1],2]"#, "[2]"),
    ] {
        let read: Either = from_str(text).unwrap();
        assert_eq!(to_string(&read).unwrap(), remains, "{text}");
    }
    assert!(from_str::<Either>(r#"[["Uint16Array",1],["ArrayBuffer","AQI="]]"#).is_err());
}

/// The table in the documentation, from left to right.
#[test]
fn what_json_gets() {
    let cases = [
        ("-1", "null"),
        ("[null]", "null"),
        ("[true]", "true"),
        ("[5]", "5"),
        ("[-9007199254740991]", "-9007199254740991"),
        ("[1e21]", "1e+21"),
        ("[0.5]", "0.5"),
        ("-6", "-0.0"),
        ("-3", "null"),
        ("-4", "null"),
        (r#"["tea"]"#, r#""tea""#),
        (r#"["\ud83d"]"#, "\"\u{fffd}\""),
        (r#"[["BigInt","5"]]"#, r#""5""#),
        (r#"[["Date","1970-01-01T00:00:00.000Z"]]"#, r#""1970-01-01T00:00:00.000Z""#),
        (r#"[["Date",""]]"#, r#""""#),
        (r#"[["RegExp","a/b","g"]]"#, r#""/a/b/g""#),
        (r#"[["URL","https://e.com/"]]"#, r#""https://e.com/""#),
        (r#"[["URLSearchParams","a=1"]]"#, r#""a=1""#),
        (r#"[["Temporal.PlainDate","2026-01-02"]]"#, r#""2026-01-02""#),
        (r#"[["Object",1],"a"]"#, r#""a""#),
        ("[[1,-2,-1],1]", "[1,null,null]"),
        ("[[-7,3,1,1],1]", "[null,1,null]"),
        (r#"[["Set",1,2],1,"a"]"#, r#"[1,"a"]"#),
        (r#"[{"b":1,"a":2},1,[]]"#, r#"{"b":1,"a":[]}"#),
        (r#"[["null","b",1],1]"#, r#"{"b":1}"#),
        (r#"[["Map",1,2,3,4,5,2],"a",1,2,{},true]"#, r#"{"a":1,"2":{},"true":1}"#),
        (r#"[["ArrayBuffer","AQID"]]"#, "[1,2,3]"),
        (r#"[["Uint8Array",1,1,1],["ArrayBuffer","AQID"]]"#, "[2]"),
        (r#"[["DataView",1],["ArrayBuffer","AQID"]]"#, "[1,2,3]"),
        (r#"[["Int16Array",1],["ArrayBuffer","AQD+/w=="]]"#, "[1,-2]"),
        (r#"[["Float32Array",1],["ArrayBuffer","AAAAPw=="]]"#, "[0.5]"),
        (r#"[["BigInt64Array",1],["ArrayBuffer","//////////8="]]"#, r#"["-1"]"#),
        (r#"[[1,1],{"a":2},"tea"]"#, r#"[{"a":"tea"},{"a":"tea"}]"#),
    ];
    for (text, wanted) in cases {
        let value = Value::parse(text).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), wanted, "{text}");
        assert!(serde_json::to_value(&value).is_ok(), "{text}");
    }
    let money = Value::parse_with(r#"[["Money",1],250]"#, &Limits::default(), &["Money"]).unwrap();
    assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"$devalue::Money":250}"#);
}

#[test]
fn what_json_cannot_say_is_an_error() {
    let error = |value: &Value| serde_json::to_string(value).unwrap_err().to_string();
    let parse = |text: &str| Value::parse(text).unwrap();
    for ring in
        ["[[0]]", r#"[{"a":1},[0]]"#, r#"[["Map",1,0],"a"]"#, r#"[["Set",1],[0]]"#, "[[1,1],[2,2],[0,0]]"]
    {
        assert_eq!(error(&parse(ring)), "a value that contains itself");
    }
    assert_eq!(error(&parse(r#"[["Map",1,1],[]]"#)), "key must be a string");
    let nested = |levels: usize| {
        let entries: String = (1..levels).map(|next| format!("[{next}],")).collect();
        parse(&format!("[{entries}[]]"))
    };
    assert!(serde_json::to_string(&nested(128)).is_ok());
    assert_eq!(error(&nested(129)), "values are nested deeper than the limit");
    let entries: String = (1..40).map(|next| format!("[{next},{next}],")).collect();
    let limit = "shared values would be written more often than the limit on expansion allows";
    assert_eq!(error(&parse(&format!("[{entries}[]]"))), limit);
    assert_eq!(error(&parse("[[-7,4294967295]]")), limit);
    let long = format!(r#"[[{}1],"{}"]"#, "1,".repeat(20_000), "x".repeat(1_000));
    assert_eq!(error(&parse(&long)), limit);
    assert_eq!(error(&Value::from(Part::Date(Some(i64::MAX)))), "a date out of JavaScript's range");
    let view = Part::View { kind: "Uint8Array".to_owned(), buffer: Ref::UNDEFINED, offset: 0, length: 1 };
    assert_eq!(error(&Value::from(view)), "a view that does not fit its buffer");
}

/// The table in the documentation, from right to left.
#[test]
fn what_is_read_from_json() {
    let cases = [
        ("null", "[null]"),
        ("true", "[true]"),
        ("5", "[5]"),
        ("-0.0", "-6"),
        ("1.0", "[1]"),
        ("9007199254740992", r#"[["BigInt","9007199254740992"]]"#),
        ("18446744073709551615", r#"[["BigInt","18446744073709551615"]]"#),
        (r#""tea""#, r#"["tea"]"#),
        (r#"{"a":[1,"a"],"b":{}}"#, r#"[{"a":1,"b":4},[2,3],1,"a",{}]"#),
        (r#"{"$devalue::Date":"1970-01-01T00:00:00.000Z"}"#, r#"[["Date","1970-01-01T00:00:00.000Z"]]"#),
        // What is none stays what it was.
        (r#"{"$devalue::Date":"yesterday"}"#, r#"[{"$devalue::Date":1},"yesterday"]"#),
        (r#"{"$devalue::Date":"","more":1}"#, r#"[{"$devalue::Date":1,"more":2},"",1]"#),
        (r#"{"$devalue::BigInt":"x"}"#, r#"[{"$devalue::BigInt":1},"x"]"#),
        (r#"{"$devalue::Url":"x"}"#, r#"[{"$devalue::Url":1},"x"]"#),
        (r#"{"$devalue::Money":"x"}"#, r#"[{"$devalue::Money":1},"x"]"#),
        (r#"{"$devalue::Value":"-1"}"#, r#"[{"$devalue::Value":1},"-1"]"#),
    ];
    for (text, wanted) in cases {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value.to_text().unwrap(), wanted, "{text}");
        let value: Value = serde_json::from_value(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(value.to_text().unwrap(), wanted, "{text}");
    }
    let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
    assert!(serde_json::from_str::<Value>(&deep).is_ok());
}

#[test]
fn json_comes_back() {
    let json = json!({ "a": [1, 2.5, null, true, "x", { "b": [] }], "": -7 });
    let value = to_value(&json).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), json);
    assert_eq!(from_value::<Json>(&value).unwrap(), json);
    assert_eq!(serde_json::from_value::<Value>(json).unwrap(), value);
}

/// A format that nobody reads, of one string.
struct Binary<'t>(&'t str);

impl<'de> Deserializer<'de> for Binary<'_> {
    type Error = PlainError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, PlainError> {
        let inner: StrDeserializer<'_, PlainError> = self.0.into_deserializer();
        inner.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, PlainError> {
        visitor.visit_newtype_struct(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[test]
fn formats_that_nobody_reads_get_the_text() {
    let text = r#"[["Map",1,0],"a"]"#;
    assert_eq!(Value::deserialize(Binary(text)).unwrap(), Value::parse(text).unwrap());
    let error = Value::deserialize(Binary("[\"secret")).unwrap_err().to_string();
    assert!(!error.contains("secret"), "{error}");
}

/// A short entry that many values share is written for each of them; a long one only as often as the limit allows.
#[test]
fn what_values_share_is_bounded() {
    let shared =
        |count: usize, bytes: usize| format!(r#"[[{}1],"{}"]"#, "1,".repeat(count), "x".repeat(bytes));
    assert_eq!(from_str::<Vec<Value>>(&shared(2_000, 1_000)).unwrap().len(), 2_001);
    assert_eq!(from_str::<Vec<Value>>(&shared(20_000, 1_000)).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn errors_say_where_they_are() {
    let error: Error = from_str::<Holder>(r#"[{"before":1,"value":2},"a",["Date","x"]]"#).unwrap_err();
    assert_eq!(
        (error.kind(), error.path(), error.offset()),
        (ErrorKind::Syntax, "value", Some(39)),
        "{error}"
    );
}

#[test]
fn plain_values_become_values() {
    let cases: [(Value, &str); 14] = [
        (().into(), "[null]"),
        (true.into(), "[true]"),
        (5_u8.into(), "[5]"),
        ((-5_i64).into(), "[-5]"),
        (u64::MAX.into(), r#"[["BigInt","18446744073709551615"]]"#),
        (((1_i64 << 53) - 1).into(), "[9007199254740991]"),
        ((-(1_i64 << 53)).into(), r#"[["BigInt","-9007199254740992"]]"#),
        (0.5_f32.into(), "[0.5]"),
        ('a'.into(), r#"["a"]"#),
        ("a".into(), r#"["a"]"#),
        (None::<u8>.into(), "[null]"),
        (Some(vec![1_u8]).into(), "[[1],1]"),
        (["a", "b"].into_iter().collect(), r#"[[1,2],"a","b"]"#),
        (
            [("a", Value::set([1, 2])), ("b", Value::map([(1, "x")]))].into_iter().collect(),
            r#"[{"a":1,"b":4},["Set",2,3],1,2,["Map",2,5],"x"]"#,
        ),
    ];
    for (value, text) in cases {
        assert_eq!(value.to_text().unwrap(), text);
    }
}

#[test]
fn values_are_walked() {
    let text = r#"[{"n":1,"big":2,"t":3,"d":4,"list":5,"set":7,"map":8,"null":10},1.5,["BigInt","7"],true,
        ["Date","1970-01-01T00:00:00.009Z"],[1,-2,-1,6],"x",["Set",6,3],["Map",6,1,9,6],["BigInt","8"],null]"#;
    let value = Value::parse(&text.replace(['\n', ' '], "")).unwrap();
    let at = |pointer: &str| value.pointer(pointer).unwrap();
    assert_eq!(at("/n").as_f64(), Some(1.5));
    assert_eq!((at("/n").as_i64(), at("/big").as_i64(), at("/big").as_u64()), (None, Some(7), Some(7)));
    assert_eq!(at("/t").as_bool(), Some(true));
    assert_eq!(at("/d").as_date(), Some(9));
    assert!(at("/null").is_null());
    assert_eq!(at("/list").len(), 4);
    assert!(at("/list").index(1).is_none() && at("/list/2").is_undefined() && at("/list").index(4).is_none());
    assert_eq!(at("/list").items().count(), 3);
    assert_eq!(at("/list/3").as_str(), Some("x"));
    assert_eq!(at("/set").items().filter_map(ValueRef::as_str).collect::<Vec<_>>(), ["x"]);
    assert_eq!(at("/map").entries().map(|(key, _)| key).collect::<Vec<_>>(), ["x"]);
    assert_eq!(at("/map").pairs().filter_map(|(key, _)| key.as_u64()).collect::<Vec<_>>(), [8]);
    assert_eq!(value.walk().entries().count(), 8);
    assert_eq!(value.pointer("").map(ValueRef::reference), Some(value.root()));
    for nowhere in ["n", "/x", "/list/03", "/list/+3", "/list/-1", "/set/0", "/n/0"] {
        assert!(value.pointer(nowhere).is_none(), "{nowhere}");
    }
    assert_eq!(format!("{:?}", at("/list/3")), "ValueRef(String)");
    assert_eq!(
        value.cut(at("/map").reference()).to_text().unwrap(),
        r#"[["Map",1,2,3,1],"x",1.5,["BigInt","8"]]"#
    );

    let odd = Value::object([("a/b", Value::object([("~", 1)])), ("0", 2.into())]);
    assert_eq!(odd.pointer("/a~1b/~0").and_then(ValueRef::as_i64), Some(1));
    assert_eq!(odd.pointer("/0").and_then(ValueRef::as_i64), Some(2));
    let lone = Value::object([(Text::from_utf16(&[0xd83d]), 1)]);
    assert_eq!((lone.walk().len(), lone.walk().entries().count()), (1, 0));
}

#[test]
fn a_value_is_grafted_with_what_it_shares() {
    let ring = Value::parse(r#"[{"self":0,"a":1,"b":1},[]]"#).unwrap();
    let list = Value::array([ring.clone(), ring]);
    assert_eq!(list.to_text().unwrap(), r#"[[1,3],{"self":1,"a":2,"b":2},[],{"self":3,"a":4,"b":4},[]]"#);
    assert_eq!(
        list.cut(list.pointer("/1").unwrap().reference()).to_text().unwrap(),
        r#"[{"self":0,"a":1,"b":1},[]]"#
    );
}

#[derive(session_runtime::SessionData)]
#[session(schema)]
struct Shop {
    anything: Value,
    #[session(default)]
    list: Vec<Value>,
}

#[tokio::test]
async fn a_session_holds_any_value() {
    use session_runtime::schema::SessionSchema;
    let session = testing::session::<Shop>();
    let text = r#"[{"self":0,"at":1,"seen":2},["Date","1970-01-01T00:00:00.000Z"],["Set",3],["URL","https://e.com/"]]"#;
    let value = Value::parse(text).unwrap();
    session.anything().set(value.clone()).unwrap();
    let added = value.clone();
    session.list().update(move |list| list.push(added.clone())).unwrap();
    session.save().await.unwrap();
    assert_eq!(session.anything().get().unwrap(), Some(value.clone()));
    assert_eq!(session.list().get().unwrap(), [value]);
    let schema = Shop::json_schema().to_value();
    assert_eq!(schema["properties"]["anything"], json!({}));
}
