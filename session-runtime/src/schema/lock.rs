//! The lock: a file with the stored form of a struct's keys, as it was when somebody last agreed to it.
//!
//! Two directions count. *Backward*: today's code reads what is stored. *Forward*: while a release is rolled out, processes of
//! the old one read what the new one writes. Each is a comparison of what one side writes with what the other reads, so
//! both are kept.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

use super::Bless;
use super::compare::{Finding, Severity, Typed, compare};
use super::document::Document;
use super::files::Update;
use super::markers::{Unwrap, forget_absence};
use super::shape::{Definitions, Shape, aliases, definitions};

/// The layout of the file.
const FORMAT: u64 = 1;

/// The stored form of one key: a schema of what is written, and of what is read where that is another.
#[derive(Debug, Clone, PartialEq)]
struct Locked {
    version: u32,
    writes: Value,
    reads: Option<Value>,
}

/// The file with the struct's present form.
pub(super) fn update(
    file: &str,
    name: &str,
    written: &Document,
    read: &Document,
    bless: Bless,
) -> Result<Update, String> {
    let mut root = parse(file)?;
    let new = keys(written, read);
    let old = root["structs"].get(name).map(of_json).transpose()?;
    if old.as_ref() == Some(&new) {
        return Ok(Update { text: file.to_owned(), note: String::new() });
    }
    let changes = old.map(|old| changes(&old, &new)).unwrap_or_default();
    let broken = changes.iter().any(Change::breaks);
    let note = report(name, &changes, broken);
    if broken && bless != Bless::Breaking {
        return Err(note);
    }
    let keys: Map<String, Value> = new.into_iter().map(|(name, key)| (name, key.to_json())).collect();
    root["structs"][name] = keys.into();
    root.sort_all_objects();
    let text = serde_json::to_string_pretty(&root).map_err(|cause| cause.to_string())?;
    Ok(Update { text: text + "\n", note })
}

/// What the struct itself writes and cannot read.
pub(super) fn unreadable(name: &str, written: &Document, read: &Document) -> Option<String> {
    let mut text = String::new();
    for (key, locked) in keys(written, read) {
        let found = locked.reads.as_ref().map(|reads| directed(&locked.writes, reads)).unwrap_or_default();
        for finding in found.iter().filter(|finding| finding.severity == Severity::Breaking) {
            text.push_str(&format!("\n  {key}{}: {}", finding.path, finding.reason));
        }
    }
    let help = "make serde's attributes agree: `rename`, `skip_serializing`, `default`, `into` and `from`";
    (!text.is_empty()).then(|| format!("`{name}` writes values that it cannot read back:{text}\n  {help}"))
}

fn parse(file: &str) -> Result<Value, String> {
    if file.trim().is_empty() {
        return Ok(json!({ "format": FORMAT, "structs": {} }));
    }
    let root: Value = serde_json::from_str(file).map_err(|cause| format!("this is no lock: {cause}"))?;
    match (root["format"].as_u64(), &root["structs"]) {
        (Some(FORMAT), Value::Object(_)) => Ok(root),
        (Some(other), _) if other > FORMAT => {
            Err("this lock was written by a newer version of session-runtime".to_owned())
        }
        _ => Err("this is no lock: `format` or `structs` is missing".to_owned()),
    }
}

/// The keys in the order of their names.
type Keys = Vec<(String, Locked)>;

fn keys(written: &Document, read: &Document) -> Keys {
    let pairs = written.keys.iter().zip(&read.keys);
    let mut keys: Keys = pairs
        .map(|(writes, reads)| {
            let (name, version) = (writes.info.name().to_owned(), writes.info.version());
            let writes = self_contained(&writes.schema, &written.definitions);
            let mut reads = self_contained(&reads.schema, &read.definitions);
            if let Ok(schema) = (&mut reads).try_into() {
                OtherNames.transform(schema);
            }
            let reads = (reads != writes).then_some(reads);
            (name, Locked { version, writes, reads })
        })
        .collect();
    keys.sort_by(|left, right| left.0.cmp(&right.0));
    keys
}

