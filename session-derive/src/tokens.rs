//! Types and names, as text and as tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Type;
use syn::ext::IdentExt;

/// The type as one writes it: `HashMap<String, &'static str>`, without the blanks of a token stream.
pub(crate) fn type_name(ty: &Type) -> String {
    text(ty.to_token_stream())
}

/// A type or path as one writes it.
pub(crate) fn text(tokens: TokenStream) -> String {
    let mut text = String::new();
    write(&mut text, tokens);
    text
}

fn write(out: &mut String, tokens: TokenStream) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                if !open.is_empty() {
                    separate(out, open);
                    out.push_str(open);
                }
                write(out, group.stream());
                out.push_str(close);
            }
            TokenTree::Punct(punct) => {
                let mark = punct.as_char();
                if mark == '>' && out.ends_with(',') {
                    out.pop();
                }
                separate(out, mark.encode_utf8(&mut [0; 4]));
                out.push(mark);
            }
            word => {
                let word = word.to_string();
                // As a macro writes it, which the reader of the type's name may not know.
                let word = if word == "$crate" { "crate" } else { &*word };
                separate(out, word);
                out.push_str(word);
            }
        }
    }
}

/// A blank between the text so far and the next token, where one is written by convention.
fn separate(out: &mut String, next: &str) {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '"';
    let Some(last) = out.chars().last() else { return };
    let starts_word = next.starts_with(|letter| is_word(letter) || letter == '\'');
    let arrow = out.ends_with("->");
    let blank = match last {
        ',' | ';' => !next.starts_with([')', ']']),
        '+' | '=' => true,
        '>' => arrow || starts_word,
        '-' => false,
        letter if is_word(letter) => starts_word || matches!(next, "-" | "["),
        ')' | ']' => next == "-",
        _ => false,
    };
    if blank || matches!(next, "+" | "=") {
        out.push(' ');
    }
}

/// The tokens with `Self` spelt out as `owner`: generated code stands in another type's `impl`.
pub(crate) fn without_self(tokens: TokenStream, owner: &TokenStream) -> TokenStream {
    let respell = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => located(owner.clone(), ident.span()),
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(group.stream(), owner));
            inner.set_span(group.span());
            TokenTree::Group(inner).into()
        }
        other => other.into(),
    };
    tokens.into_iter().flat_map(respell).collect()
}

fn located(tokens: TokenStream, span: Span) -> TokenStream {
    let locate = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.into_iter().map(locate).collect()
}

/// Words that are keywords in some of Rust's editions only.
const LATER_KEYWORDS: [&str; 5] = ["async", "await", "dyn", "gen", "try"];

/// The name as one that generated code writes, at its own place: rustc finds no fault with it there. It is then read by the
/// rules of this crate's edition, which has more keywords than the user's may have.
pub(crate) fn generated(name: &Ident) -> Ident {
    let mut name = raw(name);
    name.set_span(Span::call_site().located_at(name.span()));
    name
}

/// The name in a form that is one in every edition.
pub(crate) fn raw(name: &Ident) -> Ident {
    match LATER_KEYWORDS.iter().any(|word| name == word) {
        true => Ident::new_raw(&name.unraw().to_string(), name.span()),
        false => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::{generated, type_name, without_self};

    #[test]
    fn types_are_printed_as_they_are_written() {
        let cases = [
            "Vec<String>",
            "std::collections::HashMap<String, Vec<(u8, i64)>>",
            "::std::option::Option<u8>",
            "[u8; 16]",
            "&'static str",
            "&'static mut [u8]",
            "(u8,)",
            "()",
            "Box<dyn Fn(u8) -> bool + Send>",
            "fn(&str, u8) -> Result<(), Error>",
            "<T as Trait>::Item",
            "Map<Item = u8>",
            "for<'a> fn(&'a u8)",
            "*const u8",
            "r#type::Name<3>",
            "!",
        ];
        for text in cases {
            assert_eq!(type_name(&syn::parse_str(text).unwrap()), text);
        }
        assert_eq!(
            type_name(&syn::parse_str("HashMap <\n String ,\n u32 ,\n>").unwrap()),
            "HashMap<String, u32>"
        );
    }

    #[test]
    fn self_is_spelt_out() {
        let ty: syn::Type = syn::parse_str("Vec<(Self, [Self; 2], Selfish)>").unwrap();
        let name: syn::Ident = syn::parse_str("Shop").unwrap();
        let spelt: syn::Type =
            syn::parse2(without_self(ty.to_token_stream(), &name.to_token_stream())).unwrap();
        assert_eq!(type_name(&spelt), "Vec<(Shop, [Shop; 2], Selfish)>");
    }

    #[test]
    fn generated_names_are_names_in_every_edition() {
        let cases = [
            ("cart", "cart"),
            ("gen", "r#gen"),
            ("r#gen", "r#gen"),
            ("r#async", "r#async"),
            ("r#type", "r#type"),
        ];
        for (name, expected) in cases {
            assert_eq!(generated(&syn::parse_str(name).unwrap()).to_string(), expected);
        }
    }
}
