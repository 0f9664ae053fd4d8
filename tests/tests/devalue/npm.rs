//! The real devalue packages of npm as the judges: what they refuse is refused, what they read is the same value here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};
use session_fuzz::entropy::Entropy;
use session_fuzz::mutate::mutate;
use session_fuzz::value::{Features, value};
use session_runtime::devalue::{self, Document, Value};
use session_tests::node::{Script, installed};

use crate::astro::stored_texts;
use crate::vectors::{VALID, rows};

const MUTATIONS: usize = 20_000;
/// Mutated texts that the package of Astro is asked about as well.
const ASTRO: usize = 4_000;
const VALUES: usize = 5_000;
const SEED: u64 = 0x5e55_1011;

const EXCEPTIONS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/devalue/exceptions.json"));

/// A rule by which we may differ from the packages.
#[derive(Deserialize)]
struct Exception {
    rule: String,
    /// What differs: `refused` here but read there, `accepted` here but refused there, another `value`, or `taken` by a
    /// type that takes anything but refused there.
    here: String,
    reason: String,
    /// Whether it depends on the version of Node if the rule is needed at all.
    #[serde(default)]
    engine: bool,
}

/// How we differ on one text.
struct Difference {
    here: &'static str,
    rules: Vec<String>,
    what: String,
}

#[derive(Default)]
struct Tally {
    read: usize,
    refused: usize,
    excused: BTreeMap<(String, String), usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn judge(&mut self, exceptions: &[Exception], text: &str, difference: Option<Difference>) {
        let Some(difference) = difference else { return };
        let excuse = exceptions.iter().find(|exception| {
            exception.here == difference.here && difference.rules.contains(&exception.rule)
        });
        match excuse {
            Some(excuse) => *self.excused.entry((excuse.rule.clone(), excuse.here.clone())).or_default() += 1,
            None => self.wrong.push(format!(
                "{text}\n    {} here, rules {:?}: {}",
                difference.here, difference.rules, difference.what
            )),
        }
    }

    fn report(&self) {
        let some: Vec<&str> = self.wrong.iter().take(20).map(String::as_str).collect();
        assert!(some.is_empty(), "{} texts:\n{}", self.wrong.len(), some.join("\n"));
    }
}

fn ask(package: &str, texts: &[String]) -> Vec<Json> {
    let requests: Vec<Json> = texts.iter().map(|text| json!({ "package": package, "text": text })).collect();
    Script::start(&installed("node"), "compare.mjs").ask(&requests)
}

fn rules(answer: &Json) -> Vec<String> {
    let rules = answer["rules"].as_array().into_iter().flatten();
    rules.map(|rule| rule.as_str().unwrap().to_owned()).collect()
}

fn canonical(text: &str) -> Result<String, devalue::Error> {
    Value::parse(text)?.to_text()
}

/// What the value reader makes of a text against what the package makes of it.
fn compare(text: &str, answer: &Json) -> Option<Difference> {
    let rules = rules(answer);
    match (canonical(text), answer["text"].as_str()) {
        (Ok(ours), Some(theirs)) if ours == theirs => None,
        (Err(_), None) => None,
        (Ok(ours), Some(theirs)) => {
            Some(Difference { here: "value", rules, what: format!("{ours}, not {theirs}") })
        }
        (Err(error), Some(theirs)) => {
            Some(Difference { here: "refused", rules, what: format!("{error}, not {theirs}") })
        }
        (Ok(ours), None) => {
            Some(Difference { here: "accepted", rules, what: format!("{ours}, not {}", answer["error"]) })
        }
    }
}

/// A type that takes anything must not take what the package refuses.
fn tree(text: &str, answer: &Json) -> Option<Difference> {
    let read = devalue::from_str::<Json>(text).ok().filter(|_| answer["error"].is_string())?;
    Some(Difference { here: "taken", rules: rules(answer), what: format!("{read}, not {}", answer["error"]) })
}

/// Copying a document must neither mend a text nor break it.
fn copies(text: &str) -> Option<String> {
    let copy = Document::parse(text).and_then(|document| document.root().to_text());
    match (canonical(text), copy.and_then(|copy| canonical(&copy))) {
        (Ok(value), Ok(copy)) if value == copy => None,
        (Err(_), Err(_)) => None,
        (value, copy) => Some(format!("{text}\n    is {value:?}, its copy {copy:?}")),
    }
}

/// Texts to begin with: all that is not large.
fn originals() -> Vec<String> {
    let rows = rows(VALID).map(|row| row["json"].as_str().unwrap().to_owned());
    rows.chain(stored_texts()).filter(|text| text.len() < 2_000).collect()
}

pub(crate) fn mutations(count: usize) -> Vec<String> {
    let originals = originals();
    let mut entropy = Entropy::from_seed(SEED);
    let mut one = || {
        let (text, other) = (entropy.pick(&originals).clone(), entropy.pick(&originals).clone());
        mutate(&text, &other, &mut entropy)
    };
    (0..count).map(|_| one()).collect()
}

#[test]
fn mutated_texts_are_judged_as_by_devalue() {
    let exceptions: Vec<Exception> = serde_json::from_str(EXCEPTIONS).unwrap();
    let texts = mutations(MUTATIONS);
    let mut tally = Tally::default();
    let answers = ask("devalue", &texts);
    for (text, answer) in texts.iter().zip(&answers) {
        *(if answer["text"].is_string() { &mut tally.read } else { &mut tally.refused }) += 1;
        tally.judge(&exceptions, text, compare(text, answer));
        tally.wrong.extend(copies(text));
        tally.judge(&exceptions, text, tree(text, answer));
    }
    for (text, answer) in texts.iter().zip(ask("devalue-astro", &texts[..ASTRO])) {
        tally.judge(&exceptions, text, compare(text, &answer));
    }
    println!("{} read and {} refused by devalue, excused: {:?}", tally.read, tally.refused, tally.excused);
    tally.report();
    assert!(tally.read > MUTATIONS / 4, "too few are read");
    assert!(tally.refused > MUTATIONS / 4, "too few are refused");
    for exception in &exceptions {
        assert!(exception.reason.len() > 20, "{} has no reason", exception.rule);
        let key = (exception.rule.clone(), exception.here.clone());
        assert!(exception.engine || tally.excused.contains_key(&key), "{key:?} is not needed");
    }
}

#[test]
fn random_values_are_read_by_devalue() {
    let mut entropy = Entropy::from_seed(SEED);
    let mut one = || {
        let size = 1 + entropy.below(30);
        value(&mut entropy, size, Features { modern: false, custom: false }).to_text().unwrap()
    };
    let texts: Vec<String> = (0..VALUES).map(|_| one()).collect();
    for package in ["devalue", "devalue-astro"] {
        for (text, answer) in texts.iter().zip(ask(package, &texts)) {
            assert_eq!(answer["text"].as_str(), Some(&**text), "{package} {}", answer["error"]);
        }
    }
}