/// A schema with the definitions it refers to, without anything that only people read.
fn self_contained(schema: &Value, definitions: &Map<String, Value>) -> Value {
    let mut used: Vec<String> = Vec::new();
    references(schema, &mut used);
    let mut next = 0;
    while let Some(name) = used.get(next).cloned() {
        if let Some(definition) = definitions.get(&name) {
            references(definition, &mut used);
        }
        next += 1;
    }
    let mut schema = schema.clone();
    if !used.is_empty() {
        let used = used.into_iter().filter_map(|name| Some((name.clone(), definitions.get(&name)?.clone())));
        let used: Map<String, Value> = used.collect();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("$defs".to_owned(), used.into());
        }
    }
    if let Ok(schema) = <&mut Schema>::try_from(&mut schema) {
        Unwrap.transform(schema);
        Bare.transform(schema);
    }
    schema.sort_all_objects();
    schema
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            for (keyword, value) in object {
                match value.as_str().filter(|_| keyword == "$ref").and_then(|name| name.rsplit('/').next()) {
                    Some(name) if !found.iter().any(|other| other == name) => found.push(name.to_owned()),
                    Some(_) => {}
                    None => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

/// Takes out what says nothing about values.
#[derive(Debug, Clone)]
pub(super) struct Bare;

impl Transform for Bare {
    fn transform(&mut self, schema: &mut Schema) {
        for name in ["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"] {
            schema.remove(name);
        }
        forget_absence(schema);
        // A list of required fields has no order.
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.sort_by_key(ToString::to_string);
        }
        transform_subschemas(self, schema);
    }
}

/// Makes of the other names of an enum's variant, told by `x-alias`, more values that are read.
#[derive(Debug, Clone)]
struct OtherNames;

impl Transform for OtherNames {
    fn transform(&mut self, schema: &mut Schema) {
        let names = aliases(schema.as_value());
        if !names.is_empty()
            && let Some(name) = schema.remove("const")
        {
            let names: Vec<Value> = std::iter::once(name).chain(names.into_iter().map(Value::from)).collect();
            schema.insert("enum".to_owned(), names.into());
        }
        transform_subschemas(self, schema);
    }
}

impl Locked {
    fn to_json(&self) -> Value {
        let mut json = json!({ "version": self.version, "writes": self.writes });
        if let Some(reads) = &self.reads {
            json["reads"] = reads.clone();
        }
        json
    }

    fn reads(&self) -> &Value {
        self.reads.as_ref().unwrap_or(&self.writes)
    }
}

fn of_json(keys: &Value) -> Result<Keys, String> {
    let keys = keys.as_object().ok_or("this is no lock: a struct is no object")?;
    let key = |(name, key): (&String, &Value)| {
        let (Some(version), Some(writes)) = (key["version"].as_u64(), key.get("writes")) else {
            return Err(format!("this is no lock: the key `{name}` has no `version` or no `writes`"));
        };
        let version = u32::try_from(version).map_err(|_| format!("the version of `{name}` is too large"))?;
        let locked = Locked { version, writes: writes.clone(), reads: key.get("reads").cloned() };
        Ok((name.clone(), locked))
    };
    let mut keys: Keys = keys.iter().map(key).collect::<Result<_, _>>()?;
    keys.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(keys)
}

/// What became of one key.
#[derive(Debug)]
struct Change {
    key: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Added,
    /// With the key that seems to be the same under another name.
    Removed(Option<String>),
    /// From one version to a later or an earlier one.
    Versioned(u32, u32),
    Changed {
        backward: Vec<Finding>,
        forward: Vec<Finding>,
    },
}

impl Change {
    fn breaks(&self) -> bool {
        match &self.kind {
            Kind::Added => false,
            Kind::Removed(_) => true,
            Kind::Versioned(old, new) => old > new,
            Kind::Changed { backward, forward } => is_broken(backward) || is_broken(forward),
        }
    }
}

fn is_broken(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Breaking)
}

fn changes(old: &Keys, new: &Keys) -> Vec<Change> {
    let get =
        |keys: &Keys, name: &str| keys.iter().find(|(other, _)| other == name).map(|(_, key)| key.clone());
    let mut changes = Vec::new();
    for (name, locked) in old {
        let kind = match get(new, name) {
            None => {
                let moved = new.iter().find(|(other, key)| key == locked && get(old, other).is_none());
                Kind::Removed(moved.map(|(name, _)| name.clone()))
            }
            Some(key) if key == *locked => continue,
            Some(key) if key.version != locked.version => Kind::Versioned(locked.version, key.version),
            Some(key) => Kind::Changed {
                backward: directed(&locked.writes, key.reads()),
                forward: directed(&key.writes, locked.reads()),
            },
        };
        changes.push(Change { key: name.clone(), kind });
    }
    for (name, _) in new.iter().filter(|(name, _)| get(old, name).is_none()) {
        changes.push(Change { key: name.clone(), kind: Kind::Added });
    }
    changes
}

