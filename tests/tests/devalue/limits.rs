//! What `Limits` promises: depth, size, number of entries and expansion are bounded, and the bounds can be moved.

use serde::Deserialize;
use serde_json::Value as Json;
use session_runtime::devalue::{Document, ErrorKind, Limits, Pattern, RegExp, Value, from_str, to_string};

use crate::safety::{memory, on_a_small_stack, repeat, string};

/// A list of lists of lists: as deep as a type can be.
#[derive(Deserialize, serde::Serialize, Default)]
struct Deep(Vec<Self>);

/// The same through serde's buffers.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only read")]
enum Buffered {
    Number(f64),
    List(Vec<Self>),
}

fn nested(levels: usize) -> String {
    let entries: String = (1..levels).map(|next| format!("[{next}],")).collect();
    format!("[{entries}[]]")
}

#[test]
fn depth_is_bounded_and_the_bound_can_be_moved() {
    on_a_small_stack(|| {
        assert!(from_str::<Json>(&nested(128)).is_ok());
        assert!(from_str::<Deep>(&nested(128)).is_ok());
        let error = from_str::<Json>(&nested(129)).unwrap_err();
        assert_eq!((error.kind(), error.path().len()), (ErrorKind::Limit, 128 * 3), "{error}");
        assert_eq!(from_str::<Deep>(&nested(129)).err().unwrap().kind(), ErrorKind::Limit);
        assert_eq!(from_str::<Buffered>(&nested(129)).err().unwrap().kind(), ErrorKind::Limit);
        let document = Document::parse_with(nested(9), Limits::default().max_depth(8)).unwrap();
        assert_eq!(document.root().decode::<Json>().unwrap_err().kind(), ErrorKind::Limit);
        let document = Document::parse_with(nested(8), Limits::default().max_depth(8)).unwrap();
        assert!(document.root().decode::<Json>().is_ok());

        let deep = |levels| (1..levels).fold(Deep::default(), |inner, _| Deep(vec![inner]));
        assert_eq!(to_string(&deep(128)).unwrap(), nested(128));
        assert_eq!(to_string(&deep(129)).unwrap_err().kind(), ErrorKind::Limit);
    });
    let deep = nested(300_000);
    on_a_small_stack(move || {
        let value = Value::parse(&deep).unwrap();
        assert!(value == Value::parse(&deep).unwrap());
        assert_eq!(value.to_text().unwrap(), deep);
        assert_eq!(Document::parse(deep.as_str()).unwrap().root().to_text().unwrap(), deep);
    });
}

#[test]
fn size_and_entries_are_bounded() {
    let text = "[[1,1],\"tea\"]";
    let limit = |limits: Limits| match Document::parse_with(text, limits) {
        Ok(_) => None,
        Err(error) => Some(error.kind()),
    };
    assert_eq!(limit(Limits::default().max_bytes(text.len())), None);
    assert_eq!(limit(Limits::default().max_bytes(text.len() - 1)), Some(ErrorKind::Limit));
    assert_eq!(limit(Limits::default().max_entries(2)), None);
    assert_eq!(limit(Limits::default().max_entries(1)), Some(ErrorKind::Limit));
    assert_eq!(
        Value::parse_with(text, &Limits::default().max_entries(1), &[]).unwrap_err().kind(),
        ErrorKind::Limit
    );
    let large = format!("[{}]", string(16 << 20));
    assert_eq!(from_str::<Json>(&large).unwrap_err().kind(), ErrorKind::Limit);
    let many = format!("[{}1]", repeat("1,", 8 << 20));
    assert_eq!(from_str::<Json>(&many).unwrap_err().kind(), ErrorKind::Limit);
}

/// What the limits of a document allow is read, by every type.
#[test]
fn raised_limits_hold_for_values() {
    let (text, limits) = (format!("[[1],{}]", string(17 << 20)), Limits::default().max_bytes(64 << 20));
    let document = Document::parse_with(text, limits).unwrap();
    let value: Value = document.root().decode().unwrap();
    let strings: Vec<String> = document.root().decode().unwrap();
    assert_eq!(value, session_runtime::devalue::to_value(&strings).unwrap());
}

/// Forty entries `[k,k]` are 2^40 leaves as a tree, and forty parts as a value.
#[test]
fn expansion_is_bounded() {
    let entries: String = (1..40).map(|next| format!("[{next},{next}],")).collect();
    let text = format!("[{entries}[]]");
    let spent = allocation_counter::measure(|| {
        assert_eq!(from_str::<Json>(&text).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(from_str::<Deep>(&text).err().unwrap().kind(), ErrorKind::Limit);
        assert_eq!(from_str::<Buffered>(&text).err().unwrap().kind(), ErrorKind::Limit);
    });
    // Eight million bytes of text, 16 and more for each container.
    assert!(spent.count_total < 4_000_000, "{} allocations", spent.count_total);
    let limited = Document::parse_with(text.as_str(), Limits::default().max_expansion(1_000)).unwrap();
    let spent = allocation_counter::measure(|| {
        assert_eq!(limited.root().decode::<Json>().unwrap_err().kind(), ErrorKind::Limit);
    });
    assert!(spent.count_total < 400, "{} allocations", spent.count_total);
    assert_eq!(Value::parse(&text).unwrap().to_text().unwrap(), text);

    // What a session really shares is no concern: a thousand references to a text of a kilobyte.
    let shared = format!("[[{}1],{}]", repeat("1,", 2_000), string(1_000));
    assert_eq!(from_str::<Vec<String>>(&shared).unwrap().len(), 1_001);
    // A sparse array is short in a text and long in a list.
    assert_eq!(from_str::<Vec<Option<u8>>>("[[-7,4294967295]]").unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(from_str::<Vec<Option<u8>>>("[[-7,1000,999,1],5]").unwrap()[999], Some(5));
    assert_eq!(Value::parse("[[-7,4294967295]]").unwrap().to_text().unwrap(), "[[-7,4294967295]]");
}

/// What a type keeps of a shared value is paid for, to the last byte: here half of a text is one expression's flags.
#[test]
fn memory_for_shared_values_is_bounded() {
    let text = format!("[[{}1],[\"RegExp\",\"\",\"{}\"]]", repeat("1,", 100_000), repeat("g", 100_000));
    let read = || assert_eq!(from_str::<Vec<RegExp<Pattern>>>(&text).err().unwrap().kind(), ErrorKind::Limit);
    let tree = || assert_eq!(from_str::<Json>(&text).unwrap_err().kind(), ErrorKind::Limit);
    for factor in [memory(&text, read), memory(&text, tree)] {
        assert!(factor < 60.0, "{factor} bytes per byte");
    }
}

#[test]
fn cycles_are_values_and_no_trees() {
    let rings = [
        "[[0]]",
        r#"[{"a":1},[0]]"#,
        r#"[["Map",1,0],"a"]"#,
        r#"[["Set",1],[0]]"#,
        r#"[["null","a",1],[-7,9,3,0]]"#,
        r#"[[1,1],[2,2],[0,0]]"#,
    ];
    for text in rings {
        let value = Value::parse(text).unwrap();
        assert!(Value::parse(&value.to_text().unwrap()).unwrap() == value, "{text}");
        assert_eq!(from_str::<Json>(text).unwrap_err().kind(), ErrorKind::Cycle, "{text}");
        assert!(value.decode::<Json>().is_err(), "{text}");
    }
    assert_eq!(from_str::<Deep>("[[1,1],[2,2],[0,0]]").err().unwrap().kind(), ErrorKind::Cycle);
}
