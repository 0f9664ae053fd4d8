//! Opening of texts made of what sessions are mostly made of, short strings, objects and lists of references, with a byte or
//! two damaged: serde_json is the judge of what is JSON, and of what its strings and numbers are.

use serde_json::Value as Json;
use session_fuzz::entropy::Entropy;
use session_runtime::devalue::Document;

const TEXTS: usize = 40_000;
const SEED: u64 = 0x0b10_c4ed;

const ESCAPES: [&str; 6] = ["\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\u2028"];

/// What stands between quotes: lengths from none to beyond the sixteen and sixty-four bytes that are looked at together.
fn string(entropy: &mut Entropy<'_>) -> String {
    let length = match entropy.below(40) {
        0 => 60 + entropy.below(80),
        1..=4 => 14 + entropy.below(6),
        5..=8 => entropy.below(3),
        _ => 3 + entropy.below(11),
    };
    let chars = ['a', ',', '[', ':', '0', 'é', '{', '-'];
    let mut text: String = (0..length).map(|_| *entropy.pick(&chars)).collect();
    if entropy.once_in(100) {
        text += ESCAPES[entropy.below(ESCAPES.len())];
    }
    format!("\"{text}\"")
}

/// A number, mostly an integer, or a word.
fn primitive(entropy: &mut Entropy<'_>) -> String {
    let digits = (entropy.number() >> entropy.below(64)).to_string();
    match entropy.below(12) {
        0 => format!("-{digits}"),
        1 => format!("{digits}.{:02}", entropy.below(100)),
        2 => format!("-0.{}e-{}", entropy.below(1_000), entropy.below(10)),
        3 => format!("{}{}{}", entropy.below(100), entropy.pick(&["e", "E+", "e-"]), entropy.below(10)),
        4 => (*entropy.pick(&["true", "false", "null"])).into(),
        _ => digits,
    }
}

/// An object or a list of references, which are mostly of entries that do not exist: that is for its reader to see.
fn container(entropy: &mut Entropy<'_>) -> String {
    let reference = |entropy: &mut Entropy<'_>| match entropy.below(8) {
        0 => format!("-{}", 1 + entropy.below(7)),
        _ => (entropy.number() >> (40 + entropy.below(24))).to_string(),
    };
    let count = entropy.below(6);
    match entropy.below(4) {
        0 => format!("{{\"data\":{},\"expires\":-1}}", reference(entropy)),
        1 => format!("[{}]", (0..count).map(|_| reference(entropy)).collect::<Vec<_>>().join(",")),
        _ => {
            let member = |_| format!("{}:{}", string(entropy), reference(entropy));
            format!("{{{}}}", (0..count).map(member).collect::<Vec<_>>().join(","))
        }
    }
}

/// The entries of a text; entry 0 is an array of all the others.
fn entries(entropy: &mut Entropy<'_>) -> Vec<String> {
    let (count, has_numbers) = (1 + entropy.below(60), entropy.once_in(2));
    let has_containers = entropy.once_in(3);
    let mut entries: Vec<String> = (0..count)
        .map(|_| match entropy.below(12) {
            0 | 7 if has_numbers => primitive(entropy),
            1..=6 if has_containers => container(entropy),
            _ => string(entropy),
        })
        .collect();
    let references: Vec<String> = (1..=count).map(|index| index.to_string()).collect();
    entries.insert(0, format!("[{}]", references.join(",")));
    entries
}

/// One byte changed, put in or left out, where that leaves a text.
fn damage(text: &str, entropy: &mut Entropy<'_>) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let at = entropy.below(bytes.len());
    let byte = *entropy.pick(b"\"\\,[]{}:0123456789- \nax\t\x01\x1f\x7f");
    match entropy.below(3) {
        0 => bytes[at] = byte,
        1 => bytes.insert(at, byte),
        _ => _ = bytes.remove(at),
    }
    String::from_utf8(bytes).ok()
}

#[test]
fn what_is_json_is_opened_and_nothing_else() {
    let mut entropy = Entropy::from_seed(SEED);
    let (mut opened, mut refused, mut checked) = (0, 0, 0);
    for nth in 0..TEXTS {
        let whole = format!("[{}]", entries(&mut entropy).join(","));
        let damaged = (0..nth % 3).try_fold(whole, |text, _| damage(&text, &mut entropy));
        let Some(text) = damaged else { continue };
        let (document, judge) = (Document::parse(&*text), serde_json::from_str::<Json>(&text));
        match (&document, &judge) {
            (Ok(document), Ok(Json::Array(items))) => {
                opened += 1;
                checked += usize::from(is_checked(document, items, &text));
            }
            (Err(_), Ok(Json::Array(items))) => assert!(items.is_empty(), "refused: {text}"),
            // Something else than an array.
            (_, Ok(_)) => {}
            (Err(_), Err(_)) => refused += 1,
            // JSON, but beyond what the judge reads.
            (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
            (Ok(_), Err(error)) => panic!("taken, but {error}: {text}"),
        }
    }
    assert!(
        opened > TEXTS / 3 && checked > TEXTS / 3 && refused > TEXTS / 10,
        "{opened} {checked} {refused}"
    );
}

/// Compares what entry 0 refers to with the items of the text, where they are all strings and numbers, and says whether
/// they are.
fn is_checked(document: &Document, items: &[Json], text: &str) -> bool {
    let Some(Json::Array(references)) = items.first() else { return false };
    let item = |reference: &Json| items.get(usize::try_from(reference.as_u64()?).ok()?);
    let Some(items): Option<Vec<&Json>> = references.iter().map(item).collect() else { return false };
    if let Some(strings) = items.iter().map(|item| item.as_str()).collect::<Option<Vec<_>>>() {
        assert_eq!(document.root().decode::<Vec<String>>().unwrap(), strings, "{text}");
    }
    let are_simple = items.iter().all(|item| item.is_string() || item.is_number());
    if are_simple {
        let here: Vec<Json> = document.root().decode().unwrap();
        // The judge does not round the longest numbers exactly.
        let number = |value: &Json| value.as_f64().unwrap_or(f64::NAN);
        let near = |(here, item): (f64, f64)| (here - item).abs() <= item.abs() * 1e-12;
        let same = |(here, item): (&Json, &&Json)| here == *item || near((number(here), number(item)));
        assert!(here.len() == items.len() && here.iter().zip(&items).all(same), "{text}\n{here:?}");
    }
    are_simple
}
