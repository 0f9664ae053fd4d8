//! `#[session(…)]`: from words with values to one struct of attributes for the container and one for a key.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ExprPath, LitStr, Path, Type};

use crate::case::{self, Case};
use crate::items::{Given, Item, Items, Level};
use crate::report::Report;
use crate::serde;
use crate::suggest::hint;
use crate::tokens::raw;
use crate::ttl;
use crate::versions::Versions;

/// The attributes of the struct.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) rename_all: Option<Case>,
    pub(crate) prefix: Option<String>,
    pub(crate) krate: Option<Path>,
    pub(crate) schema: Option<Ident>,
    pub(crate) typescript: Option<LitStr>,
    pub(crate) lock: Option<LitStr>,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct Key {
    pub(crate) rename: Option<LitStr>,
    pub(crate) accessor: Option<Ident>,
    pub(crate) default: Option<Default>,
    /// There is to be a default, be it with mistakes.
    pub(crate) defaulted: bool,
    pub(crate) ttl: Option<Duration>,
    pub(crate) convert: Option<TokenStream>,
    pub(crate) interrupt: bool,
    pub(crate) sensitive: bool,
    pub(crate) versions: Versions,
    pub(crate) absent_on_mismatch: bool,
}

/// What a key's default is made by.
pub(crate) enum Default {
    /// The type's own `Default`.
    Trait,
    /// A function.
    Path(TokenStream),
}

impl Default {
    /// The same default, its path in other words.
    pub(crate) fn respelt(self, respell: impl Fn(TokenStream) -> TokenStream) -> Self {
        match self {
            Self::Trait => Self::Trait,
            Self::Path(path) => Self::Path(respell(path)),
        }
    }
}

impl Container {
    pub(crate) fn parse(attrs: &[Attribute], report: &mut Report) -> Self {
        let mut items = Items::collect(attrs, Level::Struct, report);
        serde::check(attrs, Level::Struct, &items, report);
        Self {
            rename_all: items.text("rename_all").and_then(|text| rename_all(&text, report)),
            prefix: items.text("prefix").map(|text| text.value()),
            krate: items.text("crate").and_then(|text| {
                let wanted = "expected the path under which session-runtime is known here, for example `crate = \"::my_crate\"`";
                parsed(&text, Path::parse_mod_style, wanted, report)
            }),
            schema: items.take("schema").map(|item| item.name),
            typescript: items.text("typescript"),
            lock: items.text("lock"),
        }
    }
}

impl Key {
    pub(crate) fn parse(attrs: &[Attribute], report: &mut Report) -> Self {
        let mut items = Items::collect(attrs, Level::Field, report);
        serde::check(attrs, Level::Field, &items, report);
        Self {
            rename: items.text("rename"),
            accessor: items.text("accessor").and_then(|text| accessor(&text, report)),
            defaulted: items.mentions("default"),
            default: items.take("default").and_then(|item| default(item, report)),
            ttl: items.text("ttl").and_then(|text| {
                ttl::parse(&text.value()).map_err(|message| report.error(&text, message)).ok()
            }),
            convert: items.text("as").and_then(|text| {
                let wanted =
                    "expected the path of a type or module with functions `serialize` and `deserialize`";
                path(&text, wanted, report)
            }),
            interrupt: items.text("on_conflict").is_some_and(|text| on_conflict(&text, report)),
            sensitive: items.take("sensitive").is_some(),
            versions: Versions::parse(items.number("version"), items.list("migrate"), report),
            absent_on_mismatch: items.text("on_mismatch").is_some_and(|text| on_mismatch(&text, report)),
        }
    }
}

fn rename_all(text: &LitStr, report: &mut Report) -> Option<Case> {
    let word = text.value();
    let case = Case::of(&word);
    if case.is_none() {
        let words = case::WORDS.map(|(name, _)| name);
        report.error(text, format!("unknown case `{word}`{}", hint(&word, &words, "the cases are")));
    }
    case
}

fn on_conflict(text: &LitStr, report: &mut Report) -> bool {
    let word = text.value();
    if !matches!(&*word, "interrupt" | "merge") {
        let hint = hint(&word, &["interrupt", "merge"], "write");
        report.error(text, format!("unknown way to solve a conflict `{word}`{hint}"));
    }
    word == "interrupt"
}

fn on_mismatch(text: &LitStr, report: &mut Report) -> bool {
    let word = text.value();
    if !matches!(&*word, "error" | "absent") {
        let hint = hint(&word, &["error", "absent"], "write");
        report.error(text, format!("unknown way to treat a value of another type `{word}`{hint}"));
    }
    word == "absent"
}

fn default(item: Item, report: &mut Report) -> Option<Default> {
    let Given::Text(text) = item.value else { return Some(Default::Trait) };
    let wanted = "expected the path of a function, for example `default = \"Vec::new\"`";
    path(&text, wanted, report).map(Default::Path)
}

fn accessor(text: &LitStr, report: &mut Report) -> Option<Ident> {
    let name = text.value();
    let wanted = match text.parse_with(Ident::parse_any).is_ok() && !NEVER_RAW.contains(&&*name) {
        true => format!("`{name}` is a keyword; write `accessor = \"r#{name}\"`"),
        false => "expected a name for the method, for example `accessor = \"user_id\"`".to_owned(),
    };
    parsed(text, Ident::parse, &wanted, report).map(|name| raw(&name))
}

/// Keywords that `r#` does not make names.
const NEVER_RAW: [&str; 5] = ["self", "Self", "super", "crate", "_"];

/// The path of a function, a type or a module. Where it is one of a type, only the way its parameters are written is wrong.
pub(crate) fn path(text: &LitStr, wanted: &str, report: &mut Report) -> Option<TokenStream> {
    let is_type = matches!(text.parse(), Ok(Type::Path(_)));
    let wanted = match is_type {
        true => {
            let value = text.value().replace("::<", "<").replace('<', "::<");
            format!("in a path, `::` stands before type parameters; write `{value}`")
        }
        false => wanted.to_owned(),
    };
    parsed(text, ExprPath::parse, &wanted, report).map(ToTokens::into_token_stream)
}

fn parsed<T>(
    text: &LitStr,
    parser: impl Fn(ParseStream<'_>) -> syn::Result<T>,
    wanted: &str,
    report: &mut Report,
) -> Option<T> {
    text.parse_with(parser).map_err(|_| report.error(text, wanted)).ok()
}
