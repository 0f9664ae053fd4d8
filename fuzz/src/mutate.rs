//! Damages texts: sometimes a character, more often an entry, an index, a tag, so that many are still read.

use serde_json::Value as Json;

use crate::entropy::Entropy;

const TAGS: &[&str] = &[
    "Date",
    "RegExp",
    "Map",
    "Set",
    "BigInt",
    "Object",
    "null",
    "ArrayBuffer",
    "Uint8Array",
    "Int16Array",
    "Float64Array",
    "DataView",
    "URL",
    "URLSearchParams",
    "Nothing",
    "",
];
const TEXTS: &[&str] = &[
    "",
    "2026-01-02T03:04:05.006Z",
    "2026-02-30T00:00:00.000Z",
    "+010000-01-01T00:00:00.000Z",
    "-000001-12-31T23:59:59.999Z",
    "2026-01-02",
    "12",
    "-12",
    "0012",
    "0x1f",
    " 7 ",
    "1e3",
    "AQID",
    "AQIDBA==",
    "AQIDBA",
    "AQ=",
    "A",
    "AQ ID",
    "_-8=",
    "https://e.com/",
    "HTTPS://E.com",
    "no address",
    "//e.com",
    "a=1&b",
    "(",
    "a|b",
    "g",
    "gg",
    "__proto__",
    "\u{2028}<\\\"",
];
const INDICES: &[f64] = &[
    0.0,
    1.0,
    2.0,
    3.0,
    -1.0,
    -2.0,
    -3.0,
    -4.0,
    -5.0,
    -6.0,
    -7.0,
    -8.0,
    1.5,
    0.5,
    -0.5,
    1e3,
    4_294_967_294.0,
    4_294_967_295.0,
    4_294_967_296.0,
    1e300,
];
const LETTERS: &[u8] = br#"[]{},:"\-+0123456789.eEutfn aZ"#;

/// A damaged copy of a text; `other` is one that pieces may come from.
#[must_use]
pub fn mutate(text: &str, other: &str, entropy: &mut Entropy<'_>) -> String {
    let parsed: Option<Json> = serde_json::from_str(text).ok();
    let mut text = match parsed {
        Some(Json::Array(mut entries)) if !entropy.once_in(4) => {
            let other: Vec<Json> = serde_json::from_str(other).unwrap_or_default();
            for _ in 0..=entropy.below(3) {
                entries_changed(&mut entries, &other, entropy);
            }
            Json::Array(entries).to_string()
        }
        _ => text.to_owned(),
    };
    if entropy.once_in(4) {
        for _ in 0..=entropy.below(2) {
            text = letters(&text, entropy);
        }
    }
    text
}

fn letters(text: &str, entropy: &mut Entropy<'_>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = entropy.below(bytes.len() + 1);
    let letter = *entropy.pick(LETTERS);
    match entropy.below(4) {
        0 => bytes.insert(at, letter),
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => bytes.truncate(at),
        _ if at < bytes.len() => bytes[at] = letter,
        _ => bytes.push(letter),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn entries_changed(entries: &mut Vec<Json>, other: &[Json], entropy: &mut Entropy<'_>) {
    if entries.is_empty() {
        return;
    }
    let (at, to) = (entropy.below(entries.len()), entropy.below(entries.len()));
    match entropy.below(10) {
        0 => entries.swap(at, to),
        1 => drop(entries.remove(at)),
        2 => entries.push(entries[at].clone()),
        3 if !other.is_empty() => entries[at] = entropy.pick(other).clone(),
        4 => entries[at] = scalar(entropy),
        _ => entry_changed(&mut entries[at], entropy),
    }
}

fn entry_changed(entry: &mut Json, entropy: &mut Entropy<'_>) {
    match entry {
        Json::Array(items) => {
            let at = entropy.below(items.len() + 1);
            match entropy.below(6) {
                0 => items.insert(at, scalar(entropy)),
                1 if at < items.len() => drop(items.remove(at)),
                2 => items.insert(0, (*entropy.pick(TAGS)).into()),
                3 => items.insert(0, (-7).into()),
                4 if at < items.len() && items[at].is_string() => {
                    items[at] = (*entropy.pick(if at == 0 { TAGS } else { TEXTS })).into();
                }
                _ if at < items.len() => items[at] = scalar(entropy),
                _ => items.push(scalar(entropy)),
            }
        }
        Json::Object(members) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            match (entropy.below(4), keys.is_empty()) {
                (0, false) => drop(members.remove(entropy.pick(&keys))),
                (1, false) => drop(members.insert(entropy.pick(&keys).clone(), scalar(entropy))),
                _ => drop(members.insert((*entropy.pick(TEXTS)).to_owned(), scalar(entropy))),
            }
        }
        primitive => *primitive = scalar(entropy),
    }
}

/// What may stand where an index, a text or an entry is expected.
fn scalar(entropy: &mut Entropy<'_>) -> Json {
    match entropy.below(12) {
        0 => Json::Null,
        1 => entropy.once_in(2).into(),
        2..=4 => (*entropy.pick(TEXTS)).into(),
        5 => Json::Array(vec![1.into()]),
        6 => Json::Array(vec![(*entropy.pick(TAGS)).into(), scalar(entropy)]),
        7 => serde_json::json!({ "a": 1 }),
        8 => (*entropy.pick(INDICES)).into(),
        _ => entropy.below(6).into(),
    }
}
