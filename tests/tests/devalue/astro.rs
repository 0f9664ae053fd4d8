//! What Astro left in its stores comes out of a rewrite byte for byte.

use serde_json::Value as Json;
use session_runtime::devalue::{Document, Error, Field, MapWriter, Node};

const FILES: [&str; 2] = [
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/cases.json")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/multi.json")),
];

fn rewrite(text: &str) -> Result<String, Error> {
    let document = Document::parse(text)?;
    let mut writer = MapWriter::new();
    for (key, value) in document.root().map_entries().expect("a session is a Map") {
        writer.keep(key, value);
    }
    Ok(writer.finish()?.text().to_string())
}

/// Each entry taken apart and put together from the text of its data; `None` if a key is no string, which only
/// `keep` can carry over.
fn splice(text: &str) -> Result<Option<String>, Error> {
    let document = Document::parse(text)?;
    let mut kept = Vec::new();
    for (key, value) in document.root().map_entries().expect("a session is a Map") {
        let Some(key) = key.as_str() else { return Ok(None) };
        let data = value.field("data").expect("data").to_text()?;
        kept.push((key.into_owned(), data, value.field("expires").and_then(Node::as_f64)));
    }
    let mut writer = MapWriter::new();
    for (key, data, expires) in &kept {
        let expires = expires.map_or(Field::Undefined, Field::Number);
        writer.put(key, &[("data", Field::Text(data)), ("expires", expires)]);
    }
    Ok(Some(writer.finish()?.text().to_string()))
}

/// What Astro stored, in all versions that were measured.
pub(crate) fn stored_texts() -> impl Iterator<Item = String> {
    let cases = FILES.into_iter().flat_map(|file| serde_json::from_str::<Vec<Json>>(file).unwrap());
    cases.flat_map(|case| {
        let fields = ["stored_value_string", "astro5_stored_value_string"];
        fields.into_iter().filter_map(move |field| case[field].as_str().map(str::to_owned))
    })
}

#[test]
fn stored_sessions_are_reproduced() {
    let mut count = 0;
    for stored in stored_texts() {
        assert_eq!(rewrite(&stored).unwrap(), stored);
        if let Some(spliced) = splice(&stored).unwrap() {
            assert_eq!(spliced, stored);
        }
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn lenient_texts_become_canonical() {
    let texts = [
        "\u{feff} [ [\"Map\", 1.0, 2e0] , \"a\", {\"data\":3,\"expires\":-1} , 1.50 ]\n",
        r#"[["Map",1,2],"\u0061",{"data":3,"expires":-1},1.5]"#,
        r#"[["Map",4,3,1,2],"a",{"data":3,"expires":-1},1.5,"a"]"#,
    ];
    for text in texts {
        assert_eq!(rewrite(text).unwrap(), r#"[["Map",1,2],"a",{"data":3,"expires":-1},1.5]"#);
    }
    let url = r#"[["Map",1,2],"u",{"data":3,"expires":-1},["URL","https://e.com/"]]"#;
    assert_eq!(
        rewrite(url).unwrap(),
        r#"[["Map",1,2],"u",{"data":3,"expires":-1},["URL",4],"https://e.com/"]"#
    );
    assert_eq!(rewrite(r#"[["Map"]]"#).unwrap(), r#"[["Map"]]"#);
}
