//! The types that a page of Astro gets from a Rust struct: checked by `astro check` under `strictest`, and true when the page runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session_runtime::{Error, Session, SessionData};
use session_tests::astro::{self, Driver};

use crate::drivers::{folder, on_every_driver};

on_every_driver! {
    a_page_goes_on_with_what_rust_has_written
}

/// A visit that `astro/src/pages/visit.astro` shows and continues.
#[derive(SessionData)]
#[session(rename_all = "camelCase", typescript = "astro/src/session.d.ts")]
struct Visit {
    customer: Customer,
    #[session(default)]
    cart: Vec<Line>,
    step: Step,
    #[session(as = "session_runtime::devalue::Date")]
    begun: Timestamp,
    #[session(as = "session_runtime::devalue::BigInt")]
    balance: i128,
    #[session(default, as = "session_runtime::devalue::Map")]
    prices: BTreeMap<u32, f64>,
    #[session(default, as = "session_runtime::devalue::Set")]
    looked_at: BTreeSet<String>,
    /// Where the visitor came from.
    #[session(as = "session_runtime::devalue::Url")]
    from: String,
    #[session(as = "session_runtime::devalue::Bytes")]
    seal: Vec<u8>,
    /// More than 2^53 are a bigint.
    clicks: u64,
}

/// Who is signed in.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Customer {
    name: String,
    email: Option<String>,
    /// The languages they read, once they have said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    languages: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Line {
    product: String,
    count: u32,
    note: Option<String>,
}

/// How far the visit has come.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "at", rename_all = "camelCase")]
enum Step {
    Looking,
    Paying { amount: u32 },
    Done { order: u32 },
}

const CLICKS: u64 = (1 << 53) - 1;

async fn begin(session: Session<Visit>) -> Result<(), Error> {
    let customer =
        Customer { name: "Ada".into(), email: Some("ADA@example.com".into()), languages: Vec::new() };
    session.customer().set(customer)?;
    session.cart().set(vec![Line { product: "tea".into(), count: 1, note: Some("loose".into()) }])?;
    session.step().set(Step::Paying { amount: 41 })?;
    session.begun().set(Timestamp::from_second(1_700_000_000).unwrap())?;
    session.balance().set(1 << 80)?;
    session.prices().set([(1, 2.25)].into())?;
    session.looked_at().set(["tea".to_owned()].into())?;
    session.from().set("https://example.com/a".to_owned())?;
    session.seal().set(vec![0, 1, 254])?;
    session.clicks().set(CLICKS)
}

/// What there is after the page, in words that a test compares.
async fn after(session: Session<Visit>) -> Result<Json<Vec<String>>, Error> {
    Ok(Json(vec![
        format!("{:?}", session.customer().get()?),
        format!("{:?}", session.cart().get()?),
        format!("{:?}", session.step().get()?),
        format!("{:?}", session.begun().get()?),
        format!("{:?}", session.balance().get()?),
        format!("{:?}", session.prices().get()?),
        format!("{:?}", session.looked_at().get()?),
        format!("{:?}", session.from().get()?),
        format!("{:?}", session.seal().get()?),
        format!("{:?}", session.clicks().get()?),
    ]))
}

