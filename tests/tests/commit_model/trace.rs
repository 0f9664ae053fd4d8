//! Calls and answers in words, for the schedule of a violation.

use serde_json::Value;
use session_runtime::{Delete, Put, Record};

use crate::sim::{Answer, Op};

pub(crate) fn name(client: usize) -> char {
    ('A'..).nth(client).unwrap_or('?')
}

pub(crate) fn say(op: &Op) -> String {
    let condition = |record: &Option<Record>, none: &str| {
        record.as_ref().map_or_else(|| none.to_owned(), |record| format!("if {}", short(record)))
    };
    match op {
        Op::Load(key) => format!("load {}", key.as_str()),
        Op::Put(key, old, new, _) => {
            format!("put {} {}: {}", key.as_str(), condition(old, "if absent"), short(new))
        }
        Op::Delete(key, old) => format!("delete {} {}", key.as_str(), condition(old, "in any case")),
        Op::Touch(key, expiry) => format!("touch {} {expiry:?}", key.as_str()),
        Op::Overwrite(key, new) => format!("overwrite {}: {}", key.as_str(), short(new)),
        Op::Pause => "works".to_owned(),
    }
}

pub(crate) fn tell(answer: &Answer) -> String {
    match answer {
        Answer::Loaded(Some(record)) => format!("found {}", short(record)),
        Answer::Put(Put::Conflict(Some(record))) | Answer::Deleted(Delete::Conflict(record)) => {
            format!("Conflict {}", short(record))
        }
        Answer::Loaded(None) => "none".to_owned(),
        Answer::Put(put) => format!("{put:?}"),
        Answer::Deleted(delete) => format!("{delete:?}"),
        Answer::Touched(touch) => format!("{touch:?}"),
        Answer::Nothing => "done".to_owned(),
    }
}

/// The keys and values of a record, without the stored form around them.
fn short(record: &Record) -> String {
    let fallback = || record.text().to_owned();
    let Ok(parts) = serde_json::from_str::<Vec<Value>>(record.text()) else { return fallback() };
    let at = |index: &Value| index.as_u64().and_then(|index| parts.get(usize::try_from(index).ok()?));
    let Some(root) = parts.first().and_then(Value::as_array) else { return fallback() };
    let entries = root.get(1..).unwrap_or_default().chunks(2).filter_map(|pair| {
        let [key, entry] = pair else { return None };
        let (key, data) = (at(key)?.as_str()?, at(at(entry)?.get("data")?)?);
        let moved = data.get("moved").and_then(at);
        match key {
            "$session" => moved.map(|target| format!("moved to {target}")),
            _ => Some(format!("{key}={data}")),
        }
    });
    format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
}
