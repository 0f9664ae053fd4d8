//! `#[serde(…)]` on a struct that declares a session: it says nothing about the keys, so that what would change them there
//! is a mistake here. Where `#[session(…)]` says the same beside it, both are meant.

use syn::Attribute;

use crate::items::{Items, Level, pieces, word};
use crate::report::Report;

/// What a session has for a word of serde's.
enum Instead {
    /// An attribute.
    Attribute(&'static str),
    /// Something else to do.
    Otherwise(&'static str),
}

const SKIP: &str = "every field is a key; leave out the field, or store the struct as the value of one key";
const SKIP_IF: &str = "leave it out; a key is absent until it is set, and after `remove`";
const FLATTEN: &str = "write its fields into this struct, or into another one: several can share a session";
const ALIAS: &str = "a key has one name; a field that is renamed keeps it by `rename`";

/// Other words of serde's are about the struct as a value; they change none of its keys.
const WORDS: [(&str, Level, Instead); 13] = [
    ("rename_all", Level::Struct, Instead::Attribute("rename_all")),
    (
        "default",
        Level::Struct,
        Instead::Otherwise("write `#[session(default)]` on each field that has a default"),
    ),
    ("rename", Level::Field, Instead::Attribute("rename")),
    ("default", Level::Field, Instead::Attribute("default")),
    ("with", Level::Field, Instead::Attribute("as")),
    ("serialize_with", Level::Field, Instead::Attribute("as")),
    ("deserialize_with", Level::Field, Instead::Attribute("as")),
    ("skip", Level::Field, Instead::Otherwise(SKIP)),
    ("skip_serializing", Level::Field, Instead::Otherwise(SKIP)),
    ("skip_deserializing", Level::Field, Instead::Otherwise(SKIP)),
    ("skip_serializing_if", Level::Field, Instead::Otherwise(SKIP_IF)),
    ("flatten", Level::Field, Instead::Otherwise(FLATTEN)),
    ("alias", Level::Field, Instead::Otherwise(ALIAS)),
];

/// Reports what serde would do to a key and the session does not.
pub(crate) fn check(attrs: &[Attribute], level: Level, items: &Items, report: &mut Report) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let Ok(list) = attr.meta.require_list() else { continue };
        for name in pieces(list.tokens.clone()).iter().filter_map(word) {
            let way_out = match instead(&name.to_string(), level) {
                Some(Instead::Attribute(own)) if !items.mentions(own) => {
                    let value = if *own == "default" { "" } else { " = \"…\"" };
                    format!(
                        "write `#[session({own}{value})]`, and this besides only if the struct is also a value by itself"
                    )
                }
                Some(Instead::Otherwise(what)) => (*what).to_owned(),
                _ => continue,
            };
            report.error(&name, format!("serde's `{name}` does not reach a session's keys: {way_out}"));
        }
    }
}

/// What there is for this word of serde's, in words, where that is no attribute.
pub(crate) fn advice(name: &str, level: Level) -> Option<&'static str> {
    match instead(name, level)? {
        Instead::Otherwise(what) => Some(what),
        Instead::Attribute(_) => None,
    }
}

fn instead(name: &str, level: Level) -> Option<&'static Instead> {
    WORDS.iter().find(|(word, place, _)| *word == name && *place == level).map(|(.., instead)| instead)
}
