//! What is measured beside what.

use std::hint::black_box;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use session_runtime::devalue::{self, Document, Map};

use super::data::{
    Entry, entries, lists, product, products, prose, read_key, record, sessions, typical, write_key,
};
use super::sample::Run;

/// One line of the table.
pub(crate) struct Row {
    pub(crate) name: String,
    /// What the ratio of the two sides is to stay below, if the project has set itself a mark.
    pub(crate) mark: Option<f64>,
    make: Box<dyn FnOnce() -> (Run, Run)>,
}

impl Row {
    fn new(name: String, mark: impl Into<Option<f64>>, make: impl FnOnce() -> (Run, Run) + 'static) -> Self {
        Self { name, mark: mark.into(), make: Box::new(make) }
    }

    /// Ours and what it is compared with.
    pub(crate) fn sides(self) -> (Run, Run) {
        (self.make)()
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    whole(&mut rows, "typical", || typical(1), [1.4, 0.85]);
    in_new_memory(&mut rows);
    whole(&mut rows, "100 kB", || sessions(190), [1.7, 1.1]);
    whole(&mut rows, "1 MB", || sessions(1_850), [1.9, 1.15]);
    whole(&mut rows, "short strings", || lists(100, 50, product), [1.9, 1.4]);
    whole(&mut rows, "1 kB texts", || lists(100, 1, prose), [1.7, 1.1]);
    one_key(&mut rows, "100 kB", || lists(100, 50, product), 0.12);
    one_key(&mut rows, "1 kB texts", || lists(100, 1, prose), 0.2);
    rows
}

fn run<T>(mut call: impl FnMut() -> T + 'static) -> Run {
    Box::new(move || drop(black_box(call())))
}

fn decoding<T: DeserializeOwned + 'static>(text: String) -> Run {
    run(move || devalue::from_str::<T>(black_box(&text)))
}

/// Writing and reading of one value as a whole.
fn whole<T: Serialize + DeserializeOwned + Clone + 'static>(
    rows: &mut Vec<Row>,
    name: &str,
    value: fn() -> T,
    [encode, decode]: [f64; 2],
) {
    let text = move || devalue::to_string(&value()).expect("a text");
    rows.push(Row::new(format!("encode {name}"), encode, move || {
        let (ours, base) = (value(), value());
        (
            run(move || devalue::to_string(black_box(&ours))),
            run(move || serde_json::to_string(black_box(&base))),
        )
    }));
    rows.push(Row::new(format!("decode {name}"), decode, move || {
        let json = serde_json::to_string(&value()).expect("JSON");
        (decoding::<T>(text()), run(move || serde_json::from_str::<T>(black_box(&json))))
    }));
    rows.push(Row::new(format!("decode {name} / copying the value"), None, move || {
        let value = value();
        (decoding::<T>(text()), run(move || black_box(&value).clone()))
    }));
    rows.push(Row::new(format!("open {name} / its decoding"), 0.15, move || {
        let shared: Arc<str> = text().into();
        (run(move || Document::parse(Arc::clone(black_box(&shared)))), decoding::<T>(text()))
    }));
}

/// Values that are written within one another. What writes the outer one is in use, so that the inner one needs memory of
/// its own.
struct Nested<'v, T> {
    value: &'v T,
    depth: u32,
    write: fn(&Self),
}

impl<T: Serialize> Serialize for Nested<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(depth) = self.depth.checked_sub(1) {
            (self.write)(&Nested { depth, ..*self });
        }
        self.value.serialize(serializer)
    }
}

/// Eight at a time, of which the outermost one finds memory that is there.
fn in_new_memory(rows: &mut Vec<Row>) {
    fn all<T>(value: &T, write: fn(&Nested<'_, T>)) {
        write(&Nested { value: black_box(value), depth: 7, write });
    }
    rows.push(Row::new("encode typical in new memory, 8 times".to_owned(), 1.8, || {
        let (ours, base) = (typical(1), typical(1));
        (
            run(move || all(&ours, |nested| drop(black_box(devalue::to_string(nested))))),
            run(move || all(&base, |nested| drop(black_box(serde_json::to_string(nested))))),
        )
    }));
}

/// One key of a record.
fn one_key(rows: &mut Vec<Row>, name: &str, lists: fn() -> Vec<Vec<String>>, mark: f64) {
    let middle = || "key50".to_owned();
    rows.push(Row::new(format!("one key out of {name} / its decoding"), mark, move || {
        let (text, key) = (record(&lists()), middle());
        let whole = text.to_string();
        (run(move || read_key(black_box(&text), &key)), decoding::<Map<Vec<(String, Entry)>>>(whole))
    }));
    let mut rewrite = |what: &str, mark, key: String, value: fn(u64) -> Vec<String>| {
        rows.push(Row::new(format!("rewrite {what} of {name}"), mark, move || {
            let (text, base) = (record(&lists()), entries(lists()));
            let items = base[0].1.data.len() as u64;
            let value = devalue::to_document(&value(items)).expect("a document");
            (
                run(move || write_key(black_box(&text), &key, &value)),
                run(move || serde_json::to_string(black_box(&base))),
            )
        }));
    };
    rewrite("a key", 1.05, middle(), |items| products(!items, items));
    rewrite("the first key, one item more,", 1.8, "key0".to_owned(), |items| products(!items, items + 1));
}
