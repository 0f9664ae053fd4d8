//! `multi.json`: several calls in one request on a new session, and the text that is stored afterwards.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{Given, Store, replay};
use crate::exceptions::Exceptions;

#[derive(Debug, Deserialize)]
struct Multi {
    case: String,
    ops_in_one_request: Value,
    #[serde(rename = "stored_value_string")]
    stored: Option<String>,
    set_cookie: Vec<String>,
    results: Vec<Value>,
}

impl Multi {
    /// The time at which the record was taken: what expires says when, and its ttl is known.
    fn now_ms(&self) -> u64 {
        let first = &self.ops_in_one_request[0];
        let ttl = first["ttl"].as_i64().unwrap_or_default();
        let stored: Vec<Value> =
            self.stored.as_deref().map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default();
        let expires = stored.last().and_then(Value::as_i64).filter(|ms| *ms > 1_000_000_000_000);
        u64::try_from(expires.map_or(1_795_416_736_073, |ms| ms - ttl * 1000)).unwrap()
    }

    fn outcome(&self) -> Value {
        let cookie =
            |text: &String| text.split_once('=').map(|(name, rest)| format!("{name}=<new 1>{}", &rest[36..]));
        let results = self.results.iter().map(|result| result["inspect"].as_str().unwrap_or("-"));
        let store: Store = self.stored.iter().map(|text| ("<new 1>".to_owned(), text.clone())).collect();
        json!({
            "status": 200,
            "set_cookie": self.set_cookie.iter().map(cookie).collect::<Vec<_>>(),
            "results": results.collect::<Vec<_>>(),
            "store": store,
        })
    }
}

#[tokio::test]
async fn every_sequence_of_calls() {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/astro/multi.json"));
    let all: Vec<Multi> = serde_json::from_str(text).unwrap();
    let mut exceptions = Exceptions::of("multi");
    for multi in &all {
        let given = Given {
            store: Store::new(),
            cookie: None,
            operations: &multi.ops_in_one_request,
            now_ms: multi.now_ms(),
        };
        let here = replay(&given).await.map(|outcome| outcome.to_json(&[]));
        exceptions.compare(&multi.case, &multi.outcome(), here.as_ref());
    }
    exceptions.finish("sequences of calls");
}