async fn a_page_goes_on_with_what_rust_has_written(driver: &Driver) {
    let pair = driver.serve(Router::new().route("/begin", post(begin)).route("/after", get(after))).await;
    let mut visitor = pair.visitor();
    assert_eq!(visitor.post("/begin").await.status, 200);
    let page = visitor.page("/visit").await.body;
    for shown in [
        "<h1>Ada, ada@example.com</h1>",
        "<li>1 TEA: loose</li>",
        "<p>2.25</p>",
        "<p>41 since 2023-11-14T22:13:20.000Z from example.com, 9007199254740991 clicks</p>",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    let found: Vec<String> = serde_json::from_str(&visitor.get("/after").await.body).unwrap();
    let expected = [
        r#"Some(Customer { name: "Ada", email: None, languages: ["en"] })"#,
        r#"[Line { product: "tea", count: 1, note: Some("loose") }, Line { product: "milk", count: 2, note: None }]"#,
        "Some(Done { order: 42 })",
        "Some(2023-11-14T22:14:20Z)",
        "Some(2417851639229258349412352)",
        "{1: 2.25, 7: 1.5}",
        r#"{"milk", "tea"}"#,
        r#"Some("https://example.com/tea?from=astro")"#,
        "Some([255, 254, 1])",
        "Some(9007199254740992)",
    ];
    assert_eq!(found, expected);
}

/// What a page gets wrong in its frontmatter, where `session` is Astro's, or in its template, and TypeScript's number for it.
const WRONG: [(Place, &str, u32); 26] = [
    (Frontmatter, "session.set('customer', 'Ada');", 2345),
    (Frontmatter, "session.set('customer', { name: 'Ada' });", 2345),
    (Frontmatter, "session.set('customer', { name: 'Ada', email: undefined });", 2322),
    (Frontmatter, "session.set('customer', { name: 'Ada', email: null, languages: undefined });", 2379),
    (Frontmatter, "session.set('customer', { name: 'Ada', email: null, age: 36 });", 2353),
    (Frontmatter, "session.set('cart', [{ product: 'tea', count: '1', note: null }]);", 2322),
    (Frontmatter, "session.set('cart', null);", 2345),
    (Frontmatter, "session.set('step', { at: 'lost' });", 2322),
    (Frontmatter, "session.set('step', { at: 'paying' });", 2345),
    (Frontmatter, "session.set('step', { at: 'done', order: 1n });", 2322),
    (Frontmatter, "session.set('begun', Date.now());", 2345),
    (Frontmatter, "session.set('begun', '2026-01-01');", 2345),
    (Frontmatter, "session.set('balance', 5);", 2345),
    (Frontmatter, "session.set('prices', { 1: 2.25 });", 2353),
    (Frontmatter, "session.set('prices', new Map([['1', 2.25]]));", 2345),
    (Frontmatter, "session.set('lookedAt', ['tea']);", 2345),
    (Frontmatter, "session.set('from', 'https://example.com');", 2345),
    (Frontmatter, "session.set('seal', [1, 2]);", 2345),
    (Frontmatter, "session.set('clicks', '5');", 2345),
    (Frontmatter, "((await session.get('clicks')) ?? 0) + 1n;", 2365),
    (Frontmatter, "(await session.get('cart')).length;", 2532),
    (Frontmatter, "const [first] = (await session.get('cart')) ?? []; first.count;", 18048),
    (Template, "<p>{customer?.nmae}</p>", 2339),
    (Template, "<p>{customer?.email.length}</p>", 18047),
    (Template, "<Receipt cart={[]} />", 2322),
    (Template, "<Receipt cart={[]} prices={new Set([1])} />", 2739),
];

use Place::{Frontmatter, Template};

enum Place {
    Frontmatter,
    Template,
}

impl Place {
    /// A page of the app that is right but for this.
    fn page(&self, wrong: &str) -> String {
        let (frontmatter, template) = match self {
            Frontmatter => (wrong, ""),
            Template => ("", wrong),
        };
        format!(
            "---\nimport Receipt from '../components/Receipt.astro';\n\nconst session = Astro.session!;\n\
             const customer = await session.get('customer');\n{frontmatter}\n---\n\n\
             <Receipt cart={{[]}} prices={{new Map()}} />\n<p>{{customer?.name}}</p>\n{template}\n"
        )
    }
}

#[test]
fn the_checker_takes_the_apps_pages_and_refuses_wrong_uses() {
    let app = copied_app();
    fs::write(app.join("src/pages/right.astro"), Frontmatter.page("")).unwrap();
    for (number, (place, wrong, _)) in WRONG.iter().enumerate() {
        fs::write(app.join(format!("src/pages/wrong_{number}.astro")), place.page(wrong)).unwrap();
    }
    let mut found = astro::check(&app);
    let mut faults = String::new();
    for (number, (_, wrong, code)) in WRONG.iter().enumerate() {
        let here: Vec<_> = found
            .extract_if(.., |line| line.starts_with(&format!("src/pages/wrong_{number}.astro:")))
            .collect();
        match &here[..] {
            [line] if line.contains(&format!(" ts({code}): ")) => {}
            lines => writeln!(faults, "{wrong}\n  expected ts({code}), found {lines:?}").unwrap(),
        }
    }
    assert!(faults.is_empty() && found.is_empty(), "{faults}{found:#?}");
}

#[test]
fn the_checker_takes_the_pages_of_the_example() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astro-shop/front");
    assert_eq!(astro::check(&shop), [] as [&str; 0]);
}

/// What of the tests' app the checker reads, in a folder of its own.
fn copied_app() -> std::path::PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("astro");
    let to = folder("types");
    let _ = fs::remove_dir_all(&to);
    for file in ["package.json", "astro.config.mjs", "tsconfig.json", "start.mjs"] {
        copy(&from.join(file), &to.join(file));
    }
    copy(&from.join("src"), &to.join("src"));
    to
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
