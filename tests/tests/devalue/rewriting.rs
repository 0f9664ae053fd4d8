//! `MapWriter` fed with damaged texts.

use serde_json::{Value as Json, json};
use session_runtime::devalue::{self, Document, ErrorKind, Field, MapWriter, Node};

#[test]
fn a_damaged_part_makes_the_whole_fail() {
    let damaged = [r#"[{"a":7}]"#, r#"[[1,{"a":2}]]"#, r#"[["RegExp","a",["g"]]]"#, "[", "-2"];
    for text in damaged {
        let mut writer = MapWriter::new();
        writer.put("a", &[("data", Field::Text(text)), ("expires", Field::Undefined)]);
        writer.put("b", &[("data", Field::Text("[[1],2]")), ("expires", Field::Number(1.0))]);
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Syntax, "{text}");
        let Ok(document) = Document::parse(text) else { continue };
        let mut writer = MapWriter::new();
        writer.put("a", &[("data", Field::Node(document.root()))]);
        writer.keep(document.root(), document.root());
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Syntax, "{text}");
    }
}

const KEYS: usize = 6;

/// A value of so many items out of `range`: the smaller it is, the more of them other keys and earlier values have too.
fn value(key: usize, change: usize, (count, range): (usize, usize)) -> Json {
    let number = |at: usize| (key * 531 + change * 277 + at * 7) % range;
    let item =
        |at| if number(at) % 3 == 0 { json!(number(at)) } else { json!(format!("item \"{}", number(at))) };
    let items: Vec<Json> = (0..count).map(item).collect();
    json!({ "items": items, "flag": change < 3, "nested": [[number(3)], {}] })
}

fn put<'a>(writer: &mut MapWriter<'a>, key: &'a str, data: Field<'a>) {
    writer.put(key, &[("data", data), ("expires", Field::Number(17.0))]);
}

/// A record built from nothing but the texts of these values.
fn built(entries: &[(String, Json)]) -> String {
    let texts: Vec<String> = entries.iter().map(|(_, value)| devalue::to_string(value).unwrap()).collect();
    let mut writer = MapWriter::new();
    for ((key, _), text) in entries.iter().zip(&texts) {
        put(&mut writer, key, Field::Text(text));
    }
    writer.finish().unwrap().text().to_string()
}

/// The record with one value replaced and one removed, wherever they stand.
fn rewritten(old: &str, replaced: usize, removed: usize, value: &Json) -> String {
    let (document, value) = (Document::parse(old).unwrap(), devalue::to_document(value).unwrap());
    let (replaced_key, removed_key) = (format!("key{replaced}"), format!("key{removed}"));
    let mut writer = MapWriter::new();
    for (key, entry) in document.root().map_entries().unwrap() {
        match key.as_str().unwrap() {
            name if name == replaced_key => put(&mut writer, &replaced_key, Field::Node(value.root())),
            name if name == removed_key => {}
            _ => writer.keep(key, entry),
        }
    }
    writer.finish().unwrap().text().to_string()
}

#[test]
fn a_rewritten_record_is_one_built_from_its_values() {
    for size in [(1, 2), (4, 8), (4, 100), (100, 200), (100, 3000), (100, 30_000)] {
        let entries: Vec<_> = (0..KEYS).map(|key| (format!("key{key}"), value(key, 0, size))).collect();
        let old = built(&entries);
        for (replaced, removed) in (0..KEYS).flat_map(|key| (0..KEYS).map(move |other| (key, other))) {
            let new = value(replaced, 1 + removed, size);
            let mut wanted = entries.clone();
            wanted[replaced].1 = new.clone();
            if removed != replaced {
                wanted.remove(removed);
            }
            assert_eq!(
                rewritten(&old, replaced, removed, &new),
                built(&wanted),
                "{size:?} {replaced} {removed}"
            );
        }
    }
}

/// The codec keeps a URL as its own entry, Astro has its text apart: not all that was written here has Astro's form.
#[test]
fn what_is_kept_of_a_value_gets_astros_form() {
    let urls = devalue::Map(std::collections::BTreeMap::from([
        ("a", devalue::Url("x:y".to_owned())),
        ("b", devalue::Url("x:z".to_owned())),
    ]));
    let value = devalue::to_document(&urls).unwrap();
    let mut writer = MapWriter::new();
    for (key, entry) in value.root().map_entries().unwrap() {
        writer.keep(key, entry);
    }
    assert_eq!(
        &**writer.finish().unwrap().text(),
        r#"[["Map",1,2,4,5],"a",["URL",3],"x:y","b",["URL",6],"x:z"]"#
    );
}

/// A value under two keys is stored twice, whatever else there is.
#[test]
fn what_is_put_twice_is_written_twice() {
    let value = devalue::to_document(&[["tea"]]).unwrap();
    let url = devalue::to_document(&devalue::Url("x:y".to_owned())).unwrap();
    let wanted = r#"[["Map",1,2,6,7],"a",{"data":3},[4],[5],"tea","b",{"data":8},[9],[5]]"#;
    let put = |others: &[(&'static str, Field<'_>)]| {
        let mut writer = MapWriter::new();
        for key in ["a", "b"] {
            writer.put(key, &[("data", Field::Node(value.root()))]);
        }
        for (key, field) in others {
            writer.put(key, &[("data", *field)]);
        }
        let written = writer.finish().unwrap();
        without(&written, |key| !matches!(key.as_str().as_deref(), Some("a" | "b"))).text().to_string()
    };
    assert_eq!(put(&[]), wanted);
    assert_eq!(put(&[("u", Field::Node(url.root()))]), wanted);
    assert_eq!(put(&[("t", Field::Text("[[1],2]"))]), wanted);
}

/// The record without the members whose keys `gone` says.
fn without(old: &Document, gone: impl Fn(&Node<'_>) -> bool) -> Document {
    let mut writer = MapWriter::new();
    for (key, entry) in old.root().map_entries().unwrap().filter(|(key, _)| !gone(key)) {
        writer.keep(key, entry);
    }
    writer.finish().unwrap()
}

/// Other programs may give keys entries that they have in common, or that are anything at all.
#[test]
fn what_members_have_in_common_survives_a_member_that_goes() {
    let texts = [
        r#"[["Map",1,2,4,5,7,8],"a",{"data":3,"expires":-1},[4,5,7,8],"b",{"data":6,"expires":-1},1,"c",{"data":9,"expires":-1},2]"#,
        r#"[["Map",1,2,4,5,6,7],"a",{"data":3,"expires":-1},[4,5,6,7],"b",7,"c",8]"#,
        r#"[["Map",1,2,4,5,6,7],"a",{"data":3,"expires":-1},[4,5,6,7],"b",7,"c",{"data":8,"expires":-1},8]"#,
        r#"[["Map",1,3,5,6],[2],"x",{"data":4},[5,6],"b",{"data":1}]"#,
        r#"[["Map",1,2,-1,3],"a",{"data":3},[2,1]]"#,
    ];
    for text in texts {
        let old = Document::parse(text).unwrap();
        // Nothing changes, but now it is a text that was written here.
        let first = without(&old, |_| false);
        assert_eq!(&**first.text(), text);
        for gone in ["a", "b", "c"] {
            let wanted = without(&old, |key| key.as_str().as_deref() == Some(gone));
            let second = without(&first, |key| key.as_str().as_deref() == Some(gone));
            assert_eq!(second, wanted, "{text} without {gone}");
            assert_eq!(Document::parse(&**second.text()).unwrap(), second);
            assert_eq!(second.root().to_text().unwrap(), **second.text());
        }
    }
}
