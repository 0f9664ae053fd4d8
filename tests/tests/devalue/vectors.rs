//! Every row of `valid.jsonl` and `invalid.jsonl`, through `Value`, `Document` and `MapWriter`.

use serde_json::Value as Json;
use session_fuzz::graft::Record;
use session_runtime::devalue::{Document, Error, ErrorKind, Field, Limits, MapWriter, Part, Value};

use crate::tree::{self, Setting};
use crate::walk;

pub(crate) const VALID: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/valid.jsonl"));
const INVALID: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/invalid.jsonl"));

pub(crate) fn rows(text: &str) -> impl Iterator<Item = Json> {
    text.lines().map(|line| serde_json::from_str(line).expect("a row is JSON"))
}

fn parse(text: &str, setting: Setting<'_>) -> Result<Value, String> {
    Value::parse_with(text, &Limits::default(), setting.tags()).map_err(|error| error.to_string())
}

fn setting(row: &Json, writing: bool) -> Setting<'_> {
    Setting { set: row["set"].as_str().unwrap(), writing }
}

/// Runs a check over all rows of one file and tells of every row that fails it.
fn each(file: &str, wanted: usize, check: impl Fn(&Json) -> Result<bool, String>) {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for row in rows(file) {
        match check(&row) {
            Ok(counted) => count += usize::from(counted),
            Err(what) => wrong.push(format!("{} {}: {what}", row["id"], row["name"])),
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, wanted, "as many rows were to be checked");
}

fn same(text: Result<String, Error>, wanted: &Json) -> Result<bool, String> {
    match text {
        Ok(text) if *wanted == *text => Ok(true),
        other => Err(format!("{other:?}, not {wanted}")),
    }
}

/// A custom tag named like a builtin: a value does not keep which of the two forms an entry had.
fn of_builtin_name(row: &Json) -> bool {
    row["set"] == "date_ms"
}

#[test]
fn decoding_gives_the_graph() {
    each(VALID, 374, |row| {
        let setting = setting(row, false);
        let value = parse(row["json"].as_str().unwrap(), setting)?;
        if value == tree::value(&row["value"], setting) { Ok(true) } else { Err("another graph".to_owned()) }
    });
}

#[test]
fn encoding_gives_the_text() {
    each(VALID, 373, |row| match row["encode"] == true {
        true => same(tree::value(&row["value"], setting(row, true)).to_text(), &row["json"]),
        false => Ok(false),
    });
}

#[test]
fn copying_from_a_document_gives_the_text() {
    each(VALID, 373, |row| match row["encode"] == true {
        true => {
            let text = row["json"].as_str().unwrap();
            same(Document::parse(text).and_then(|document| document.root().to_text()), &row["json"])
        }
        false => Ok(false),
    });
}

#[test]
fn walking_a_document_meets_the_graph() {
    each(VALID, 373, |row| {
        if of_builtin_name(row) {
            return Ok(false);
        }
        let text = row["json"].as_str().unwrap();
        // With the tag as a custom one the value keeps in which form a URL was written, as the document does.
        let tags = if row["set"] == "astro" { &["URL"] } else { setting(row, false).tags() };
        let value = Value::parse_with(text, &Limits::default(), tags).map_err(|error| error.to_string())?;
        let document = Document::parse(text).map_err(|error| error.to_string())?;
        walk::compare(document.root(), &value, value.root())?;
        // Whatever a type that takes anything makes of it, it must not crash.
        let _ = document.root().decode::<Json>();
        Ok(true)
    });
}

#[test]
fn rewriting_is_what_a_rebuild_gives() {
    each(VALID, 373, |row| {
        if of_builtin_name(row) {
            return Ok(false);
        }
        let text = row["json"].as_str().unwrap();
        let other = r#"[{"data":1,"b":2},"data",["BigInt","7"]]"#;
        let entries = [("a", text, None), ("data", other, Some(1.5)), ("c", text, Some(7.0))];
        let mut record = Record::default();
        for (key, data, expires) in entries {
            record.put(key, &parse(data, setting(row, false))?, expires);
        }
        let wanted = Json::from(record.finish().map_err(|error| error.to_string())?);
        same(put(&entries), &wanted)?;
        same(put_nodes(&entries, false), &wanted)?;
        same(put_nodes(&entries, true), &wanted)?;
        same(keep(wanted.as_str().unwrap()), &wanted)
    });
}

type Entry<'a> = (&'a str, &'a str, Option<f64>);

fn expires(at: Option<f64>) -> Field<'static> {
    at.map_or(Field::Undefined, Field::Number)
}

