//! What errors say: kind, path, place, what was expected and what was found, and never a value.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::SystemTime;

use serde::ser::{SerializeSeq, Serializer as _};
use serde::{Deserialize, Serialize};
use session_runtime::devalue::{
    BigInt, Bytes, Date, Document, Error, ErrorKind, Map, Part, Pattern, Ref, RegExp, Serializer, Set,
    Undefined, Url, Value, from_str, to_document_with, to_string, to_string_with,
};

#[derive(Deserialize, Debug)]
#[expect(dead_code, reason = "only errors are looked at")]
struct Shop {
    cart: Vec<Item>,
    #[serde(default)]
    seen: Option<Date<SystemTime>>,
    #[serde(default)]
    by_name: Option<Map<BTreeMap<String, Item>>>,
    #[serde(default)]
    kind: Option<Kind>,
}

#[derive(Deserialize, Debug)]
#[expect(dead_code, reason = "only errors are looked at")]
struct Item {
    price: u32,
}

#[derive(Deserialize, Debug)]
#[expect(dead_code, reason = "only errors are looked at")]
enum Kind {
    Small,
    Tuple(u8, u8),
    Struct { size: u8 },
}

#[track_caller]
fn error<T: for<'de> Deserialize<'de>>(text: &str) -> Error {
    match from_str::<T>(text) {
        Ok(_) => panic!("{text} was read"),
        Err(error) => error,
    }
}

