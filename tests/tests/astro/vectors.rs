//! Every value that devalue's test vectors and Astro's golden records hold, untyped on the Rust side.

use serde_json::Value as Json;
use session_runtime::devalue::{Document, Field, MapWriter, Value};
use session_tests::astro::{Driver, Op, value};

use crate::drivers::on_every_driver;

on_every_driver! {
    astro_writes_what_devalue_writes
    astro_reads_what_rust_writes
    golden_records_are_what_astro_writes_and_reads
}

const VECTORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/valid.jsonl"));
const GOLDEN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/cases.json"));

/// The vectors that an Astro app can have as values: none with reducers of its own, none that its node has no class for,
/// no promises.
fn vectors() -> Vec<Json> {
    let rows = VECTORS.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let usable = |row: &Json| {
        matches!(row["set"].as_str(), Some("none" | "astro"))
            && row["requires"].is_null()
            && row["async"].is_null()
    };
    let rows: Vec<_> = rows.filter(usable).collect();
    assert!(rows.len() > 300, "{}", rows.len());
    rows
}

/// Whether a lone surrogate is in the value. Astro 7 leaves it unescaped, and so it is U+FFFD as soon as it is stored.
fn has_lone_surrogate(row: &Json) -> bool {
    row["value"].to_string().contains("\"utf16\"")
}

fn text<'j>(row: &'j Json, name: &str) -> &'j str {
    row[name].as_str().unwrap()
}

/// The data of a session's entries, by key, as texts of their own.
fn data(record: &str) -> Vec<(String, String)> {
    let document = Document::parse(record).unwrap();
    let entries = document.root().map_entries().unwrap();
    entries
        .map(|(key, entry)| {
            (key.as_str().unwrap().into_owned(), entry.field("data").unwrap().to_text().unwrap())
        })
        .collect()
}

async fn astro_writes_what_devalue_writes(driver: &Driver) {
    let pair = driver.serve(axum::Router::new()).await;
    let rows = vectors();
    let mut wrong = Vec::new();
    for rows in rows.chunks(50) {
        let mut visitor = pair.visitor();
        let answer = visitor.astro(rows.iter().map(|row| Op::set(text(row, "id"), text(row, "js")))).await;
        let stored = data(&pair.stored(visitor.id().unwrap()).await.unwrap());
        for (nth, row) in rows.iter().enumerate() {
            let id = text(row, "id");
            if let Some(error) = answer.error(nth) {
                wrong.push(format!("{id} {}: {error}", row["js"]));
                continue;
            }
            let (_, stored) = stored.iter().find(|(key, _)| key == id).unwrap();
            let as_expected = match has_lone_surrogate(row) {
                true => stored.contains('\u{fffd}'),
                false => Value::parse(stored).unwrap() == value(&row["value"]),
            };
            if !as_expected {
                wrong.push(format!("{id} {}: {stored}", row["js"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

async fn astro_reads_what_rust_writes(driver: &Driver) {
    let pair = driver.serve(axum::Router::new()).await;
    let rows = vectors();
    let mut wrong = Vec::new();
    for rows in rows.chunks(50) {
        let texts: Vec<String> = rows.iter().map(|row| value(&row["value"]).to_text().unwrap()).collect();
        let mut writer = MapWriter::new();
        for (row, written) in rows.iter().zip(&texts) {
            writer.put(text(row, "id"), &[("data", Field::Text(written)), ("expires", Field::Undefined)]);
        }
        let mut visitor = pair.with_record(writer.finish().unwrap().text()).await;
        let answer = visitor.astro(rows.iter().map(|row| Op::get(text(row, "id")))).await;
        for (nth, row) in rows.iter().enumerate() {
            if answer.error(nth).is_some() || answer.value(nth) != value(&row["value"]) {
                wrong.push(format!("{} {}: {:?}", row["id"], row["js"], answer.error(nth)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// Astro stores each golden value byte for byte as it was recorded, and Rust reads out of it what Astro reads.
async fn golden_records_are_what_astro_writes_and_reads(driver: &Driver) {
    let pair = driver.serve(axum::Router::new()).await;
    let cases: Vec<Json> = serde_json::from_str(GOLDEN).unwrap();
    let mut compared = 0;
    for case in &cases {
        let name = text(case, "case");
        let mut visitor = pair.visitor();
        let answer = visitor.astro([Op::set("v", text(case, "js_expression"))]).await;
        let Some(golden) = case["stored_value_string"].as_str() else {
            assert!(answer.error(0).is_some(), "{name}");
            continue;
        };
        assert_eq!(pair.stored(visitor.id().unwrap()).await.as_deref(), Some(golden), "{name}");
        let read = pair.with_record(golden).await.astro([Op::get("v")]).await.value(0);
        let [(_, stored)] = &data(golden)[..] else { panic!("{name} has one key") };
        assert_eq!(Value::parse(stored).unwrap(), read, "{name}");
        compared += 1;
    }
    assert_eq!((cases.len(), compared), (78, 75));
}
