//! Shapes as TypeScript's types, laid out as prettier lays them out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::layout::Doc;
use crate::schema::merge::merge;
use crate::schema::shape::{Definitions, Object, Range, Rest, Shape, Variant};

/// What the types of one struct are written with.
pub(super) struct Types<'a> {
    pub(super) definitions: &'a Definitions,
    /// The names of the definitions as they are written.
    pub(super) names: &'a BTreeMap<String, String>,
    /// Whether maps are written as `Record`, which TypeScript refuses in a type that contains itself.
    pub(super) records: bool,
}

/// A type, and what must be known about it where it stands inside another.
struct Type {
    doc: Doc,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `string`, `number`, …, without `null`.
    Keyword,
    /// `null`
    Null,
    /// A name without arguments.
    Name,
    /// A name with arguments.
    Generic,
    /// An object in braces.
    Object,
    /// An object in braces, or a name, and `null`: broken inside the first.
    Hugged,
    Union,
    Other,
}

/// An array of so many items is a tuple; a longer one is an array.
const LONGEST_TUPLE: u64 = 8;

impl Types<'_> {
    /// The type where it follows a colon.
    pub(super) fn annotation(&self, shape: &Shape) -> Doc {
        self.placed(shape)
    }

    /// The type where it follows the `=` of a `type` declaration.
    pub(super) fn alias(&self, shape: &Shape) -> Doc {
        let Type { doc, kind } = self.of(shape);
        match kind {
            Kind::Union => union(doc),
            _ if can_break(&doc) => Doc::All(vec![Doc::text(" "), doc]),
            _ => Doc::group([Doc::indent([Doc::Line, doc])]),
        }
    }

    /// On one line, for messages.
    pub(super) fn flat(&self, shape: &Shape) -> String {
        self.of(shape).doc.flat()
    }

    fn placed(&self, shape: &Shape) -> Doc {
        let Type { doc, kind } = self.of(shape);
        match kind {
            Kind::Union => union(doc),
            _ => Doc::All(vec![Doc::text(" "), doc]),
        }
    }

    fn of(&self, shape: &Shape) -> Type {
        let keyword = |name: &str| Type { doc: Doc::text(name), kind: Kind::Keyword };
        let named = |name: &str| Type { doc: Doc::text(name), kind: Kind::Name };
        match shape {
            Shape::Any | Shape::Opaque(_) => keyword("unknown"),
            Shape::Never => keyword("never"),
            Shape::Null => Type { doc: Doc::text("null"), kind: Kind::Null },
            Shape::Undefined => keyword("undefined"),
            Shape::Boolean => keyword("boolean"),
            Shape::Integer(range) if is_wide(*range) => self.union(&both(*range).map(bare)),
            Shape::Integer(_) | Shape::Float { .. } => keyword("number"),
            Shape::BigInt(_) => keyword("bigint"),
            Shape::Text(_) => keyword("string"),
            Shape::Literal(value) => Type { doc: Doc::text(literal(value)), kind: Kind::Other },
            Shape::List(list) if list.max == Some(list.min) && list.min <= LONGEST_TUPLE => {
                let count = usize::try_from(list.min).unwrap_or(0);
                self.tuple(&vec![(*list.items).clone(); count])
            }
            Shape::List(list) => self.array(&list.items),
            Shape::Tuple(items) => self.tuple(items),
            Shape::Object(object) => self.object(object),
            Shape::Class(name) => named(name),
            Shape::Map(pair) => self.generic("Map", &[&pair.0, &pair.1]),
            Shape::Set(items) => self.generic("Set", &[items]),
            Shape::Union(variants) => self.union(variants),
            Shape::All(parts) => self.of(&merge(parts, self.definitions)),
            Shape::Ref(name) => match self.names.get(name) {
                Some(name) => named(name),
                None => keyword("unknown"),
            },
        }
    }

    fn array(&self, items: &Shape) -> Type {
        let Type { doc, kind } = self.of(items);
        let doc = match kind {
            Kind::Union => {
                let inside = Doc::group([Doc::indent([Doc::Soft, Doc::group([doc])]), Doc::Soft]);
                Doc::All(vec![Doc::text("("), inside, Doc::text(")[]")])
            }
            Kind::Hugged => Doc::All(vec![Doc::text("("), doc, Doc::text(")[]")]),
            _ => Doc::All(vec![doc, Doc::text("[]")]),
        };
        Type { doc, kind: Kind::Other }
    }

    fn tuple(&self, items: &[Shape]) -> Type {
        let parenthesised = |doc| {
            let open = Doc::indent([Doc::IfBreak("(", ""), Doc::Soft, doc]);
            Doc::group([open, Doc::Soft, Doc::IfBreak(")", "")])
        };
        let docs: Vec<Doc> = items
            .iter()
            .map(|item| match self.of(item) {
                Type { doc, kind: Kind::Union } if items.len() > 1 => parenthesised(doc),
                Type { doc, kind: Kind::Union } => Doc::group([doc]),
                Type { doc, .. } => doc,
            })
            .collect();
        let doc = match docs.is_empty() {
            true => Doc::text("[]"),
            false => Doc::group([
                Doc::text("["),
                Doc::indent([Doc::Soft, Doc::join(docs, [Doc::text(","), Doc::Line])]),
                Doc::IfBreak(",", ""),
                Doc::Soft,
                Doc::text("]"),
            ]),
        };
        Type { doc, kind: Kind::Other }
    }

    fn generic(&self, name: &str, arguments: &[&Shape]) -> Type {
        let arguments: Vec<Type> = arguments.iter().map(|shape| self.of(shape)).collect();
        let hugs =
            |kind| matches!(kind, Kind::Keyword | Kind::Null | Kind::Name | Kind::Object | Kind::Hugged);
        let open = Doc::text(format!("{name}<"));
        let doc = match &arguments[..] {
            [only] if hugs(only.kind) => Doc::All(vec![open, only.doc.clone(), Doc::text(">")]),
            _ => {
                let docs = arguments.into_iter().map(|argument| match argument.kind {
                    Kind::Union => Doc::group([argument.doc]),
                    _ => argument.doc,
                });
                let inside = Doc::indent([Doc::Soft, Doc::join(docs, [Doc::text(","), Doc::Line])]);
                Doc::group([open, inside, Doc::Soft, Doc::text(">")])
            }
        };
        Type { doc, kind: Kind::Generic }
    }

    fn object(&self, object: &Object) -> Type {
        if let (Rest::Of(value, _), true, true) = (&object.rest, object.fields.is_empty(), self.records) {
            return self.generic("Record", &[&text(), value]);
        }
        let members = self.members(object).into_iter().map(|(_, doc)| doc);
        let between = [Doc::text(";"), Doc::Line];
        let doc = match object.fields.is_empty() && !matches!(object.rest, Rest::Of(..)) {
            // `{}` would be everything but null.
            true => return self.generic("Record", &[&text(), &Shape::Any]),
            false => Doc::group([
                Doc::text("{"),
                Doc::indent([Doc::Line, Doc::join(members, between)]),
                Doc::IfBreak(";", ""),
                Doc::Line,
                Doc::text("}"),
            ]),
        };
        Type { doc, kind: Kind::Object }
    }

    /// The members of an object, each with its doc comment.
    pub(super) fn members<'o>(&self, object: &'o Object) -> Vec<(&'o str, Doc)> {
        let mut members: Vec<(&str, Doc)> = Vec::new();
        for field in &object.fields {
            let mark = if field.required { ":" } else { "?:" };
            let key = Doc::text(property(&field.name) + mark);
            members.push((&field.docs, Doc::All(vec![key, self.placed(&field.shape)])));
        }
        if let Rest::Of(value, _) = &object.rest {
            let value = self.index_value(object, value);
            members.push(("", Doc::All(vec![Doc::text("[key: string]:"), self.placed(&value)])));
        }
        members
    }

    /// TypeScript wants the type of all other fields to include those of the named ones.
    fn index_value(&self, object: &Object, value: &Shape) -> Shape {
        if matches!(value, Shape::Any | Shape::Opaque(_)) {
            return Shape::Any;
        }
        let optional = object.fields.iter().any(|field| !field.required).then_some(Shape::Undefined);
        let named = object.fields.iter().map(|field| field.shape.clone());
        let mut seen = Vec::new();
        let all = std::iter::once(value.clone()).chain(named).chain(optional);
        let fresh = all.filter(|shape| {
            let flat = self.flat(shape);
            let fresh = !seen.contains(&flat);
            seen.push(flat);
            fresh
        });
        Shape::union(fresh.map(bare))
    }

    fn union(&self, variants: &[Variant]) -> Type {
        let mut shapes = Vec::new();
        self.alternatives(variants, &mut shapes);
        let mut types: Vec<Type> = Vec::new();
        let mut seen = Vec::new();
        for of in shapes.iter().map(|shape| self.of(shape)) {
            let flat = of.doc.flat();
            if flat == "unknown" {
                return of;
            }
            if !seen.contains(&flat) {
                seen.push(flat);
                types.push(of);
            }
        }
        let hugs = |kind| matches!(kind, Kind::Object | Kind::Name | Kind::Generic);
        let bar = Doc::text("| ");
        match &types[..] {
            [only] => Type { doc: only.doc.clone(), kind: only.kind },
            [some, null] | [null, some] if null.kind == Kind::Null && hugs(some.kind) => {
                let docs = types.iter().map(|of| of.doc.clone());
                Type { doc: Doc::join(docs, [Doc::text(" | ")]), kind: Kind::Hugged }
            }
            _ => {
                let docs = types.into_iter().map(|of| Doc::indent([of.doc]));
                let doc = Doc::All(vec![Doc::IfBreak("| ", ""), Doc::join(docs, [Doc::Line, bar])]);
                Type { doc, kind: Kind::Union }
            }
        }
    }

    /// The alternatives of a union and of the unions in it.
    fn alternatives(&self, variants: &[Variant], out: &mut Vec<Shape>) {
        for variant in variants {
            match &variant.shape {
                Shape::Union(inner) => self.alternatives(inner, out),
                Shape::All(parts) => self.alternatives(&[bare(merge(parts, self.definitions))], out),
                Shape::Integer(range) if is_wide(*range) => out.extend(both(*range)),
                shape => out.push(shape.clone()),
            }
        }
    }
}

