//! The struct as the derive sees it: its keys, with everything the attributes say.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Field, Fields, Generics, Lit, LitStr, Path, Type, Visibility,
};

use crate::attr::{Container, Default, Key as KeyAttrs};
use crate::report::Report;
use crate::tokens;
use crate::versions::Versions;

/// A struct that declares session keys.
pub(crate) struct Model<'a> {
    pub(crate) ident: Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) generics: &'a Generics,
    /// The name of the struct with the accessors.
    pub(crate) accessors: Ident,
    /// The path to session-runtime.
    pub(crate) krate: Path,
    pub(crate) docs: String,
    /// The lints that are allowed for the struct.
    pub(crate) allowed: Vec<TokenStream>,
    /// Where `repr(packed)` stands.
    pub(crate) packed: Option<Span>,
    pub(crate) schema: Option<Schema>,
    pub(crate) keys: Vec<Key<'a>>,
}

/// That the struct asks for a schema.
pub(crate) struct Schema {
    /// The attribute that asks first.
    pub(crate) span: Span,
    /// The files that are kept up to date, relative to the crate.
    pub(crate) typescript: Option<LitStr>,
    pub(crate) lock: Option<LitStr>,
}

/// One key.
pub(crate) struct Key<'a> {
    pub(crate) field: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) ty: &'a Type,
    /// The type, fit to stand outside the struct.
    pub(crate) value: TokenStream,
    pub(crate) type_name: String,
    /// The name in the stored form, and where it comes from.
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) accessor: Ident,
    /// The attributes that the accessor gets as well.
    pub(crate) carried: Vec<&'a Attribute>,
    pub(crate) docs: String,
    /// There is a doc comment, which may be another macro's to make.
    pub(crate) documented: bool,
    pub(crate) doc_hidden: bool,
    /// The lints that are allowed for the field.
    pub(crate) allowed: Vec<TokenStream>,
    pub(crate) default: Option<Default>,
    /// There is to be a default, be it with mistakes.
    pub(crate) defaulted: bool,
    pub(crate) ttl: Option<Duration>,
    pub(crate) convert: Option<TokenStream>,
    pub(crate) interrupt: bool,
    pub(crate) sensitive: bool,
    pub(crate) versions: Versions,
    pub(crate) absent_on_mismatch: bool,
    /// A mistake was reported for this key.
    pub(crate) flawed: bool,
}

