//! `request_scenarios.json`: each a store, a cookie and the operations of one request.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{Given, Outcome, Store, replay};
use crate::exceptions::Exceptions;

/// A moment at which the records were taken: some of their values had expired, others had not.
const NOW_MS: u64 = 1_795_423_101_000;

#[derive(Debug, Deserialize)]
struct Scenario {
    name: String,
    cookie: Option<String>,
    store_before: Store,
    operations: Value,
    status: u16,
    #[serde(rename = "setCookie")]
    set_cookie: Vec<String>,
    results: Option<Vec<Value>>,
    /// The driver's calls, in words.
    calls: Vec<String>,
}

impl Scenario {
    fn given(&self) -> Given<'_> {
        Given {
            store: self.store_before.clone(),
            cookie: self.cookie.as_deref(),
            operations: &self.operations,
            now_ms: NOW_MS,
        }
    }

    fn outcome(&self) -> Outcome {
        Outcome {
            status: self.status,
            set_cookie: self.set_cookie.clone(),
            results: self.results.as_ref().map_or(Value::Null, |all| all.iter().map(plain).collect()),
            store: after(&self.store_before, &self.calls),
        }
    }

    /// The texts in which the ids stand that were there before the request.
    fn known(&self) -> Vec<&str> {
        let ids = self.operations.as_array().into_iter().flatten().filter_map(|op| op["id"].as_str());
        let stored = self.store_before.keys().map(String::as_str);
        ids.chain(stored).chain(self.cookie.as_deref()).collect()
    }
}

/// Node's way to print a list is JSON but for the quotes.
fn plain(result: &Value) -> Value {
    match result.as_str().filter(|text| text.starts_with("[ ")) {
        Some(text) => serde_json::from_str(&text.replace('\'', "\"")).unwrap(),
        None => result.clone(),
    }
}

/// What the driver's calls made of the store.
fn after(before: &Store, calls: &[String]) -> Store {
    let mut store = before.clone();
    for call in calls {
        let (name, arguments) = call.strip_suffix(')').and_then(|call| call.split_once('(')).unwrap();
        match name {
            "getItem" => {}
            "removeItem" => drop(store.remove(arguments)),
            "setItem" => {
                let (id, text) = arguments.split_once(" string ").unwrap();
                store.insert(id.to_owned(), text.to_owned());
            }
            _ => panic!("{call}"),
        }
    }
    store
}

#[tokio::test]
async fn every_request_scenario() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/request_scenarios.json"));
    let scenarios: Vec<Scenario> = serde_json::from_str(text).unwrap();
    let mut exceptions = Exceptions::of("request_scenarios");
    for scenario in &scenarios {
        let known = scenario.known();
        let here = replay(&scenario.given()).await.map(|outcome| outcome.to_json(&known));
        exceptions.compare(&scenario.name, &scenario.outcome().to_json(&known), here.as_ref());
    }
    exceptions.finish("request scenarios");
}

#[test]
fn the_calls_of_a_driver_give_its_store() {
    let before = Store::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    let calls = ["getItem(a)", "setItem(c string [(x)])", "removeItem(a)"].map(str::to_owned);
    assert_eq!(json!(after(&before, &calls)), json!({ "b": "2", "c": "[(x)]" }));
}