/// What an integer is that may be too large for a number.
fn both(range: Range) -> [Shape; 2] {
    [Shape::Float { single: false }, Shape::BigInt(range)]
}

/// A union that follows a colon or an equals sign.
fn union(doc: Doc) -> Doc {
    Doc::group([Doc::indent([Doc::Line, Doc::group([doc])])])
}

fn can_break(doc: &Doc) -> bool {
    match doc {
        Doc::Line | Doc::Soft => true,
        Doc::Text(_) | Doc::IfBreak(..) => false,
        Doc::Indent(inner) | Doc::Group(inner) => can_break(inner),
        Doc::All(docs) => docs.iter().any(can_break),
    }
}

fn bare(shape: Shape) -> Variant {
    Variant { shape, docs: String::new() }
}

fn text() -> Shape {
    Shape::Text(crate::schema::shape::Text::default())
}

/// Whether a type holds integers that are no exact numbers in JavaScript.
fn is_wide(range: Range) -> bool {
    const EXACT: u128 = (1 << 53) - 1;
    range.max > EXACT || range.min.unsigned_abs() > EXACT
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A property's name, in quotes where it needs them.
pub(super) fn property(name: &str) -> String {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_' || first == '$');
    let plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$');
    if starts && plain { name.to_owned() } else { quoted(name) }
}

/// A string in the quotes that need fewer escapes.
fn quoted(text: &str) -> String {
    let count = |quote| text.chars().filter(|&letter| letter == quote).count();
    let quote = if count('"') > count('\'') { '\'' } else { '"' };
    let mut out = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if letter == quote => out.extend(['\\', letter]),
            _ if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out.push(quote);
    out
}