impl<'a> Model<'a> {
    pub(crate) fn parse(input: &'a DeriveInput, report: &mut Report) -> Self {
        let container = Container::parse(&input.attrs, report);
        let (name, (_, args, _)) = (&input.ident, input.generics.split_for_impl());
        let owner = quote!(#name #args);
        let mut keys: Vec<Key<'a>> = Vec::new();
        for field in fields(input, report) {
            // A second field of the same name is reported by rustc.
            if let Some(ident) = &field.ident
                && keys.iter().all(|key| key.field != ident)
            {
                keys.push(Key::parse(field, ident, &container, &owner, report));
            }
        }
        let Container { krate, schema, typescript, lock, .. } = container;
        let span = schema.map(|word| word.span());
        let span = span.or_else(|| typescript.as_ref().or(lock.as_ref()).map(LitStr::span));
        // A deprecated struct may be named in generated code.
        let ident = tokens::generated(&input.ident);
        Self {
            accessors: format_ident!("{ident}Accessors"),
            ident,
            vis: &input.vis,
            generics: &input.generics,
            krate: krate.unwrap_or_else(|| syn::parse_quote!(::session_runtime)),
            docs: docs(&input.attrs),
            allowed: allowed(&input.attrs),
            packed: packed(&input.attrs),
            schema: span.map(|span| Schema { span, typescript, lock }),
            keys,
        }
    }
}

impl<'a> Key<'a> {
    fn parse(
        field: &'a Field,
        ident: &'a Ident,
        container: &Container,
        owner: &TokenStream,
        report: &mut Report,
    ) -> Self {
        let before = report.count();
        let attrs = KeyAttrs::parse(&field.attrs, report);
        let respelt = |path| tokens::without_self(path, owner);
        let plain = ident.unraw().to_string();
        let name = match (&attrs.rename, container.rename_all) {
            (Some(name), _) => name.value(),
            (None, Some(case)) => case.apply(&plain),
            (None, None) => plain,
        };
        Self {
            field: ident,
            vis: &field.vis,
            ty: &field.ty,
            value: respelt(field.ty.to_token_stream()),
            type_name: tokens::type_name(&field.ty),
            name: container.prefix.clone().unwrap_or_default() + &name,
            name_span: attrs.rename.map_or(ident.span(), |name| name.span()),
            accessor: attrs.accessor.unwrap_or_else(|| ident.clone()),
            carried: field.attrs.iter().filter(|attr| is_carried(attr)).collect(),
            docs: docs(&field.attrs),
            documented: field.attrs.iter().any(documents),
            doc_hidden: field.attrs.iter().any(hides),
            allowed: allowed(&field.attrs),
            defaulted: attrs.defaulted,
            default: attrs.default.map(|default| default.respelt(respelt)),
            ttl: attrs.ttl,
            convert: attrs.convert.map(respelt),
            interrupt: attrs.interrupt,
            sensitive: attrs.sensitive,
            versions: attrs.versions.respelt(respelt),
            absent_on_mismatch: attrs.absent_on_mismatch,
            flawed: report.count() > before,
        }
    }
}

/// The named fields; anything else than a struct with named fields is a mistake.
fn fields<'a>(input: &'a DeriveInput, report: &mut Report) -> impl Iterator<Item = &'a Field> + use<'a> {
    let wanted = "a session is declared by a struct with named fields, one per key";
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(fields.named.iter()),
            Fields::Unnamed(fields) => {
                report.error(fields, format!("{wanted}; this one's fields have no names"));
                None
            }
            Fields::Unit => {
                report.error(&input.ident, format!("{wanted}; this one has no fields"));
                None
            }
        },
        Data::Enum(data) => {
            report.error(data.enum_token, format!("{wanted}, not by an enum"));
            None
        }
        Data::Union(data) => {
            report.error(data.union_token, format!("{wanted}, not by a union"));
            None
        }
    };
    named.into_iter().flatten()
}

/// `cfg` is not among them: rustc has applied it before a derive sees the struct.
fn is_carried(attr: &Attribute) -> bool {
    attr.path().is_ident("doc") || attr.path().is_ident("deprecated")
}

fn packed(attrs: &[Attribute]) -> Option<Span> {
    let lists = attrs.iter().filter(|attr| attr.path().is_ident("repr"));
    let mut words =
        lists.filter_map(|attr| attr.meta.require_list().ok()).flat_map(|list| list.tokens.clone());
    words.find(|token| is_word(token, "packed")).map(|token| token.span())
}

/// What is allowed for the declaration is allowed for what is generated from it, where its types stand again. A lint that is
/// expected there need not occur here, so that it becomes one that is allowed.
fn allowed(attrs: &[Attribute]) -> Vec<TokenStream> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("allow") || attr.path().is_ident("expect"))
        .filter_map(|attr| attr.meta.require_list().ok())
        .map(|list| {
            let lints = &list.tokens;
            quote!(#[allow(#lints)])
        })
        .collect()
}

/// The doc comment's text, without the blank after each line's slashes.
fn docs(attrs: &[Attribute]) -> String {
    let texts: Vec<String> = attrs.iter().filter_map(doc_text).collect();
    let lines: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split('\n'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn doc_text(attr: &Attribute) -> Option<String> {
    match doc(attr)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Whether the attribute is a doc comment with words, or one whose words are not known yet (`concat!`, `include_str!`).
fn documents(attr: &Attribute) -> bool {
    doc(attr).is_some() && doc_text(attr).is_none_or(|text| !text.trim().is_empty())
}

/// What stands behind `doc =`.
fn doc(attr: &Attribute) -> Option<&Expr> {
    let pair = attr.meta.require_name_value().ok()?;
    pair.path.is_ident("doc").then_some(&pair.value)
}

/// Whether the attribute is `#[doc(hidden)]`.
fn hides(attr: &Attribute) -> bool {
    let words = attr.path().is_ident("doc").then(|| attr.meta.require_list().ok()).flatten();
    words.is_some_and(|list| list.tokens.clone().into_iter().any(|token| is_word(&token, "hidden")))
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
