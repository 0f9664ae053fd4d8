//! What Rust writes is what the schema says: random values of every type, checked by a JavaScript validator.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde_json::{Value, json};
use session_runtime::devalue::{self, BigInt, Bytes, Date, Map, Pattern, RegExp, Set, Undefined, Url};
use session_runtime::schema::SessionSchema;

use crate::everything::{
    Adjacent, Color, Directory, Empty, Everything, External, Flattened, Id, Internal, Marked, Page, Product,
    Record, Tree, Unit, Untagged,
};
use crate::files::Folder;
use crate::node;

/// Values per key.
const ROUNDS: usize = 25;

#[derive(Default)]
struct Rows {
    runner: TestRunner,
    rows: Vec<Value>,
}

impl Rows {
    fn add<T: Serialize + std::fmt::Debug>(&mut self, key: &str, values: impl Strategy<Value = T>) {
        for _ in 0..ROUNDS {
            let value = values.new_tree(&mut self.runner).unwrap().current();
            let text = devalue::to_string(&value).unwrap();
            self.rows.push(json!({ "key": key, "text": text, "valid": true }));
        }
    }

    fn refused(&mut self, key: &str, text: &str) {
        self.rows.push(json!({ "key": key, "text": text, "valid": false }));
    }
}

fn product() -> impl Strategy<Value = Product> + Clone {
    let fields =
        (any::<String>(), any::<u32>(), any::<Option<String>>(), any::<Vec<String>>(), any::<bool>());
    fields.prop_map(|(name, price_in_cents, note, tags, in_stock)| Product {
        name,
        price_in_cents,
        note,
        tags,
        in_stock,
    })
}

fn color() -> impl Strategy<Value = Color> + Clone {
    prop_oneof![Just(Color::Red), Just(Color::DarkGreen), Just(Color::Blue)]
}

fn internal() -> impl Strategy<Value = Internal> + Clone {
    prop_oneof![
        Just(Internal::Nothing),
        product().prop_map(Internal::Product),
        (any::<String>(), any::<Option<u64>>()).prop_map(|(from, to)| Internal::Moved { from, to }),
    ]
}

fn time() -> impl Strategy<Value = SystemTime> + Clone {
    any::<u32>().prop_map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into()))
}

fn pattern() -> impl Strategy<Value = Pattern> + Clone {
    "[a-z]{1,5}".prop_map(|source| Pattern { source, flags: "gi".to_owned() })
}

fn url() -> impl Strategy<Value = String> + Clone {
    "https://[a-z]{1,9}\\.example/[a-z0-9]{0,9}"
}

fn map_of<K, V>(
    keys: impl Strategy<Value = K>,
    values: impl Strategy<Value = V>,
) -> impl Strategy<Value = BTreeMap<K, V>>
where
    K: Ord + std::fmt::Debug,
    V: std::fmt::Debug,
{
    prop::collection::btree_map(keys, values, 0..4)
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = any::<String>().prop_map(|name| Tree { name, children: Vec::new() });
    leaf.prop_recursive(3, 12, 3, |inner| {
        (any::<String>(), prop::collection::vec(inner, 0..3))
            .prop_map(|(name, children)| Tree { name, children })
    })
}

fn directory() -> impl Strategy<Value = Directory> {
    let leaf = Just(Directory(BTreeMap::new()));
    leaf.prop_recursive(3, 12, 3, |inner| map_of("[a-z]{1,3}", inner).prop_map(Directory))
}

fn page<T: std::fmt::Debug + Clone>(
    items: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Page<T>> {
    let page = prop::collection::vec(items, 0..3).prop_map(|items| Page { items, next: None });
    (page.clone(), prop::option::of(page)).prop_map(|(page, next)| Page { next: next.map(Box::new), ..page })
}

fn marked() -> impl Strategy<Value = Marked> {
    let first = (
        time(),
        prop::collection::vec(time(), 0..3),
        prop::option::of(time()),
        map_of(color(), any::<Option<u64>>()),
    );
    let second = (
        prop::collection::vec((any::<u8>(), any::<BTreeSet<u8>>()), 0..3),
        prop::collection::vec(product(), 0..2),
        url(),
    );
    let maybe = (any::<Option<i64>>(), any::<Option<Vec<u8>>>());
    let undefined = any::<(Option<String>, Option<u8>)>();
    let third = (pattern(), any::<i128>(), maybe, any::<Vec<u8>>(), undefined);
    (first, second, third).prop_map(
        |(
            (date, dates, maybe, map),
            (pairs, set, url),
            (pattern, bigint, (maybe_bigint, maybe_set), bytes, (undefined, undefined_but_there)),
        )| Marked {
            date: Date(date),
            dates: dates.into_iter().map(Date).collect(),
            maybe,
            map: Map(map),
            pairs: Map(pairs.into_iter().map(|(key, set)| (key, Set(set))).collect()),
            set: Set(set),
            url: Url(url),
            pattern: RegExp(pattern),
            bigint: BigInt(bigint),
            maybe_bigint: maybe_bigint.map(BigInt),
            maybe_set: maybe_set.map(Set),
            bytes: Bytes(bytes),
            undefined: Undefined(undefined),
            undefined_but_there,
        },
    )
}

fn scalars(rows: &mut Rows) {
    rows.add("flag", any::<bool>());
    rows.add("small", any::<u8>());
    rows.add("wide", any::<u64>());
    rows.add("wide", 0..9_u64);
    rows.add("huge", any::<i128>());
    rows.add("size", any::<usize>());
    rows.add("ratio", prop::num::f64::ANY);
    rows.add("half", prop::num::f32::ANY);
    rows.add("letter", any::<char>());
    rows.add("text", any::<String>());
    rows.add("secret", any::<String>());
    rows.add("nothing", Just(()));
    rows.add("maybe", any::<Option<String>>());
    rows.add("maybeWide", any::<Option<u64>>());
    rows.add("userId", any::<u32>().prop_map(Id));
    rows.add("unit", Just(Unit));
    rows.add("spelt", any::<u8>().prop_map(|number| number.to_string()));
    rows.add("with-dash", any::<u8>());
}

fn containers(rows: &mut Rows) {
    rows.add("list", any::<Vec<u32>>());
    rows.add("options", any::<Vec<Option<u64>>>());
    rows.add("pair", any::<(String, u8)>());
    rows.add("triple", any::<[i16; 3]>());
    rows.add("key", any::<[u8; 16]>());
    rows.add("byName", map_of("[a-z]{1,3}", product()));
    rows.add("byNumber", map_of(any::<i32>(), any::<bool>()));
    rows.add("byColor", map_of(color(), any::<u8>()));
    rows.add("unique", any::<BTreeSet<String>>());
    rows.add("tree", tree());
    rows.add("directory", directory());
    rows.add("page", page(product()));
    rows.add("otherPage", page(any::<u64>()));
    rows.add("record", map_of("[a-z]{1,3}", any::<u8>()).prop_map(|counts| Record { counts }));
    rows.add("empty", Just(Empty {}));
    let json = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!([1, { "a": null }]))
    ];
    rows.add("anything", json);
    let rest = map_of("[x-z]{3}", any::<bool>().prop_map(Value::from));
    let flattened = (any::<u8>(), product(), internal(), rest);
    rows.add(
        "flattened",
        flattened.prop_map(|(own, product, kind, rest)| Flattened { own, product, kind, rest }),
    );
}

