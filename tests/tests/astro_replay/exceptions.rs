//! The one list of differences, and the comparison that lets through nothing else.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Each reason's short name and what it is.
    reasons: BTreeMap<String, String>,
    request_scenarios: BTreeMap<String, Exception>,
    multi: BTreeMap<String, Exception>,
    cases: BTreeMap<String, Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// Short names of the reasons.
    because: Vec<String>,
    /// The fields that differ, as they are here; none where the request cannot be said in Rust.
    here: Option<BTreeMap<String, Value>>,
}

/// The exceptions of one of Astro's files.
pub(crate) struct Exceptions {
    listed: BTreeMap<String, Exception>,
    faults: Vec<String>,
    count: usize,
    excepted: usize,
}

impl Exceptions {
    /// Those of `"request_scenarios"`, `"multi"` or `"cases"`.
    pub(crate) fn of(section: &str) -> Self {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/exceptions.json"));
        let file: File = serde_json::from_str(text).unwrap();
        let all = [&file.request_scenarios, &file.multi, &file.cases];
        let given: Vec<&String> = all
            .iter()
            .flat_map(|section| section.values())
            .flat_map(|exception| &exception.because)
            .collect();
        for reason in file.reasons.keys() {
            assert!(given.contains(&reason), "nobody needs the reason `{reason}`");
        }
        assert!(
            given.iter().all(|reason| file.reasons.contains_key(*reason)),
            "a reason that is not explained"
        );
        let listed = match section {
            "request_scenarios" => file.request_scenarios,
            "multi" => file.multi,
            _ => file.cases,
        };
        Self { listed, faults: Vec::new(), count: 0, excepted: 0 }
    }

    /// Compares what Astro did with what happens here, field by field; `here` is none where Rust cannot say it.
    pub(crate) fn compare(&mut self, name: &str, astro: &Value, here: Option<&Value>) {
        self.count += 1;
        let listed = self.listed.remove(name);
        self.excepted += usize::from(listed.is_some());
        let differing = here.map(|here| differences(astro, here));
        let expected = listed.map_or(Some(BTreeMap::new()), |exception| exception.here);
        if differing != expected {
            let say = |fields: &Option<BTreeMap<String, Value>>| match fields {
                Some(fields) => serde_json::to_string(fields).unwrap(),
                None => "cannot be said in Rust".to_owned(),
            };
            self.faults.push(format!(
                "{name}\n   differs: {}\n    listed: {}\n  in Astro: {astro}",
                say(&differing),
                say(&expected)
            ));
        }
    }

    /// Fails if there was a difference that is not listed, or one is listed that there is not.
    pub(crate) fn finish(mut self, what: &str) {
        let unknown = self.listed.keys().map(|name| format!("{name}: an exception from nothing"));
        self.faults.extend(unknown);
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
        println!(
            "{} {what} replayed: {} as in Astro, {} listed as exceptions",
            self.count,
            self.count - self.excepted,
            self.excepted
        );
    }
}

/// The fields of `here` that are not as in Astro.
fn differences(astro: &Value, here: &Value) -> BTreeMap<String, Value> {
    let fields = here.as_object().unwrap().iter();
    fields
        .filter(|(field, value)| astro[*field] != **value)
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

#[test]
fn a_difference_is_noticed_and_so_is_its_end() {
    let (one, two) = (serde_json::json!({ "status": 200 }), serde_json::json!({ "status": 500 }));
    let listed = || {
        let here = Some(BTreeMap::from([("status".to_owned(), 500.into())]));
        BTreeMap::from([("listed".to_owned(), Exception { because: Vec::new(), here })])
    };
    let faults = |name: &str, here: Option<&Value>| {
        let mut exceptions = Exceptions { listed: listed(), faults: Vec::new(), count: 0, excepted: 0 };
        exceptions.compare(name, &one, here);
        exceptions.faults.len()
    };
    assert_eq!((faults("listed", Some(&two)), faults("other", Some(&one))), (0, 0));
    assert_eq!((faults("listed", Some(&one)), faults("other", Some(&two))), (1, 1));
    assert_eq!((faults("listed", None), faults("other", None)), (1, 1));
}
