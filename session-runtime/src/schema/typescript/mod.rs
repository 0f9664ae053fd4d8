//! The TypeScript of a session: `App.SessionData`, as an Astro app declares it.
//!
//! Types with a name stand in a namespace that is called like the struct, so that those of several structs, and what the app
//! declares in `App` itself, keep apart.

mod layout;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use self::types::Types;
use super::document::Document;
use super::shape::{Definition, Definitions, Object, Rest, Shape, definitions};

/// The `declare namespace App` of a struct; `struct_docs` is its doc comment. Inside a module it must be `global`.
pub(super) fn declaration(document: &Document, name: &str, struct_docs: &str, module: bool) -> String {
    let definitions = definitions(&document.definitions);
    let keys: Vec<Shape> = document.keys.iter().map(|key| Shape::parse(&key.schema)).collect();
    let used = reachable(&keys, &definitions);
    let full = names(&used, &format!("{name}."));
    let short = names(&used, "");
    let mut out = Lines { text: String::new(), indent: 0 };
    if module {
        out.open("declare global {");
        out.open("namespace App {");
    } else {
        out.open("declare namespace App {");
    }
    out.docs(struct_docs);
    out.open("interface SessionData {");
    let types = Types { definitions: &definitions, names: &full, records: true };
    for (key, shape) in document.keys.iter().zip(&keys) {
        out.docs(key.info.docs());
        let property = types::property(key.info.name()) + ":";
        out.statement(&property, &types.annotation(shape));
    }
    out.close();
    if !used.is_empty() {
        out.blank();
        out.open(&format!("namespace {name} {{"));
        for (at, name) in used.iter().enumerate() {
            if at > 0 {
                out.blank();
            }
            let records = !contains_itself(name, &definitions);
            let types = Types { definitions: &definitions, names: &short, records };
            if let (Some(definition), Some(written)) = (definitions.get(*name), short.get(*name)) {
                definition_text(&mut out, definition, written, &types);
            }
        }
        out.close();
    }
    if module {
        out.close();
    }
    out.close();
    out.text
}

/// A type on one line, for messages.
pub(super) fn flat(shape: &Shape, definitions: &Definitions) -> String {
    let used: Vec<&str> = definitions.keys().map(String::as_str).collect();
    Types { definitions, names: &names(&used, ""), records: true }.flat(shape)
}

fn definition_text(out: &mut Lines, definition: &Definition, name: &str, types: &Types<'_>) {
    let shape = match &definition.shape {
        Shape::All(parts) => &super::merge::merge(parts, types.definitions),
        shape => shape,
    };
    match shape {
        Shape::Object(object) if is_interface(object, types) => {
            out.docs(&definition.docs);
            out.open(&format!("interface {name} {{"));
            for (docs, member) in types.members(object) {
                out.docs(docs);
                out.statement("", &member);
            }
            out.close();
        }
        shape => {
            out.docs(&with_variants(definition, types));
            out.statement(&format!("type {name} ="), &types.alias(shape));
        }
    }
}

/// A map is a `Record`, and so is what has no fields: an empty interface takes anything.
fn is_interface(object: &Object, types: &Types<'_>) -> bool {
    !object.fields.is_empty() || (matches!(object.rest, Rest::Of(..)) && !types.records)
}

/// The doc comment of a union tells those of its variants: inside the type they would not survive a formatter.
fn with_variants(definition: &Definition, types: &Types<'_>) -> String {
    let Shape::Union(variants) = &definition.shape else { return definition.docs.clone() };
    let documented = variants.iter().filter(|variant| !variant.docs.is_empty());
    let list: Vec<String> = documented
        .map(|variant| {
            let docs = variant.docs.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("- `{}`: {docs}", types.flat(&variant.shape))
        })
        .collect();
    let parts = [definition.docs.clone(), list.join("\n")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// The definitions that the keys lead to, in the order in which they are met.
fn reachable<'d>(keys: &[Shape], definitions: &'d Definitions) -> Vec<&'d str> {
    let mut found: Vec<&'d str> = Vec::new();
    let mut next = 0;
    let add = |shape: &Shape, found: &mut Vec<&'d str>| {
        each_reference(shape, definitions, &mut |name| {
            if let Some((name, _)) = definitions.get_key_value(name)
                && !found.contains(&name.as_str())
            {
                found.push(name);
            }
        });
    };
    keys.iter().for_each(|key| add(key, &mut found));
    while let Some(definition) = found.get(next).and_then(|name| definitions.get(*name)) {
        add(&definition.shape, &mut found);
        next += 1;
    }
    found
}