/// A text, and what reading a `Shop` from it gives.
const ROWS: &[(&str, ErrorKind, &str)] = &[
    (
        r#"[{"cart":1},[2,2,2,3],{"price":4},{"price":5},7,"x"]"#,
        ErrorKind::Type,
        "expected u32, found string at `cart[3].price` (byte 48)",
    ),
    (
        r#"[{"cart":1},[2],{"price":3},-1]"#,
        ErrorKind::Range,
        "expected u32, found number out of range at `cart[0].price` (byte 28)",
    ),
    (
        r#"[{"cart":1},[2],{"price":3},1.5]"#,
        ErrorKind::Type,
        "expected u32, found fractional number at `cart[0].price` (byte 28)",
    ),
    (
        r#"[{"cart":1},[2],{"price":-1}]"#,
        ErrorKind::Type,
        "expected u32, found undefined at `cart[0].price` (byte 16)",
    ),
    (
        r#"[{"cart":1},[2],{"price":9}]"#,
        ErrorKind::Syntax,
        "a reference to an entry that does not exist at `cart[0]` (byte 25)",
    ),
    (r#"[{"cart":1},[2],{}]"#, ErrorKind::Missing, "field `price` is missing at `cart[0]` (byte 16)"),
    (r#"[{"cart":1},{}]"#, ErrorKind::Type, "expected a sequence, found object at `cart` (byte 12)"),
    (r#"[{"cart":1},["Set"]]"#, ErrorKind::Type, "expected a sequence, found set at `cart` (byte 12)"),
    (
        r#"[{"cart":1,"seen":2},[],"1970-01-01T00:00:00.000Z"]"#,
        ErrorKind::Type,
        "expected date, found string at `seen` (byte 24)",
    ),
    (
        r#"[{"cart":1,"seen":2},[],["Date","1970-01-01"]]"#,
        ErrorKind::Range,
        "expected date, found unusable string at `seen` (byte 24)",
    ),
    (
        r#"[{"cart":1,"by_name":2},[],["Map",3,4],"secret",{"price":3}]"#,
        ErrorKind::Type,
        "expected u32, found string at `by_name[*].price` (byte 39)",
    ),
    (
        r#"[{"cart":1,"by_name":2},[],{}]"#,
        ErrorKind::Type,
        "expected map, found object at `by_name` (byte 27)",
    ),
    (
        r#"[{"cart":1,"kind":2},[],"Huge"]"#,
        ErrorKind::Range,
        "expected variant `Small`, `Tuple`, `Struct`, found another name at `kind` (byte 24)",
    ),
    (
        r#"[{"cart":1,"kind":2},[],{"Tuple":3},[4,4,4],1]"#,
        ErrorKind::Range,
        "expected 2 items, found more items at `kind.Tuple` (byte 36)",
    ),
    (
        r#"[{"cart":1,"kind":2},[],{"Struct":3},{"size":1}]"#,
        ErrorKind::Type,
        "expected u8, found array at `kind.Struct.size` (byte 21)",
    ),
    (r#"[["Map",1,1]]"#, ErrorKind::Syntax, "a reference to an entry that does not exist (byte 8)"),
];

#[test]
fn reading_says_where_and_what() {
    for (text, kind, wanted) in ROWS {
        let error = error::<Shop>(text);
        assert_eq!((error.kind(), &*error.to_string()), (*kind, *wanted), "{text}");
        assert_eq!(wanted.contains('`'), !error.path().is_empty(), "{text}");
        let document = Document::parse(*text).unwrap();
        assert_eq!(
            document.root().decode::<Shop>().unwrap_err().to_string(),
            *wanted,
            "a document says the same"
        );
    }
    let error = error::<Shop>(ROWS[0].0);
    assert_eq!((error.path(), error.offset()), ("cart[3].price", Some(48)));
    assert_eq!((error.expected(), error.found()), (Some("u32"), Some("string")));
}

#[test]
fn texts_that_are_none_say_where() {
    let rows = [
        ("", 0),
        ("[", 1),
        ("[1,]", 3),
        ("[\"a\u{1}\"]", 3),
        ("{}", 0),
        ("[]", 0),
        ("7", 0),
        ("[1] 2", 4),
        ("[01]", 2),
        (r#"["\x"]"#, 3),
    ];
    for (text, offset) in rows {
        for error in [error::<u8>(text), Document::parse(text).unwrap_err(), Value::parse(text).unwrap_err()]
        {
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Syntax, Some(offset)), "{text}: {error}");
        }
        let marked = Document::parse(format!("\u{feff}{text}")).unwrap_err();
        assert_eq!(marked.offset(), Some(offset + 3), "the byte order mark counts");
    }
}

#[test]
fn writing_says_where() {
    #[derive(Serialize)]
    struct Bad {
        list: Vec<HashMap<(u8, u8), u8>>,
    }
    let bad = Bad { list: vec![HashMap::new(), HashMap::from([((1, 2), 3)])] };
    let error = to_string(&bad).unwrap_err();
    assert_eq!(
        (error.kind(), error.path(), error.offset()),
        (ErrorKind::Unsupported, "list[1]", None),
        "{error}"
    );
    let error =
        to_string(&Date(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1 << 43))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Custom);
    assert_eq!(to_string(&Map("a")).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(to_string(&Set("a")).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn values_without_a_form_are_refused() {
    let mut other = Value::new();
    let far = (0..9).map(|_| other.add(1)).last().unwrap();
    let parts = [
        Part::array([far]),
        Part::Date(Some(8_640_000_000_000_001)),
        Part::BigInt("1.5".to_owned()),
        Part::View { kind: "Uint8Array".to_owned(), buffer: Ref::NAN, offset: 0, length: 0 },
    ];
    for part in parts {
        let mut value = Value::new();
        let root = value.add(part);
        value.set_root(root);
        assert_eq!(value.to_text().unwrap_err().kind(), ErrorKind::Unsupported, "{:?}", value.get(root));
    }
    let mut value = Value::new();
    let buffer = value.add(Part::ArrayBuffer(vec![0; 8]));
    let views = [
        ("Int32Array", 2, 4),
        ("Int32Array", 0, 6),
        ("Uint8Array", 8, 1),
        ("Uint8Array", usize::MAX, 2),
        ("Nothing", 0, 8),
    ];
    for (kind, offset, length) in views {
        let root = value.add(Part::View { kind: kind.to_owned(), buffer, offset, length });
        value.set_root(root);
        assert_eq!(value.to_text().unwrap_err().kind(), ErrorKind::Unsupported, "{kind} {offset} {length}");
    }
}

/// Every text is read as every type: whatever is wrong, the message holds neither the strings nor the numbers.
#[test]
fn no_message_holds_a_value() {
    let texts = [
        r#"["secret"]"#,
        "[424242]",
        "[424242.5]",
        r#"[["Date","secret"]]"#,
        r#"[["RegExp","secret","secret"]]"#,
        r#"[["URL","secret"]]"#,
        r#"[["BigInt","424242424242424242424242424242424242424242"]]"#,
        r#"[["BigInt","secret"]]"#,
        r#"[["secret",1],424242]"#,
        r#"[{"secret":1},"secret"]"#,
        r#"[{"secret":1},424242]"#,
        r#"[["Map",1,2],"secret",424242]"#,
        r#"[["Set",1],"secret"]"#,
        r#"[[1],"secret"]"#,
        r#"[["ArrayBuffer","secret!"]]"#,
        r#"[["null","secret",1],424242]"#,
        r#"[["Object",1],"secret"]"#,
        r#"["secret"#,
        r#"[secret]"#,
        r#"[["Map",1],"secret"]"#,
        r#"[{"secret":9}]"#,
        r#"[["Temporal.Instant","secret"]]"#,
        r#"[["Uint8Array",1],"secret"]"#,
        r#"[["Small",1],424242]"#,
    ];
    let mut seen = 0;
    let mut check = |error: Option<Error>| {
        let Some(error) = error else { return };
        let shown = format!("{error} {error:?} {} {:?} {:?}", error.path(), error.expected(), error.found());
        assert!(!shown.contains("secret") && !shown.contains("4242"), "{shown}");
        seen += 1;
    };
    for text in texts {
        check(from_str::<bool>(text).err());
        check(from_str::<u8>(text).err());
        check(from_str::<i128>(text).err());
        check(from_str::<f64>(text).err());
        check(from_str::<char>(text).err());
        check(from_str::<&str>(text).err());
        check(from_str::<IpAddr>(text).err());
        check(from_str::<Kind>(text).err());
        check(from_str::<Shop>(text).err());
        check(from_str::<Vec<u8>>(text).err());
        check(from_str::<(u8, u8)>(text).err());
        check(from_str::<HashMap<String, u8>>(text).err());
        check(from_str::<BTreeMap<u8, IpAddr>>(text).err());
        check(from_str::<Date<SystemTime>>(text).err());
        check(from_str::<Url<url::Url>>(text).err());
        check(from_str::<BigInt<u64>>(text).err());
        check(from_str::<RegExp<Pattern>>(text).err());
        check(from_str::<Bytes<Vec<u8>>>(text).err());
        check(from_str::<Map<BTreeMap<u8, u8>>>(text).err());
        check(from_str::<Set<Vec<bool>>>(text).err());
        check(from_str::<serde_json::Value>(text).err());
        check(Value::parse(text).err());
        check(Document::parse(text).and_then(|document| document.root().to_text()).err());
    }
    assert!(seen > 400, "{seen}");
}

/// A function that says that all went well has to have given a value.
#[test]
fn what_is_not_written_to_its_end_is_refused() {
    let text = to_string(&[1, 2, 3]).unwrap();
    assert_eq!(text, "[[1,2,3],1,2,3]");
    let works: [fn(Serializer<'_>) -> Result<(), Error>; 4] = [
        |_| Ok(()),
        |serializer| serializer.serialize_seq(None).map(drop),
        |serializer| serializer.serialize_seq(None)?.serialize_element("a"),
        |serializer| serializer.serialize_seq(None)?.serialize_element(&Undefined(None::<u8>)),
    ];
    for work in works {
        assert_eq!(to_string_with(work).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(to_document_with(work).unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert_eq!(to_string_with(|serializer| serializer.serialize_f64(f64::NAN)).unwrap(), "-3");
    assert_eq!(to_string_with(|serializer| serializer.serialize_seq(None)?.end()).unwrap(), "[[]]");
}

/// What fails after it was begun leaves a half: whoever goes on all the same is told, instead of getting a damaged text.
#[test]
fn a_failure_that_is_passed_over_is_refused_in_the_end() {
    struct Half;
    struct Whole;
    impl Serialize for Half {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_seq(None)?.serialize_element("half")?;
            Err(serde::ser::Error::custom("no more"))
        }
    }
    impl Serialize for Whole {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut items = serializer.serialize_seq(None)?;
            let _ = items.serialize_element(&Half);
            items.serialize_element("whole")?;
            items.end()
        }
    }
    assert_eq!(to_string(&Half).unwrap_err().kind(), ErrorKind::Custom);
    assert_eq!(to_string(&Whole).unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(to_string(&[Whole, Whole]).unwrap_err().kind(), ErrorKind::Unsupported);
    // And the writer's memory is fit for the next one.
    assert_eq!(to_string(&["whole"]).unwrap(), "[[1],\"whole\"]");
}
