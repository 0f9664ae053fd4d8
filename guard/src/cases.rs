//! What is counted: requests to the application through its layer, and the codec alone.

use std::hint::black_box;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, header};
use session_guard::data::{self, WIDE_KEY, Wide};
use session_guard::shop;
use session_runtime::devalue::{self, Document, Field, MapWriter};
use session_runtime::{MemoryStore, SessionLayer};
use tower_service::Service;

/// How often [`measured`] does what is counted.
pub(crate) const TIMES: u64 = 200;

/// Does something so many times.
type Run = Box<dyn FnMut(u64)>;

type Prepare = fn() -> Run;

const CASES: [(&str, Prepare); 14] = [
    ("request: anonymous", || request("/untouched", None)),
    ("request: cookie, untouched", || request("/untouched", Some("/fill/typical"))),
    ("request: read the cart", || request("/read", Some("/fill/typical"))),
    ("request: read, change, write", || request("/update", Some("/fill/typical"))),
    ("request: create", || request("/create", None)),
    ("request: 1 of 100 keys, 1 kB texts", || request("/wide", Some("/fill/large"))),
    ("request: 1 of 100 keys, short strings", || request("/wide", Some("/fill/short"))),
    ("codec: encode a cart", || {
        let cart = data::cart();
        each(move || devalue::to_string(black_box(&cart)))
    }),
    ("codec: encode the session", || {
        let whole = data::whole();
        each(move || devalue::to_string(black_box(&whole)))
    }),
    ("codec: decode a cart", || {
        let text = devalue::to_string(&data::cart()).expect("a text");
        each(move || devalue::from_str::<Vec<String>>(black_box(&text)))
    }),
    ("codec: decode the session", || {
        let text = devalue::to_string(&data::whole()).expect("a text");
        each(move || devalue::from_str::<data::Whole>(black_box(&text)))
    }),
    ("codec: open 100 keys", || {
        let text = record();
        each(move || Document::parse(Arc::clone(black_box(&text))))
    }),
    ("codec: 1 of 100 keys", || {
        let document = Document::parse(record()).expect("a record");
        each(move || one_key(black_box(&document)))
    }),
    ("codec: rewrite 1 of 100 keys", || {
        let (text, value) = (record(), devalue::to_document(&data::wide(0, false)).expect("a document"));
        each(move || rewrite(black_box(&text), &value))
    }),
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|(name, _)| *name)
}

/// Prepares a case, warms it up, and runs [`measured`] once.
pub(crate) fn run(name: &str) -> Result<(), String> {
    let (_, prepare) =
        CASES.iter().find(|(case, _)| *case == name).ok_or_else(|| format!("no case {name}"))?;
    let mut run = prepare();
    run(TIMES / 10);
    measured(&mut run);
    Ok(())
}

/// What valgrind counts: only what happens below this function, which it knows by name.
#[inline(never)]
fn measured(run: &mut Run) {
    run(TIMES);
    // Something to do after the call, lest it become a jump that valgrind sees no return from.
    black_box(run);
}

/// Calls of the codec.
fn each<T>(mut call: impl FnMut() -> T + 'static) -> Run {
    Box::new(move |times| {
        for _ in 0..times {
            drop(black_box(call()));
        }
    })
}

/// Requests of one visitor, with the cookie that a request to `fill` has given out.
fn request(path: &'static str, fill: Option<&'static str>) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    // `with_state(())` finishes the router; otherwise axum builds its layers anew for each request.
    let mut app = shop::app().layer(SessionLayer::new(MemoryStore::new())).with_state(());
    let cookie = fill.map(|fill| cookie(&runtime.block_on(call(&mut app, fill, None))));
    Box::new(move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                call(&mut app, path, cookie.as_deref()).await;
            }
        });
    })
}

async fn call(app: &mut Router, path: &str, cookie: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let response = app.call(request.body(Body::empty()).expect("a request")).await.expect("infallible");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    response
}

/// What a browser would send next time.
fn cookie(response: &Response<Body>) -> String {
    let set = response.headers()[header::SET_COOKIE].to_str().expect("a text");
    set.split(';').next().expect("a pair").to_owned()
}

/// The record of a session with a hundred keys of short strings, 100 kB.
fn record() -> Arc<str> {
    let value = |nth| devalue::to_document(&data::wide(nth, false)).expect("a document");
    let entries: Vec<_> = (0..data::KEYS).map(|nth| (data::wide_key(nth), value(nth))).collect();
    let mut map = MapWriter::new();
    for (key, value) in &entries {
        map.put(key, &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
    }
    Arc::clone(map.finish().expect("a record").text())
}

fn one_key(document: &Document) -> Wide {
    let mut entries = document.root().map_entries().expect("a map");
    let (_, entry) = entries.find(|(key, _)| key.as_str().as_deref() == Some(WIDE_KEY)).expect("the key");
    entry.field("data").expect("a value").decode().expect("a list")
}

fn rewrite(text: &Arc<str>, value: &Document) -> Document {
    let document = Document::parse(Arc::clone(text)).expect("a record");
    let mut map = MapWriter::new();
    for (key, entry) in document.root().map_entries().expect("a map") {
        if key.as_str().as_deref() == Some(WIDE_KEY) {
            map.put(WIDE_KEY, &[("data", Field::Node(value.root())), ("expires", Field::Undefined)]);
        } else {
            map.keep(key, entry);
        }
    }
    map.finish().expect("a record")
}
