//! Random values come back as they were; damaged texts are refused or read, and never crash.

use proptest::prelude::*;
use serde_json::Value as Json;
use session_runtime::devalue::{self, Document, Part, Ref, Value};

const VALID: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/valid.jsonl"));

/// One part by its sort; what it contains is chosen among all parts, so that sharing and cycles happen.
fn part(sort: u8, number: f64, text: &str, children: &[Ref]) -> Part {
    let unique = |from: usize| children.get(from..).unwrap_or_default().iter().copied();
    match sort % 10 {
        0 => Part::Null,
        1 => Part::Number(number),
        2 => text.into(),
        3 => Part::BigInt(number.to_bits().to_string()),
        4 => Part::Date((number.abs() < 1e9).then_some(1_000)),
        5 => Part::Array(children.iter().map(|&child| Some(child)).chain([None]).collect()),
        6 => Part::object(children.iter().enumerate().map(|(at, &child)| (format!("{text}{at}"), child))),
        7 => Part::map(children.first().map(|&key| (key, key))),
        8 => Part::set(unique(0).take(1)),
        _ => Part::ArrayBuffer(text.as_bytes().to_vec()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn values_come_back(
        parts in prop::collection::vec((any::<u8>(), any::<f64>(), any::<String>(), prop::collection::vec(any::<prop::sample::Index>(), 0..4)), 1..12)
    ) {
        let mut value = Value::new();
        let places: Vec<Ref> = parts.iter().map(|_| value.add(Part::Undefined)).collect();
        for (&place, (sort, number, text, children)) in places.iter().zip(&parts) {
            let children: Vec<Ref> = children.iter().map(|index| *index.get(&places)).collect();
            // -0 as a member of a Map or Set is 0 afterwards: not the same value.
            let number = if *number == 0.0 { 0.0 } else { *number };
            *value.get_mut(place).unwrap() = part(*sort, number, text, &children);
        }
        value.set_root(places[0]);
        let text = value.to_text().unwrap();
        let back = Value::parse(&text).unwrap();
        prop_assert!(back == value, "{text}");
        prop_assert_eq!(back.to_text().unwrap(), text.clone());
        prop_assert_eq!(Document::parse(text.as_str()).unwrap().root().to_text().unwrap(), text);
    }

    #[test]
    fn strings_and_numbers_come_back(text in any::<String>(), number in any::<f64>(), integer in any::<i128>()) {
        let written = devalue::to_string(&(&text, number, integer)).unwrap();
        let (read, back, whole): (String, f64, i128) = devalue::from_str(&written).unwrap();
        prop_assert_eq!(read, text);
        prop_assert!(back.to_bits() == number.to_bits() || (back.is_nan() && number.is_nan()));
        prop_assert_eq!(whole, integer);
    }

    #[test]
    fn damaged_texts_never_crash(row in any::<prop::sample::Index>(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let line = *row.get(&VALID.lines().collect::<Vec<_>>());
        let row: Json = serde_json::from_str(line).unwrap();
        let mut bytes = row["json"].as_str().unwrap().as_bytes().to_vec();
        let letters = br#"[]{},:"\-0123456789.eE tfn"#;
        for (place, with) in edits {
            let at = place.index(bytes.len().max(1));
            let letter = letters[usize::from(with) % letters.len()];
            match with % 3 {
                0 => bytes.insert(at, letter),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let value = Value::parse(&text);
        let document = Document::parse(text.as_str());
        let _ = devalue::from_str::<Json>(&text);
        if let Ok(value) = &value {
            let canonical = document.as_ref().unwrap().root().to_text().unwrap();
            prop_assert!(*value == Value::parse(&canonical).unwrap(), "{text} {canonical}");
        }
        if let Ok(document) = &document {
            let _ = document.root().kind();
            let _ = document.root().map_entries().map(Iterator::count);
            let _ = document.root().to_text();
        }
    }
}

/// A text that is nothing but depth, and one that is nothing but sharing.
#[test]
fn depth_and_sharing_are_bounded() {
    let deep: String = (1..200_000).map(|next| format!("[{next}],")).collect();
    let deep = format!("[{deep}7]");
    assert!(devalue::from_str::<Json>(&deep).is_err());
    assert_eq!(Value::parse(&deep).unwrap().to_text().unwrap(), deep);
    assert_eq!(Document::parse(deep.as_str()).unwrap().root().to_text().unwrap(), deep);

    let shared: String = (1..60).map(|next| format!("[{next},{next}],")).collect();
    let error = devalue::from_str::<Json>(&format!("[{shared}7]")).unwrap_err();
    assert_eq!(error.kind(), devalue::ErrorKind::Limit);

    let nested = format!("[1,{}{}]", "[".repeat(300_000), "]".repeat(300_000));
    assert_eq!(devalue::from_str::<u8>(&nested).unwrap(), 1);
}
