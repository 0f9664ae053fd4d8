//! The generated TypeScript: taken by the compiler, left alone by the formatter.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use session_runtime::SessionData;
use session_runtime::schema::{Bless, Files};

use crate::files::Folder;
use crate::node;

/// A session that takes no other keys than those that are declared.
const STRICT_SESSION: &str = "
declare const session: {
  get<K extends keyof App.SessionData>(key: K): Promise<App.SessionData[K] | undefined>;
  set<K extends keyof App.SessionData>(key: K, value: App.SessionData[K]): void;
};
";

/// The session of a real Astro app, with the types that the package brings.
const ASTRO_SESSION: &str = "declare const session: NonNullable<import('astro').APIContext['session']>;\n";

/// What Astro's types let pass: other keys are `any`, and the type that is wanted of `get` is believed.
const ASTRO_LETS_PASS: [&str; 2] =
    [r#"session.set("flga", true);"#, r#"const wide: number | undefined = await session.get("wide");"#];

/// Uses that are right, in one file.
const RIGHT: &str = r#"
session.set("flag", true);
session.set("wide", 5);
session.set("wide", 2n ** 60n);
session.set("maybe", null);
session.set("pair", ["a", 1]);
session.set("byName", { tea: { name: "Tea", priceInCents: 300, tags: [], "in-stock": true } });
session.set("byColor", { red: 1 });
session.set("color", "dark-green");
session.set("external", "Silent");
session.set("external", { Full: { volume: 1, product: null } });
session.set("internal", { kind: "moved", from: "a", to: null });
session.set("adjacent", { type: "Named", value: { color: "red" } });
session.set("untagged", [true]);
session.set("tree", { name: "a", children: [{ name: "b", children: [] }] });
session.set("directory", { a: { b: {} } });
session.set("page", { items: [], next: { items: [], next: null } });
session.set("date", new Date());
session.set("map", new Map([[1, { name: "Tea", priceInCents: 300, tags: [], "in-stock": true, note: null }]]));
session.set("set", new Set<App.Everything.Color>(["red"]));
session.set("url", new URL("https://example.com"));
session.set("bytes", new Uint8Array([1]));
session.set("undefined", undefined);
session.set("anything", { what: ["ever"] });
session.set("auth:attempts", 3);
session.set("with-dash", 3);
session.set("record", { counts: { tea: 1 } });
const user: App.Everything.Product | undefined = (await session.get("byName"))?.["tea"];
const name: string | undefined = user?.name;
const internal = await session.get("internal");
if (internal?.kind === "moved") internal.to satisfies number | bigint | null;
"#;

/// A wrong use, and the number of TypeScript's error.
const WRONG: [(&str, u32); 36] = [
    (r#"session.set("flag", "yes");"#, 2345),
    (r#"session.set("flga", true);"#, 2345),
    (r#"session.set("small", null);"#, 2345),
    (r#"session.set("wide", "5");"#, 2345),
    (r#"session.set("letter", 5);"#, 2345),
    (r#"session.set("maybe", undefined);"#, 2345),
    (r#"session.set("list", [1, "2"]);"#, 2322),
    (r#"session.set("options", [undefined]);"#, 2322),
    (r#"session.set("pair", ["a"]);"#, 2345),
    (r#"session.set("pair", ["a", 1, 2]);"#, 2345),
    (r#"session.set("triple", [1, 2]);"#, 2345),
    (r#"session.set("byName", { tea: { name: "Tea" } });"#, 2739),
    (r#"session.set("byNumber", { 1: 1 });"#, 2322),
    (r#"session.set("byColor", { green: 1 });"#, 2353),
    (r#"session.set("color", "green");"#, 2345),
    (r#"session.set("external", "Word");"#, 2345),
    (r#"session.set("external", { Word: 1 });"#, 2322),
    (r#"session.set("external", { Full: { volume: 1 } });"#, 2741),
    (r#"session.set("internal", { kind: "gone" });"#, 2322),
    (r#"session.set("internal", { kind: "moved", from: "a" });"#, 2345),
    (r#"session.set("adjacent", { type: "Count", value: "1" });"#, 2322),
    (r#"session.set("untagged", [1]);"#, 2322),
    (r#"session.set("tree", { name: "a", children: [{ name: "b" }] });"#, 2741),
    (r#"session.set("directory", { a: 1 });"#, 2322),
    (r#"session.set("date", "2026-01-01");"#, 2345),
    (r#"session.set("date", 0);"#, 2345),
    (r#"session.set("map", {});"#, 2740),
    (r#"session.set("map", new Map([["1", 1]]));"#, 2345),
    (r#"session.set("set", ["red"]);"#, 2740),
    (r#"session.set("url", "https://example.com");"#, 2345),
    (r#"session.set("bigint", 1);"#, 2345),
    (r#"session.set("bytes", [1]);"#, 2740),
    (r#"session.set("undefined", null);"#, 2345),
    (r#"session.set("auth:product", { name: "Tea", priceInCents: 1, tags: [], "in-stock": 1 });"#, 2322),
    (r#"const wide: number | undefined = await session.get("wide");"#, 2322),
    (r#"(await session.get("color")).length;"#, 2532),
];

#[test]
fn the_compiler_takes_right_uses_and_refuses_wrong_ones() {
    let folder = Folder::new();
    assert_eq!(faults(&folder, STRICT_SESSION, &WRONG), "");
}

#[test]
fn astros_own_types_take_right_uses_and_refuse_wrong_ones() {
    let folder = Folder::new();
    symlink(session_tests::astro::packages(), folder.path().join("node_modules")).unwrap();
    let (passing, refused): (Vec<_>, Vec<_>) =
        WRONG.into_iter().partition(|(wrong, _)| ASTRO_LETS_PASS.contains(wrong));
    assert_eq!((passing.len(), refused.len()), (2, 34));
    assert_eq!(faults(&folder, ASTRO_SESSION, &refused), "");
}

/// What `tsc` says under `strict` that it should not, and what it should and does not.
fn faults(folder: &Folder, session: &str, wrong: &[(&str, u32)]) -> String {
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/schema/everything.d.ts");
    fs::copy(data, folder.path().join("everything.d.ts")).unwrap();
    write("session.d.ts", session);
    write("right.ts", &format!("export {{}};\n{RIGHT}"));
    for (at, (wrong, _)) in wrong.iter().enumerate() {
        write(&format!("wrong_{at}.ts"), &format!("export {{}};\n{wrong}\n"));
    }
    let options = json!({
        "compilerOptions": {
            "strict": true, "noEmit": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
            "types": [], "lib": ["es2022", "dom"],
            // The declarations of Astro's many packages are not ours to check; the other test looks at our own.
            "skipLibCheck": session == ASTRO_SESSION,
        },
    });
    write("tsconfig.json", &options.to_string());
    let output = node::run("tsc", &["--pretty", "false", "-p", folder.path().to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.trim().is_empty(), "tsc said nothing: {}", String::from_utf8_lossy(&output.stderr));
    let found = |file: &str| -> Vec<&str> {
        let lines = text.lines().filter(|line| !line.starts_with(' '));
        lines.filter(|line| line.contains(&format!("{file}("))).collect()
    };
    let mut faults = String::new();
    for name in ["right.ts", "everything.d.ts", "session.d.ts"] {
        found(name).iter().for_each(|line| writeln!(faults, "{line}").unwrap());
    }
    for (at, (wrong, number)) in wrong.iter().enumerate() {
        match found(&format!("wrong_{at}.ts"))[..] {
            [line] if line.contains(&format!("error TS{number}:")) => {}
            ref lines => writeln!(faults, "{wrong}\n  expected TS{number}, found {lines:?}").unwrap(),
        }
    }
    faults
}

thread_local! {
    static SCHEMA: RefCell<(Value, Vec<(String, Value)>)> = const { RefCell::new((Value::Bool(true), Vec::new())) };
}

/// A type whose schema the test chooses.
#[derive(Serialize, Deserialize)]
struct Chosen;

impl JsonSchema for Chosen {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Chosen".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SCHEMA.with_borrow(|(schema, definitions)| {
            generator.definitions_mut().extend(definitions.iter().cloned());
            Schema::try_from(schema.clone()).unwrap()
        })
    }
}

#[derive(SessionData)]
#[session(schema)]
struct Random {
    key: Chosen,
    another_key_with_a_name_that_is_long: Chosen,
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "[a-z]{8}[A-Z][a-z]{6}", "[a-z]{2}-[a-z]{3}", "[0-9]{1,2}", "[a-z'\"\\\\]{1,4}"]
}

/// Schemas of every sort, small and large.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({ "type": "string" })),
        Just(json!({ "type": "integer", "format": "uint8" })),
        Just(json!({ "type": "integer", "format": "int64" })),
        Just(json!({ "type": "null" })),
        Just(json!({ "x-javascript": "Date" })),
        Just(json!({ "x-javascript": "Uint8Array" })),
        Just(json!({ "x-javascript": "undefined" })),
        Just(json!({ "$ref": "#/$defs/First" })),
        Just(json!({ "$ref": "#/$defs/TheSecondOfTheDefinitions" })),
        prop::collection::vec(name(), 1..9).prop_map(|names| json!({ "enum": names })),
        Just(json!(true)),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            inner.clone().prop_map(|items| json!({ "type": "array", "items": items })),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| json!({ "type": "array", "prefixItems": items })),
            inner.clone().prop_map(|items| json!({ "x-javascript": "Set", "items": items })),
            (inner.clone(), inner.clone()).prop_map(|pair| json!({ "x-javascript": "Map", "items": { "type": "array", "prefixItems": [pair.0, pair.1] } })),
            inner.clone().prop_map(|value| json!({ "type": "object", "additionalProperties": value })),
            inner.clone().prop_map(|value| json!({ "anyOf": [value, { "type": "null" }] })),
            prop::collection::vec(inner.clone(), 2..6).prop_map(|values| json!({ "anyOf": values })),
            prop::collection::btree_map(name(), inner, 1..5).prop_map(|fields| {
                let required: Vec<&String> = fields.keys().take(2).collect();
                json!({ "type": "object", "properties": fields, "required": required })
            }),
        ]
    })
}

/// Many random types in one file: prettier changes nothing, and the compiler reads them.
#[test]
fn the_formatter_changes_nothing() {
    let folder = Folder::new();
    let mut runner = TestRunner::deterministic();
    let mut draw = || schema().new_tree(&mut runner).unwrap().current();
    for number in 0..200 {
        let definitions = [
            ("First".to_owned(), draw()),
            (
                "TheSecondOfTheDefinitions".to_owned(),
                json!({ "type": "object", "properties": { "a": draw() }, "description": "Two\n\n- lines */" }),
            ),
        ];
        SCHEMA.replace((draw(), definitions.to_vec()));
        let files = Files::of_crate(folder.path()).typescript(format!("random_{number}.ts"));
        files.bless(Bless::Compatible).check::<Random>().unwrap();
    }
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/schema");
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop/session.d.ts");
    let folders = [folder.path(), &data, &shop].map(|path| path.to_str().unwrap().to_owned());
    let output = node::run(
        "prettier",
        &[
            "--no-config",
            "--list-different",
            "--no-error-on-unmatched-pattern",
            &folders[0],
            &format!("{}/*.ts", folders[1]),
            &folders[2],
        ],
    );
    let different = String::from_utf8_lossy(&output.stdout).into_owned();
    let first = different.lines().next().unwrap_or_default();
    let text = fs::read_to_string(first).unwrap_or_default();
    let better = node::run("prettier", &["--no-config", first]).stdout;
    assert!(
        output.status.success(),
        "{different}\n{}\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr),
        String::from_utf8_lossy(&better)
    );
}
