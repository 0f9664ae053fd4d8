//! The grammar of `#[session(…)]`: known words, in the right place, each once and with the kind of value it takes.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitInt, LitStr, Meta, Token, token};

use crate::report::Report;
use crate::serde;
use crate::suggest::{closest, hint};

/// Where an attribute may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Struct,
    Field,
}

/// Whether an attribute has a value; with an example for the message.
#[derive(Clone, Copy)]
enum Value {
    Never,
    Always(&'static str),
    Maybe(&'static str),
    Number(&'static str),
    List(&'static str),
}

/// Every attribute.
const WORDS: [(&str, Level, Value); 16] = [
    ("rename_all", Level::Struct, Value::Always("camelCase")),
    ("prefix", Level::Struct, Value::Always("auth:")),
    ("crate", Level::Struct, Value::Always("::my_crate")),
    ("schema", Level::Struct, Value::Never),
    ("typescript", Level::Struct, Value::Always("web/src/env.d.ts")),
    ("lock", Level::Struct, Value::Always("session.lock.json")),
    ("rename", Level::Field, Value::Always("lastVisit")),
    ("accessor", Level::Field, Value::Always("user_id")),
    ("default", Level::Field, Value::Maybe("Vec::new")),
    ("ttl", Level::Field, Value::Always("10m")),
    ("as", Level::Field, Value::Always("session_runtime::devalue::Date")),
    ("on_conflict", Level::Field, Value::Always("interrupt")),
    ("sensitive", Level::Field, Value::Never),
    ("version", Level::Field, Value::Number("2")),
    ("migrate", Level::Field, Value::List("1 = \"cart_v1_to_v2\"")),
    ("on_mismatch", Level::Field, Value::Always("absent")),
];

/// What other libraries call the same thing.
const SYNONYMS: [(&str, &str); 9] = [
    ("with", "as"),
    ("serialize_with", "as"),
    ("deserialize_with", "as"),
    ("name", "rename"),
    ("key", "rename"),
    ("expires", "ttl"),
    ("max_age", "ttl"),
    ("secret", "sensitive"),
    ("hidden", "sensitive"),
];

/// One `name`, `name = "value"`, `name = 1` or `name(…)`.
pub(crate) struct Item {
    pub(crate) name: Ident,
    pub(crate) value: Given,
}

/// What stands behind an attribute's name.
pub(crate) enum Given {
    Nothing,
    Text(LitStr),
    Number(LitInt),
    List(TokenStream),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let word = name.to_string();
        let value = match form(&word) {
            Some(Value::List(_)) => Given::List(list(&name, &word, input)?),
            Some(Value::Never) if input.peek(Token![=]) || input.peek(token::Paren) => {
                let rest: TokenStream = input.parse()?;
                return Err(syn::Error::new_spanned(rest, format!("`{name}` takes no value")));
            }
            Some(Value::Never) => Given::Nothing,
            Some(Value::Number(_)) => match assigned(&word, input, "a number without quotes")? {
                Some(number) => Given::Number(number),
                None => Given::Nothing,
            },
            _ => match assigned(&word, input, "a value in quotes")? {
                Some(text) => Given::Text(text),
                None => Given::Nothing,
            },
        };
        match input.is_empty() {
            true => Ok(Self { name, value }),
            false => Err(input.error("expected `,`")),
        }
    }
}

/// What stands behind the equals sign, if there is one.
fn assigned<T: Parse>(name: &str, input: ParseStream<'_>, what: &str) -> syn::Result<Option<T>> {
    let Some(equals) = input.parse::<Option<Token![=]>>()? else {
        return match input.is_empty() {
            true => Ok(None),
            false => Err(input.error(format!("expected `,`, or {what}: {}", example(name)))),
        };
    };
    let wanted = format!("expected {what}: {}", example(name));
    if input.is_empty() {
        return Err(syn::Error::new_spanned(equals, wanted));
    }
    input.parse().map(Some).map_err(|error| syn::Error::new(error.span(), wanted))
}

/// What stands between the parentheses.
fn list(name: &Ident, word: &str, input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let wanted = format!("expected a list in parentheses: {}", example(word));
    if !input.peek(token::Paren) {
        let rest: TokenStream = input.parse()?;
        return Err(if rest.is_empty() {
            syn::Error::new_spanned(name, wanted)
        } else {
            syn::Error::new_spanned(rest, wanted)
        });
    }
    let content;
    syn::parenthesized!(content in input);
    content.parse()
}

fn form(name: &str) -> Option<Value> {
    WORDS.iter().find(|(word, ..)| name == *word).map(|&(.., value)| value)
}

/// How the attribute is written.
fn example(name: &str) -> String {
    match form(name) {
        Some(Value::Always(text) | Value::Maybe(text)) => format!("`{name} = \"{text}\"`"),
        Some(Value::Number(number)) => format!("`{name} = {number}`"),
        Some(Value::List(list)) => format!("`{name}({list})`"),
        Some(Value::Never) => format!("`{name}`"),
        None => format!("`{name} = \"…\"`"),
    }
}

/// The attributes of one struct or field: known words, in the right place, each once.
pub(crate) struct Items {
    known: Vec<Item>,
    /// The words that were met, and those that unknown ones are taken for: also where what stands behind them is wrong.
    mentioned: Vec<String>,
}

impl Items {
    pub(crate) fn collect(attrs: &[Attribute], level: Level, report: &mut Report) -> Self {
        let mut items = Self { known: Vec::new(), mentioned: Vec::new() };
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("session")) {
            let Meta::List(list) = &attr.meta else {
                report.error(attr, "expected `#[session(…)]`");
                continue;
            };
            for piece in pieces(list.tokens.clone()) {
                let Some(name) = word(&piece) else {
                    let names = names(level).join("`, `");
                    report.error(piece, format!("expected the name of an attribute; there are `{names}`"));
                    continue;
                };
                items.mentioned.push(name.to_string());
                match syn::parse2::<Item>(piece) {
                    Ok(item) => items.add(item, level, report),
                    Err(error) => report.push(error),
                }
            }
        }
        items
    }

    fn add(&mut self, item: Item, level: Level, report: &mut Report) {
        let name = &item.name;
        let Some(&(_, place, value)) = WORDS.iter().find(|(word, ..)| name == word) else {
            let name = name.to_string();
            self.mentioned.extend(closest(&name, names(level)).map(str::to_owned));
            return report.error(&item.name, unknown(&name, level));
        };
        if place != level {
            let (right, wrong) = match place {
                Level::Struct => ("the struct", "a field"),
                Level::Field => ("a field", "the struct"),
            };
            return report.error(name, format!("`{name}` belongs on {right}, not on {wrong}"));
        }
        if self.known.iter().any(|other| other.name == *name) {
            return report.error(name, format!("`{name}` is given twice"));
        }
        match (value, &item.value) {
            (Value::Always(_) | Value::Number(_), Given::Nothing) => {
                report.error(name, format!("`{name}` needs a value: {}", example(&name.to_string())));
            }
            _ => self.known.push(item),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Item> {
        let at = self.known.iter().position(|item| item.name == name)?;
        Some(self.known.swap_remove(at))
    }

    /// Whether the word was written, be it with mistakes.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.mentioned.iter().any(|word| word == name)
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<LitStr> {
        match self.take(name)?.value {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&mut self, name: &str) -> Option<LitInt> {
        match self.take(name)?.value {
            Given::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The attribute's name, as a place for mistakes, and what stands in its parentheses.
    pub(crate) fn list(&mut self, name: &str) -> Option<(Ident, TokenStream)> {
        let item = self.take(name)?;
        match item.value {
            Given::List(list) => Some((item.name, list)),
            _ => None,
        }
    }
}

fn unknown(name: &str, level: Level) -> String {
    let here = names(level);
    let synonym = SYNONYMS.iter().find(|(other, word)| *other == name && here.contains(word));
    let hint = match (synonym, serde::advice(name, level)) {
        (Some((_, word)), _) => format!("; did you mean `{word}`?"),
        (None, Some(advice)) => format!(": {advice}"),
        (None, None) => hint(name, &here, "the attributes are"),
    };
    format!("unknown attribute `{name}`{hint}")
}

/// The attributes that may stand here.
fn names(level: Level) -> Vec<&'static str> {
    WORDS.iter().filter(|&&(_, place, _)| place == level).map(|&(word, ..)| word).collect()
}

/// The word with which one of the list's parts begins.
pub(crate) fn word(piece: &TokenStream) -> Option<Ident> {
    match piece.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => Some(word),
        _ => None,
    }
}

/// The list's parts between the commas, so that a mistake in one does not hide the others.
pub(crate) fn pieces(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = Vec::new();
    let mut piece = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' && !piece.is_empty() => {
                pieces.push(std::mem::take(&mut piece));
            }
            other => piece.extend([other]),
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}
