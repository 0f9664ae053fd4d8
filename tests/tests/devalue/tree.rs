//! The vectors' tagged trees as values.

use std::collections::HashMap;

use serde_json::Value as Json;
use session_runtime::devalue::{Part, Ref, Text, Value};

/// Which side of the codec a tree is made for, and with which reducers and revivers.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) set: &'a str,
    pub(crate) writing: bool,
}

impl Setting<'_> {
    /// The tags that become custom parts on reading.
    pub(crate) fn tags(self) -> &'static [&'static str] {
        match self.set {
            "custom" | "custom_cached" | "order" | "prim" => {
                &["Foo", "Bar", "Vector", "Money", "Upper", "Null", "Fn", "Sym", "1", "z", "Outer", "Any"]
            }
            "date_ms" => &["Date"],
            "revive_builtin" => &["URL", "Date", "BigInt", "RegExp", "Set", "Map", "ArrayBuffer"],
            _ => &[],
        }
    }
}

pub(crate) fn value(tree: &Json, setting: Setting<'_>) -> Value {
    let mut builder = Builder { value: Value::new(), known: HashMap::new(), setting };
    let root = if tree["t"] == "table" { builder.table(tree) } else { builder.node(tree) };
    builder.value.set_root(root);
    builder.value
}

struct Builder<'a> {
    value: Value,
    known: HashMap<u64, Ref>,
    setting: Setting<'a>,
}

fn text(json: &Json) -> Text {
    match json["utf16"].as_array() {
        Some(units) => {
            Text::from_utf16(&units.iter().map(|unit| number(unit).try_into().unwrap()).collect::<Vec<_>>())
        }
        None => Text::from(json.as_str().unwrap()),
    }
}

fn number(json: &Json) -> u64 {
    json.as_u64().unwrap()
}

fn size(json: &Json) -> usize {
    number(json).try_into().unwrap()
}

fn string(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

impl Builder<'_> {
    /// Every node has an id, and refs may point forward.
    fn table(&mut self, tree: &Json) -> Ref {
        let nodes = tree["nodes"].as_array().unwrap();
        for node in nodes {
            let at = self.value.add(Part::Undefined);
            self.known.insert(number(&node["id"]), at);
        }
        for node in nodes {
            let part = self.part(node);
            let at = self.known[&number(&node["id"])];
            *self.value.get_mut(at).unwrap() = part;
        }
        self.known[&number(&nodes[0]["id"])]
    }

    fn node(&mut self, tree: &Json) -> Ref {
        if tree["t"] == "ref" {
            return self.known[&number(&tree["id"])];
        }
        let at = self.value.add(Part::Undefined);
        if let Some(id) = tree["id"].as_u64() {
            self.known.insert(id, at);
        }
        let part = self.part(tree);
        *self.value.get_mut(at).unwrap() = part;
        at
    }

    fn part(&mut self, tree: &Json) -> Part {
        let v = &tree["v"];
        match tree["t"].as_str().unwrap() {
            "undefined" => Part::Undefined,
            "null" => Part::Null,
            "bool" => Part::Bool(v.as_bool().unwrap()),
            "number" => Part::Number(v.as_str().unwrap().parse().unwrap()),
            "string" if v.is_null() => Part::String(text(tree)),
            "string" => Part::String(text(v)),
            "bigint" => Part::BigInt(string(v)),
            "date" => self.date(tree["ms"].as_i64()),
            "regexp" => Part::RegExp { source: text(&tree["source"]), flags: text(&tree["flags"]) },
            "url" if self.setting.set == "astro" && self.setting.writing => {
                let content = self.value.add(string(v));
                Part::Custom { name: "URL".to_owned(), content }
            }
            "url" => Part::Url(text(v)),
            "urlsearchparams" => Part::UrlSearchParams(text(v)),
            "temporal" => Part::Temporal { kind: string(&tree["kind"]), text: text(v) },
            "arraybuffer" => Part::ArrayBuffer(hex(tree["hex"].as_str().unwrap())),
            "boxed" => Part::Boxed(self.node(v)),
            "custom" => {
                let content = self.node(v);
                Part::Custom { name: string(&tree["name"]), content }
            }
            _ => self.container(tree),
        }
    }

    fn container(&mut self, tree: &Json) -> Part {
        match tree["t"].as_str().unwrap() {
            "array" if tree["items"].is_array() => {
                let items = tree["items"].as_array().unwrap();
                Part::Array(items.iter().map(|item| (item["t"] != "hole").then(|| self.node(item))).collect())
            }
            "array" => {
                let entries = tree["entries"].as_array().unwrap();
                let entry = |entry: &Json| (number(&entry[0]).try_into().unwrap(), self.node(&entry[1]));
                let items = entries.iter().map(entry).collect();
                Part::Sparse { length: number(&tree["length"]).try_into().unwrap(), items }
            }
            "object" => Part::Object(self.members(tree)),
            "null_object" => Part::NullObject(self.members(tree)),
            "map" => {
                let entries = tree["entries"].as_array().unwrap();
                Part::map(entries.iter().map(|entry| (self.node(&entry[0]), self.node(&entry[1]))))
            }
            "set" => Part::set(tree["items"].as_array().unwrap().iter().map(|item| self.node(item))),
            "view" => {
                let buffer = self.node(&tree["buffer"]);
                let (offset, length) = (size(&tree["byteOffset"]), size(&tree["byteLength"]));
                Part::View { kind: string(&tree["kind"]), buffer, offset, length }
            }
            other => panic!("a node {other}"),
        }
    }

    fn members(&mut self, tree: &Json) -> Vec<(Text, Ref)> {
        let entries = tree["entries"].as_array().unwrap();
        entries.iter().map(|entry| (text(&entry[0]), self.node(&entry[1]))).collect()
    }

    /// With the set `date_ms`, dates go through a reducer unless it declines.
    fn date(&mut self, ms: Option<i64>) -> Part {
        let own = self.setting.set == "date_ms";
        let content = match ms {
            Some(ms) if own && ms != 0 => {
                self.value.add(i32::try_from(ms / 1000).map(|s| f64::from(s) * 1000.0).unwrap())
            }
            ms if own && !self.setting.writing => {
                self.value.add(if ms.is_some() { "1970-01-01T00:00:00.000Z" } else { "" })
            }
            ms => return Part::Date(ms),
        };
        Part::Custom { name: "Date".to_owned(), content }
    }
}
