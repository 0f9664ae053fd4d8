//! Every row of `valid.jsonl` and `invalid.jsonl`.

use serde_json::Value as Json;
use session_runtime::devalue::{Document, Limits, Value};

use crate::tree::{self, Setting};

const VALID: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/valid.jsonl"));
const INVALID: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/invalid.jsonl"));

fn rows(text: &str) -> impl Iterator<Item = Json> {
    text.lines().map(|line| serde_json::from_str(line).expect("a row is JSON"))
}

fn parse(text: &str, setting: Setting<'_>) -> Result<Value, String> {
    Value::parse_with(text, &Limits::default(), setting.tags()).map_err(|error| error.to_string())
}

fn setting(row: &Json, writing: bool) -> Setting<'_> {
    Setting { set: row["set"].as_str().unwrap(), writing }
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn decoding_gives_the_graph() {
    let mut wrong = Vec::new();
    for row in rows(VALID) {
        let setting = setting(&row, false);
        match parse(row["json"].as_str().unwrap(), setting) {
            Ok(value) if value == tree::value(&row["value"], setting) => {}
            Ok(_) => wrong.push(format!("{}: another graph", row["id"])),
            Err(error) => wrong.push(format!("{}: {error}", row["id"])),
        }
    }
    report(&wrong);
}

#[test]
fn encoding_gives_the_text() {
    let mut wrong = Vec::new();
    for row in rows(VALID).filter(|row| row["encode"] == true) {
        let text = tree::value(&row["value"], setting(&row, true)).to_text();
        if !matches!(&text, Ok(text) if row["json"] == **text) {
            wrong.push(format!("{}: {text:?}, not {}", row["id"], row["json"]));
        }
    }
    report(&wrong);
}

#[test]
fn copying_from_a_document_gives_the_text() {
    let mut wrong = Vec::new();
    for row in rows(VALID).filter(|row| row["encode"] == true) {
        let text =
            Document::parse(row["json"].as_str().unwrap()).and_then(|document| document.root().to_text());
        if !matches!(&text, Ok(text) if row["json"] == **text) {
            wrong.push(format!("{}: {text:?}, not {}", row["id"], row["json"]));
        }
    }
    report(&wrong);
}

#[test]
fn invalid_texts_are_treated_as_their_policy_says() {
    let mut wrong = Vec::new();
    for row in rows(INVALID).filter(|row| row["op"] == "parse") {
        let setting = setting(&row, false);
        let input = row["input"].as_str().unwrap();
        let read = parse(input, setting);
        let accepted = &row["outcome"]["accepted"];
        let exact = || read.as_ref().is_ok_and(|value| *value == tree::value(accepted, setting));
        let fine = match row["policy"].as_str().unwrap() {
            "reject" => read.is_err(),
            "accept" => exact(),
            "lenient" => read.is_err() || exact(),
            "normalise" => read.is_ok(),
            _ => true,
        };
        if !fine {
            let input: String = input.chars().take(200).collect();
            wrong.push(format!("{} {} {input}: {read:?}, not {}", row["id"], row["policy"], row["outcome"]));
        }
        // Whatever is in it, opening and copying must not crash.
        if let Ok(document) = Document::parse(input) {
            let _ = document.root().to_text();
            let _ = document.root().decode::<Json>();
        }
    }
    report(&wrong);
}