/// Every name that the written type mentions.
fn each_reference(shape: &Shape, definitions: &Definitions, found: &mut dyn FnMut(&str)) {
    match shape {
        Shape::Ref(name) => found(name),
        Shape::List(list) => each_reference(&list.items, definitions, found),
        Shape::Set(items) => each_reference(items, definitions, found),
        Shape::Map(pair) => {
            each_reference(&pair.0, definitions, found);
            each_reference(&pair.1, definitions, found);
        }
        Shape::Tuple(items) => items.iter().for_each(|item| each_reference(item, definitions, found)),
        Shape::Union(variants) => {
            variants.iter().for_each(|variant| each_reference(&variant.shape, definitions, found));
        }
        Shape::All(parts) => match super::merge::merge(parts, definitions) {
            Shape::All(_) => {}
            merged => each_reference(&merged, definitions, found),
        },
        Shape::Object(object) => {
            object.fields.iter().for_each(|field| each_reference(&field.shape, definitions, found));
            if let Rest::Of(value, _) = &object.rest {
                each_reference(value, definitions, found);
            }
        }
        _ => {}
    }
}

fn contains_itself(name: &str, definitions: &Definitions) -> bool {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        let Some(definition) = definitions.get(&next) else { continue };
        each_reference(&definition.shape, definitions, &mut |found| {
            if seen.insert(found.to_owned()) {
                open.push(found.to_owned());
            }
        });
    }
    seen.contains(name)
}

/// What already means something where a definition is used.
const TAKEN: [&str; 19] = [
    "Date",
    "Map",
    "Record",
    "RegExp",
    "Set",
    "URL",
    "Uint8Array",
    "any",
    "bigint",
    "boolean",
    "never",
    "null",
    "number",
    "object",
    "string",
    "symbol",
    "undefined",
    "unknown",
    "void",
];

/// The definitions' names as TypeScript takes them.
fn names(used: &[&str], prefix: &str) -> BTreeMap<String, String> {
    let mut taken: BTreeSet<String> = TAKEN.map(str::to_owned).into();
    let mut names = BTreeMap::new();
    for name in used {
        let plain: String = name
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '_' })
            .collect();
        let plain =
            if plain.starts_with(|first: char| first.is_ascii_digit()) { format!("_{plain}") } else { plain };
        let mut unique = plain.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{plain}_{number}");
            number += 1;
        }
        names.insert((*name).to_owned(), format!("{prefix}{unique}"));
    }
    names
}

/// The text that grows, and how far its lines are indented.
struct Lines {
    text: String,
    indent: usize,
}

impl Lines {
    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', self.indent));
            self.text.push_str(text);
        }
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.line("");
    }

    fn open(&mut self, text: &str) {
        self.line(text);
        self.indent += 2;
    }

    fn close(&mut self) {
        self.indent -= 2;
        // A block with nothing in it is closed on its own line.
        if self.text.ends_with("{\n") {
            self.text.pop();
            self.text.push_str("}\n");
        } else {
            self.line("}");
        }
    }

    /// A doc comment.
    fn docs(&mut self, docs: &str) {
        let docs = docs.replace("*/", "*\\/");
        let lines: Vec<&str> = docs.trim().lines().map(str::trim_end).collect();
        match &lines[..] {
            [] => {}
            [line] => self.line(&format!("/** {line} */")),
            lines => {
                self.line("/**");
                for line in lines {
                    let blank = if line.is_empty() { "" } else { " " };
                    self.line(&format!(" *{blank}{line}"));
                }
                self.line(" */");
            }
        }
    }

    fn statement(&mut self, start: &str, rest: &layout::Doc) {
        use layout::Doc;
        let doc = Doc::All(vec![Doc::text(start), rest.clone(), Doc::text(";")]);
        let text = doc.print(self.indent);
        self.line(&text);
    }
}