fn enums(rows: &mut Rows) {
    rows.add("color", color());
    rows.add(
        "external",
        prop_oneof![
            Just(External::Silent),
            Just(External::Loud),
            any::<String>().prop_map(External::Word),
            any::<(u8, u64)>().prop_map(|(left, right)| External::Pair(left, right)),
            (any::<f32>(), prop::option::of(product()))
                .prop_map(|(volume, product)| External::Full { volume, product }),
        ],
    );
    rows.add("internal", internal());
    rows.add(
        "adjacent",
        prop_oneof![
            Just(Adjacent::Nothing),
            any::<u32>().prop_map(Adjacent::Count),
            any::<(String, bool)>().prop_map(|(text, flag)| Adjacent::Both(text, flag)),
            color().prop_map(|color| Adjacent::Named { color }),
        ],
    );
    rows.add(
        "untagged",
        prop_oneof![
            any::<u32>().prop_map(Untagged::Number),
            any::<String>().prop_map(Untagged::Text),
            any::<Vec<bool>>().prop_map(Untagged::List),
            product().prop_map(Untagged::Product),
        ],
    );
}

fn markers(rows: &mut Rows) {
    rows.add("date", time().prop_map(Date));
    rows.add("maybeDate", prop::option::of(time()).prop_map(Date));
    rows.add("map", map_of(any::<u32>(), product()).prop_map(Map));
    rows.add("set", prop::collection::btree_set(color(), 0..3).prop_map(Set));
    rows.add("url", url().prop_map(Url));
    rows.add("pattern", pattern().prop_map(RegExp));
    rows.add("bigint", any::<u64>().prop_map(BigInt));
    rows.add("bytes", any::<Vec<u8>>().prop_map(Bytes));
    rows.add("undefined", any::<Option<u8>>().prop_map(Undefined));
    rows.add("marked", marked());
}

/// The guard is one: it refuses what is something else.
fn others(rows: &mut Rows) {
    for (key, text) in [
        ("flag", "[1]"),
        ("small", "[256]"),
        ("wide", "[1.5]"),
        ("wide", r#"["1"]"#),
        ("letter", r#"["ab"]"#),
        ("list", r#"[["Set"]]"#),
        ("pair", r#"[[1],"a"]"#),
        ("byName", r#"[["Map"]]"#),
        ("byNumber", r#"[{"a":1},true]"#),
        ("color", r#"["green"]"#),
        ("external", r#"[{"Word":1},5]"#),
        ("internal", r#"[{"kind":1},"moved"]"#),
        ("date", r#"["2026-01-01T00:00:00.000Z"]"#),
        ("maybeDate", "-1"),
        ("map", r#"[["Map",1,2],"a",{}]"#),
        ("map", "[{}]"),
        ("set", r#"[["Set",1],"green"]"#),
        ("set", r#"[[1],"red"]"#),
        ("url", r#"["https://example.com"]"#),
        ("bigint", "[1]"),
        ("bytes", "[[1],1]"),
        ("tree", r#"[{"name":1,"children":2},"a",[3],{"name":1}]"#),
        ("undefined", "[null]"),
    ] {
        rows.refused(key, text);
    }
}

#[test]
fn what_is_written_is_what_the_schema_says() {
    let mut rows = Rows { runner: TestRunner::deterministic(), rows: Vec::new() };
    scalars(&mut rows);
    containers(&mut rows);
    enums(&mut rows);
    markers(&mut rows);
    let schema = Everything::json_schema().to_value();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(rows.rows.iter().any(|row| row["key"] == **key), "no values for `{key}`");
    }
    others(&mut rows);
    let folder = Folder::new();
    let file = folder.path().join("rows.json");
    fs::write(&file, json!({ "schema": schema, "rows": rows.rows }).to_string()).unwrap();
    let output = node::run("validate.mjs", &[file.to_str().unwrap()]);
    let text = node::succeeded("validate.mjs", Ok(output));
    assert!(text.contains(&format!("{} rows, 0 failures", rows.rows.len())), "{text}");
}
