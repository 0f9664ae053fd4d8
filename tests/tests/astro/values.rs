//! Every data type, typed on the Rust side: Astro writes and Rust reads, Rust writes and Astro reads.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use session_runtime::devalue::{self, Pattern};
use session_runtime::{Error, Session, SessionData};
use session_tests::astro::{Driver, Op};

use crate::drivers::on_every_driver;

on_every_driver! {
    astro_writes_and_rust_reads
    rust_writes_and_astro_reads
    a_value_of_another_type_is_told
    undefined_is_an_absent_value
}

/// One line is one key: its type in Rust and how that is stored, the value in JavaScript, and the same in Rust.
macro_rules! types {
    ($($key:ident: $type:ty $(, as $marker:literal)?; $js:literal, $rust:expr;)*) => {
        #[derive(SessionData)]
        struct Types {
            $($(#[session(as = $marker)])? $key: $type,)*
        }

        const JS: &[(&str, &str)] = &[$((stringify!($key), $js)),*];

        async fn write(session: Session<Types>) -> Result<(), Error> {
            $(session.$key().set($rust)?;)*
            Ok(())
        }

        /// The keys whose values are not as above.
        async fn wrong(session: Session<Types>) -> Result<String, Error> {
            let mut wrong = Vec::new();
            $(if session.$key().get()? != Some($rust) {
                wrong.push(stringify!($key));
            })*
            Ok(wrong.join(" "))
        }
    };
}

types! {
    text: String; r"'tea \u{1f375} & </script> \u2028'", "tea \u{1f375} & </script> \u{2028}".to_owned();
    letter: char; "'é'", 'é';
    truth: bool; "true", true;
    integer: i32; "-7", -7;
    exact: u64; "2**53 - 1", (1 << 53) - 1;
    beyond: u64; "2n**64n - 1n", u64::MAX;
    fraction: f64; "0.1", 0.1;
    numbers: Numbers; "[NaN, Infinity, -Infinity, -0, 0, 1e21, 5e-324, 1/3]",
        Numbers(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, 1e21, 5e-324, 1.0 / 3.0]);
    nothing: Option<u8>; "null", None;
    absent: Maybe; "({ here: 1, gone: undefined })", Maybe { here: Some(1), gone: None };
    big: i128, as "devalue::BigInt"; "-5n", -5;
    date: SystemTime, as "devalue::Date"; "new Date(1767323045006)",
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_323_045_006);
    before: jiff::Timestamp, as "devalue::Date"; "new Date(-1)", jiff::Timestamp::from_millisecond(-1).unwrap();
    list: Vec<Option<u8>>; "[1, null, 3]", vec![Some(1), None, Some(3)];
    pair: (u8, String); "[1, 'one']", (1, "one".to_owned());
    object: BTreeMap<u32, String>; "({ 1: 'one', 22: 'two' })", numbered();
    map: BTreeMap<u32, String>, as "devalue::Map"; "new Map([[1, 'one'], [22, 'two']])", numbered();
    set: BTreeSet<String>, as "devalue::Set"; "new Set(['a', 'b'])",
        BTreeSet::from(["a".to_owned(), "b".to_owned()]);
    url: String, as "devalue::Url"; "new URL('https://example.com/a?b=<c>#d')",
        "https://example.com/a?b=%3Cc%3E#d".to_owned();
    pattern: Pattern, as "devalue::RegExp"; r"/a+\/b/gi",
        Pattern { source: r"a+\/b".to_owned(), flags: "gi".to_owned() };
    bytes: Vec<u8>, as "devalue::Bytes"; "new Uint8Array([0, 1, 255])", vec![0, 1, 255];
    small: Size; "'small'", Size::Small;
    custom: Size; "({ custom: { width: 3, height: 4.5 } })", Size::Custom { width: 3, height: 4.5 };
    user: User; "({ name: 'Ada', born: new Date(0), tags: new Set(['a']), boss: { name: 'Eve', born: new Date(1),
        tags: new Set(), boss: null } })", ada();
}

/// Equal if they are the same number: `NaN` is itself, and `-0` is not `0`.
#[derive(Serialize, Deserialize)]
struct Numbers(Vec<f64>);

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|number| number.to_bits()).eq(other.0.iter().map(|number| number.to_bits()))
    }
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    Custom { width: u32, height: f64 },
}

#[derive(Serialize, Deserialize, PartialEq)]
struct Maybe {
    here: Option<u8>,
    #[serde(with = "devalue::Undefined")]
    gone: Option<u8>,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct User {
    name: String,
    #[serde(with = "devalue::Date")]
    born: SystemTime,
    #[serde(with = "devalue::Set")]
    tags: Vec<String>,
    boss: Option<Box<Self>>,
}

fn numbered() -> BTreeMap<u32, String> {
    BTreeMap::from([(1, "one".to_owned()), (22, "two".to_owned())])
}

fn ada() -> User {
    let born = SystemTime::UNIX_EPOCH;
    let eve =
        User { name: "Eve".to_owned(), born: born + Duration::from_millis(1), tags: Vec::new(), boss: None };
    User { name: "Ada".to_owned(), born, tags: vec!["a".to_owned()], boss: Some(Box::new(eve)) }
}

async fn number(session: Session) -> Result<String, Error> {
    Ok(session.get::<u32>("n")?.map_or("absent".to_owned(), |number| number.to_string()))
}

fn routes() -> Router {
    Router::new().route("/wrong", get(wrong)).route("/write", post(write)).route("/number", get(number))
}

async fn astro_writes_and_rust_reads(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro(JS.iter().map(|(key, js)| Op::set(key, js))).await;
    let reply = visitor.get("/wrong").await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, ""));
}

async fn rust_writes_and_astro_reads(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    assert_eq!(visitor.post("/write").await.status, 200);
    let read = visitor.astro(JS.iter().map(|(key, _)| Op::get(key))).await;
    let expected = visitor.astro(JS.iter().map(|(_, js)| Op::eval(js))).await;
    for (nth, (key, js)) in JS.iter().enumerate() {
        assert_eq!(read.value(nth), expected.value(nth), "{key}: {js}");
    }
    // Both at once: what Astro read and writes again is still the same to Rust.
    visitor.astro([Op::set("other", "1")]).await;
    assert_eq!(visitor.get("/wrong").await.body, "");
}

async fn a_value_of_another_type_is_told(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    for (js, status) in
        [("'7'", 500), ("7.5", 500), ("-7", 500), ("new Date(7)", 500), ("7n", 200), ("7", 200)]
    {
        visitor.astro([Op::set("n", js)]).await;
        assert_eq!(visitor.get("/number").await.status, status, "{js}");
    }
}

/// Astro's `get` cannot tell the two apart either; its `has` can.
async fn undefined_is_an_absent_value(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("n", "undefined"), Op::set("m", "1")]).await;
    assert_eq!(visitor.get("/number").await.body, "absent");
    let answer = visitor.astro([Op::has("n"), Op::get("n"), Op::get("k")]).await;
    assert!(answer.get::<bool>(0));
    assert_eq!(answer.value(1), answer.value(2));
}