/// A record with each value put in as a text.
fn put(entries: &[Entry<'_>]) -> Result<String, Error> {
    let mut writer = MapWriter::new();
    for &(key, data, at) in entries {
        writer.put(key, &[("data", Field::Text(data)), ("expires", expires(at))]);
    }
    Ok(writer.finish()?.text().to_string())
}

/// The same with each value put in as a node of its document: of the one that was read, or of one written from it.
fn put_nodes(entries: &[Entry<'_>], written: bool) -> Result<String, Error> {
    let open = |data: &str| {
        let document = Document::parse(data)?;
        if written { document.root().to_document() } else { Ok(document) }
    };
    let documents = entries.iter().map(|(_, data, _)| open(data)).collect::<Result<Vec<_>, _>>()?;
    let mut writer = MapWriter::new();
    for (&(key, _, at), document) in entries.iter().zip(&documents) {
        writer.put(key, &[("data", Field::Node(document.root())), ("expires", expires(at))]);
    }
    Ok(writer.finish()?.text().to_string())
}

/// A record with every entry carried over.
fn keep(record: &str) -> Result<String, Error> {
    let document = Document::parse(record)?;
    let mut writer = MapWriter::new();
    for (key, value) in document.root().map_entries().expect("a record is a Map") {
        writer.keep(key, value);
    }
    Ok(writer.finish()?.text().to_string())
}

#[test]
fn invalid_texts_are_treated_as_their_policy_says() {
    each(INVALID, 276, |row| {
        if row["op"] != "parse" {
            return Ok(false);
        }
        let setting = setting(row, false);
        let input = row["input"].as_str().unwrap();
        let read = parse(input, setting);
        let accepted = &row["outcome"]["accepted"];
        let exact = || read.as_ref().is_ok_and(|value| *value == tree::value(accepted, setting));
        let fine = match row["policy"].as_str().unwrap() {
            "reject" => read.is_err(),
            "accept" => exact(),
            "lenient" => read.is_err() || exact(),
            "normalise" => read.is_ok(),
            "engine" => true,
            other => return Err(format!("an unknown policy {other}")),
        };
        if !fine {
            let input: String = input.chars().take(200).collect();
            return Err(format!("{} {input}: {read:?}, not {}", row["policy"], row["outcome"]));
        }
        copies_keep_the_verdict(input, setting, read.as_ref().ok())?;
        Ok(true)
    });
}

/// A document looks at nothing that it is not asked for. Whether a text is a value's must not change by copying it.
fn copies_keep_the_verdict(input: &str, setting: Setting<'_>, value: Option<&Value>) -> Result<(), String> {
    if setting.set == "revive_builtin" {
        // Revivers that take Map and Set for their own cannot read a record.
        return Ok(());
    }
    let copies = Document::parse(input).map(|document| {
        let _ = document.root().decode::<Json>();
        let put = put(&[("a", input, None)]);
        (document.root().to_text(), put)
    });
    let Some(value) = value else {
        let Ok((copy, put)) = copies else { return Ok(()) };
        let fine = copy.is_err() || parse(&copy.unwrap(), setting).is_err();
        let put_fine = put.is_err() || parse(&put.unwrap(), setting).is_err();
        return if fine && put_fine { Ok(()) } else { Err("copying made it a good text".to_owned()) };
    };
    let (copy, put) = copies.map_err(|error| error.to_string())?;
    let copy = copy.map_err(|error| format!("copying: {error}"))?;
    if parse(&copy, setting)? != *value {
        return Err(format!("the copy {copy} is another value"));
    }
    let put = parse(&put.map_err(|error| format!("putting: {error}"))?, setting)?;
    let Part::Map(pairs) = put.get(put.root()) else { return Err("no Map".to_owned()) };
    let mut data = put.clone();
    data.set_root(put.field(pairs[0].1, "data").unwrap());
    if data == *value { Ok(()) } else { Err("what was put is another value".to_owned()) }
}

/// Of what `stringify` refuses only `__proto__` has a counterpart here.
#[test]
fn values_without_a_text_are_refused() {
    each(INVALID, 3, |row| {
        if row["op"] != "stringify" || row["policy"] == "js-only" {
            return Ok(false);
        }
        let mut value = Value::new();
        let one = value.add(1);
        let keys = match row["js"].as_str().unwrap() {
            r#"JSON.parse('{"__proto__":1}')"# => Part::object([("__proto__", one)]),
            r#"JSON.parse('{"a":1,"__proto__":1}')"# => Part::object([("a", one), ("__proto__", one)]),
            r#"(()=>{const o=Object.create(null);o["__proto__"]=1;return o})()"# => {
                Part::NullObject(vec![("__proto__".into(), one)])
            }
            other => return Err(format!("nothing is known about {other}")),
        };
        let root = value.add(keys);
        value.set_root(root);
        match value.to_text() {
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(true),
            other => Err(format!("{other:?}")),
        }
    });
}