fn directed(written: &Value, read: &Value) -> Vec<Finding> {
    let typed = |schema: &Value| -> (Shape, Definitions) {
        let defined = schema.get("$defs").and_then(Value::as_object).map(definitions).unwrap_or_default();
        (Shape::parse(schema), defined)
    };
    let (written, read) = (typed(written), typed(read));
    let mut findings = compare(
        &Typed { shape: &written.0, definitions: &written.1 },
        &Typed { shape: &read.0, definitions: &read.1 },
    );
    findings.dedup();
    findings
}

const NEXT_STEPS: &str = "what can be done:
  - keep the old form readable: `#[serde(default)]` on a new field; on a renamed one `#[serde(alias = \"…\")]` and
    `#[schemars(extend(\"x-alias\" = \"…\"))]`; the old variant or the wider type beside the new one
  - give the new form a key of its own (`#[session(rename = \"…\")]`) and read the old one while it lives
  - give the key another version and migrate from the old one: `#[session(version = 2, migrate(1 = \"…\"))]`
  - let stored values of the old form count as absent: `#[session(version = 2, on_mismatch = \"absent\")]`
  - accept that stored values of the old form cannot be read: SESSION_BLESS=breaking cargo test";

const TWO_STEPS: &str = "  - where only forward breaks, deploy in two steps: first a release that reads both forms and writes the old one, then,
    when no older process runs, the release that writes the new one";

/// The changes in words.
fn report(name: &str, changes: &[Change], broken: bool) -> String {
    let mut text = match (changes.is_empty(), broken) {
        (true, _) => return String::new(),
        (_, true) => format!("the stored form of `{name}` changes in a way that breaks\n"),
        (_, false) => format!("the stored form of `{name}` changes; nothing breaks\n"),
    };
    for Change { key, kind } in changes {
        text.push_str(&match kind {
            Kind::Added => format!("key `{key}`: new\n"),
            Kind::Removed(None) => format!("key `{key}`: removed; what is stored there is not read any more\n"),
            Kind::Removed(Some(other)) => format!(
                "key `{key}`: removed; what is stored there is not read any more. If it is now called `{other}`, \
                 `#[session(rename = \"{key}\")]` on that field keeps the key\n"
            ),
            Kind::Versioned(old, new) if old < new => format!(
                "key `{key}`: version {old} becomes {new}; what is stored is migrated, and processes of the old release \
                 leave values of version {new} as they are\n"
            ),
            Kind::Versioned(old, new) => format!(
                "key `{key}`: version {old} becomes {new}; values of version {old} are stored, and would be left as they are\n"
            ),
            Kind::Changed { backward, forward } => {
                let backward = direction("backward", "today's code reads what is stored", key, backward);
                let forward = direction("forward", "processes of the old release read what the new one writes", key, forward);
                format!("key `{key}`:\n{backward}{forward}")
            }
        });
    }
    if broken {
        text.push_str(NEXT_STEPS);
        let only_forward = |change: &Change| match &change.kind {
            Kind::Changed { backward, forward } => is_broken(forward) && !is_broken(backward),
            _ => false,
        };
        if changes.iter().any(only_forward) {
            text.push('\n');
            text.push_str(TWO_STEPS);
        }
    }
    text
}

fn direction(word: &str, meaning: &str, key: &str, findings: &[Finding]) -> String {
    let verdict = match findings.iter().map(|finding| finding.severity).max() {
        None => "compatible",
        Some(Severity::Lossy) => "readable, with losses",
        Some(Severity::Breaking) => "BREAKS",
    };
    let mut text = format!("  {word} ({meaning}): {verdict}\n");
    for Finding { path, reason, hint, .. } in findings {
        text.push_str(&format!("    {key}{path}: {reason}\n"));
        // The old release is as it is.
        if let Some(hint) = hint.as_ref().filter(|_| word == "backward") {
            text.push_str(&format!("      {hint}\n"));
        }
    }
    text
}
