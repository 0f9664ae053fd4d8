//! Whether everything that is written as one type can be read as another.
//!
//! The crates on crates.io that compare JSON Schemas were looked at and are not used. `json-schema-diff` (0.1.8, the one that
//! is kept) lists edits between two draft 7 documents of schemars 0.8 and calls an edit breaking or not whatever the direction;
//! it knows neither `prefixItems` nor what decides here: that serde passes over unknown fields, takes an absent `Option`, and
//! that devalue writes an integer beyond 2^53 as a bigint, which is no `f64`.

mod bounds;
mod candidate;
mod fields;

use serde_json::Value;

use self::bounds::{integers_as_floats, is_narrower, lengths, names_number, ranges, texts};
use self::candidate::may_be;
use self::fields::{names, renamed};
use super::merge::merge;
use super::shape::{Definitions, Field, List, Object, Range, Rest, Shape, Text, Variant};
use super::typescript;

/// A value that cannot be read, or that loses something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// Where in the value: `.user.roles[]`.
    pub(super) path: String,
    pub(super) severity: Severity,
    pub(super) reason: String,
    /// What the reader could do about it.
    pub(super) hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// It can be read, but something of it is gone when it is written again.
    Lossy,
    /// It cannot be read.
    Breaking,
}

/// A type and what its names mean.
pub(super) struct Typed<'a> {
    pub(super) shape: &'a Shape,
    pub(super) definitions: &'a Definitions,
}

/// What happens to values of the one type that are read as the other.
pub(super) fn compare(written: &Typed<'_>, read: &Typed<'_>) -> Vec<Finding> {
    let mut comparison =
        Comparison { written: written.definitions, read: read.definitions, assumed: Vec::new() };
    comparison.compare("", written.shape, read.shape)
}

/// The `u8` in a `Uint8Array`.
const BYTE: Range = Range { min: 0, max: 255, zero: true };

struct Comparison<'a> {
    written: &'a Definitions,
    read: &'a Definitions,
    /// Pairs of types that are being compared, with a name among them: met again inside, they are fine if all else is.
    assumed: Vec<(Shape, Shape)>,
}

fn finding(path: &str, severity: Severity, reason: String) -> Vec<Finding> {
    vec![Finding { path: path.to_owned(), severity, reason, hint: None }]
}

fn breaking(path: &str, reason: impl Into<String>) -> Vec<Finding> {
    finding(path, Severity::Breaking, reason.into())
}

fn lossy(path: &str, reason: impl Into<String>) -> Vec<Finding> {
    finding(path, Severity::Lossy, reason.into())
}

impl Comparison<'_> {
    fn compare(&mut self, path: &str, written: &Shape, read: &Shape) -> Vec<Finding> {
        let named = |shape: &Shape| matches!(shape, Shape::Ref(_));
        if !named(written) && !named(read) {
            return self.unnamed(path, written, read);
        }
        let pair = (written.clone(), read.clone());
        if self.assumed.contains(&pair) {
            return Vec::new();
        }
        self.assumed.push(pair);
        let findings = self.unnamed(path, &resolved(written, self.written), &resolved(read, self.read));
        self.assumed.pop();
        findings
    }

    fn unnamed(&mut self, path: &str, written: &Shape, read: &Shape) -> Vec<Finding> {
        match (written, read) {
            (Shape::All(parts), _) => {
                let merged = merge(parts, self.written);
                self.unnamed(path, &merged, read)
            }
            (_, Shape::All(parts)) => {
                let merged = merge(parts, self.read);
                self.unnamed(path, written, &merged)
            }
            (Shape::Never, _) | (_, Shape::Any) => Vec::new(),
            (Shape::Union(variants), _) => {
                variants.iter().flat_map(|variant| self.compare(path, &variant.shape, read)).collect()
            }
            (_, Shape::Union(variants)) => self.any_of(path, written, variants),
            (Shape::Object(written), Shape::Object(read)) => self.objects(path, written, read),
            (Shape::Map(pair), Shape::Object(read)) => self.map_as_object(path, pair, read),
            (Shape::Map(written), Shape::Map(read)) => {
                let mut findings = self.compare(&format!("{path}.keys()"), &written.0, &read.0);
                findings.extend(self.compare(&format!("{path}.values()"), &written.1, &read.1));
                findings
            }
            (Shape::Set(written), Shape::Set(read)) => self.compare(&format!("{path}[]"), written, read),
            (Shape::List(_) | Shape::Tuple(_), Shape::List(_) | Shape::Tuple(_)) => {
                self.sequences(path, written, read)
            }
            (Shape::Class(class), Shape::List(list)) if class == "Uint8Array" => {
                let bytes = List { items: Box::new(Shape::Integer(BYTE)), min: 0, max: None, unique: false };
                self.lists(path, &bytes, list)
            }
            (Shape::List(list), Shape::Class(class)) if class == "Uint8Array" => {
                self.compare(&format!("{path}[]"), &list.items, &Shape::Integer(BYTE))
            }
            _ => self.scalars(path, written, read),
        }
    }

    /// What has no parts.
    fn scalars(&self, path: &str, written: &Shape, read: &Shape) -> Vec<Finding> {
        match (written, read) {
            (Shape::Null | Shape::Undefined, Shape::Null | Shape::Undefined)
            | (Shape::Boolean | Shape::Literal(Value::Bool(_)), Shape::Boolean)
            | (Shape::Float { single: true } | Shape::Literal(Value::Number(_)), Shape::Float { .. })
            | (Shape::Float { single: false }, Shape::Float { single: false }) => Vec::new(),
            (Shape::Float { single: false }, Shape::Float { single: true }) => {
                lossy(path, "a 64-bit number is written, only 32 bits of it are kept")
            }
            (Shape::Integer(range) | Shape::BigInt(range), Shape::Integer(wider) | Shape::BigInt(wider)) => {
                ranges(path, *range, *wider)
            }
            (Shape::Integer(range), Shape::Float { single }) => integers_as_floats(path, *range, *single),
            (Shape::Float { .. }, Shape::Integer(_)) => {
                breaking(path, "a number with a fraction may be written, an integer is read")
            }
            (Shape::Text(written), Shape::Text(read)) => texts(path, written, read),
            (Shape::Literal(Value::String(literal)), Shape::Text(text)) => {
                let length = u64::try_from(literal.chars().count()).unwrap_or(u64::MAX);
                let exact = Text { min: length, max: Some(length), ..Text::default() };
                texts(path, &exact, text)
            }
            (Shape::Literal(Value::Number(literal)), Shape::Integer(range)) => {
                let value = literal.as_i64().map(i128::from);
                match value.map(|value| Range {
                    min: value,
                    max: u128::try_from(value).unwrap_or(0),
                    zero: value == 0,
                }) {
                    Some(exact) => ranges(path, exact, *range),
                    None => self.changed(path, written, read),
                }
            }
            _ if written == read => Vec::new(),
            (Shape::Opaque(_), _) | (_, Shape::Opaque(_)) => {
                breaking(path, "the schema changed in a part that cannot be compared")
            }
            (Shape::Any, _) => {
                breaking(path, format!("anything may be written, `{}` is read", self.reads(read)))
            }
            _ => self.changed(path, written, read),
        }
    }

    fn changed(&self, path: &str, written: &Shape, read: &Shape) -> Vec<Finding> {
        breaking(path, format!("`{}` is written, `{}` is read", self.writes(written), self.reads(read)))
    }

    fn writes(&self, shape: &Shape) -> String {
        shortened(typescript::flat(shape, self.written))
    }

    fn reads(&self, shape: &Shape) -> String {
        shortened(typescript::flat(shape, self.read))
    }

    /// The alternative that takes the value best.
    fn any_of(&mut self, path: &str, written: &Shape, variants: &[Variant]) -> Vec<Finding> {
        let resolved_written = resolved(written, self.written);
        let mut best: Option<Vec<Finding>> = None;
        let mut candidates = 0;
        for variant in variants {
            if !may_be(&resolved_written, &resolved(&variant.shape, self.read)) {
                continue;
            }
            candidates += 1;
            let findings = self.compare(path, written, &variant.shape);
            let weight = |findings: &[Finding]| {
                let broken = findings.iter().filter(|finding| finding.severity == Severity::Breaking);
                (broken.count(), findings.len())
            };
            if best.as_ref().is_none_or(|best| weight(&findings) < weight(best)) {
                best = Some(findings);
            }
        }
        let broken =
            |findings: &[Finding]| findings.iter().any(|finding| finding.severity == Severity::Breaking);
        match best {
            Some(findings) if candidates == 1 || !broken(&findings) => findings,
            _ => {
                let all = self.reads(&Shape::Union(variants.to_vec()));
                breaking(path, format!("`{}` may be written, which is none of `{all}`", self.writes(written)))
            }
        }
    }

    fn sequences(&mut self, path: &str, written: &Shape, read: &Shape) -> Vec<Finding> {
        match (written, read) {
            (Shape::Tuple(written), Shape::Tuple(read)) => {
                if written.len() != read.len() {
                    return breaking(
                        path,
                        format!("{} items are written, {} are read", written.len(), read.len()),
                    );
                }
                let pairs = written.iter().zip(read).enumerate();
                pairs
                    .flat_map(|(at, (written, read))| self.compare(&format!("{path}[{at}]"), written, read))
                    .collect()
            }
            (Shape::Tuple(written), Shape::List(list)) => {
                let count = u64::try_from(written.len()).unwrap_or(u64::MAX);
                let mut findings = lengths(path, (count, Some(count)), (list.min, list.max));
                for (at, item) in written.iter().enumerate() {
                    findings.extend(self.compare(&format!("{path}[{at}]"), item, &list.items));
                }
                findings
            }
            (Shape::List(list), Shape::Tuple(read)) => {
                let count = u64::try_from(read.len()).unwrap_or(u64::MAX);
                let mut findings = lengths(path, (list.min, list.max), (count, Some(count)));
                for (at, item) in read.iter().enumerate() {
                    findings.extend(self.compare(&format!("{path}[{at}]"), &list.items, item));
                }
                findings
            }
            (Shape::List(written), Shape::List(read)) => self.lists(path, written, read),
            _ => self.changed(path, written, read),
        }
    }

    fn lists(&mut self, path: &str, written: &List, read: &List) -> Vec<Finding> {
        let mut findings = lengths(path, (written.min, written.max), (read.min, read.max));
        if written.max != Some(0) {
            findings.extend(self.compare(&format!("{path}[]"), &written.items, &read.items));
        }
        if read.unique && !written.unique {
            findings.extend(lossy(path, "items may be written twice, of equal ones one is kept"));
        }
        findings
    }

    /// A `Map` whose keys are all strings is read as an object.
    fn map_as_object(&mut self, path: &str, pair: &(Shape, Shape), read: &Object) -> Vec<Finding> {
        if !self.compare(path, &pair.0, &Shape::Text(Text::default())).is_empty() {
            return breaking(path, "a `Map` is written whose keys are no strings, an object is read");
        }
        let value = |name: String| Field {
            name,
            shape: pair.1.clone(),
            required: false,
            docs: String::new(),
            aliases: Vec::new(),
        };
        let object = match names(&resolved(&pair.0, self.written)) {
            Some(names) => Object { fields: names.into_iter().map(value).collect(), rest: Rest::Closed },
            None => Object { fields: Vec::new(), rest: Rest::Of(Box::new(pair.1.clone()), Vec::new()) },
        };
        self.objects(path, &object, read)
    }

    fn objects(&mut self, path: &str, written: &Object, read: &Object) -> Vec<Finding> {
        let mut findings = Vec::new();
        for field in &read.fields {
            let inside = format!("{path}.{}", field.name);
            let names = std::iter::once(&field.name).chain(&field.aliases);
            match (names.into_iter().find_map(|name| written.field(name)), &written.rest) {
                (Some(other), _) => {
                    if field.required && !other.required {
                        findings.extend(breaking(&inside, "the field is not always written, but required"));
                    }
                    findings.extend(self.compare(&inside, &other.shape, &field.shape));
                }
                (None, Rest::Of(value, _)) => {
                    if field.required {
                        findings.extend(breaking(
                            &inside,
                            "the field may be missing in what is written, but is required",
                        ));
                    }
                    findings.extend(self.compare(&inside, value, &field.shape));
                }
                (None, _) if field.required => {
                    let hint = renamed(field, written, read);
                    let missing = breaking(&inside, "the field is not written, but required");
                    findings
                        .extend(missing.into_iter().map(|finding| Finding { hint: hint.clone(), ..finding }));
                }
                (None, _) => {}
            }
        }
        for field in &written.fields {
            if !read.fields.iter().any(|other| other.is_called(&field.name)) {
                findings.extend(self.unknown_field(&format!("{path}.{}", field.name), field, read));
            }
        }
        findings.extend(self.rests(&format!("{path}.*"), &written.rest, &read.rest));
        findings
    }

    fn unknown_field(&mut self, path: &str, field: &Field, read: &Object) -> Vec<Finding> {
        match &read.rest {
            Rest::Open => {
                lossy(path, "the field is not known to the reader, and gone when it writes the value again")
            }
            Rest::Closed => {
                breaking(path, "the field is not known to the reader, which refuses unknown fields")
            }
            Rest::Of(value, patterns)
                if patterns.iter().all(|pattern| names_number(pattern, &field.name)) =>
            {
                self.compare(path, &field.shape, value)
            }
            Rest::Of(..) => breaking(path, "the field's name is no key that the reader takes"),
        }
    }

    fn rests(&mut self, path: &str, written: &Rest, read: &Rest) -> Vec<Finding> {
        let Rest::Of(value, keys) = written else { return Vec::new() };
        match read {
            Rest::Open => {
                lossy(path, "fields that are not known to the reader are gone when it writes the value again")
            }
            Rest::Closed => breaking(path, "fields may be written that the reader refuses"),
            Rest::Of(other, others) => {
                let mut findings = self.compare(path, value, other);
                let taken = |key: &String| others.contains(key) || is_narrower(key, others);
                if !others.is_empty() && (keys.is_empty() || !keys.iter().all(taken)) {
                    findings.extend(breaking(path, "keys may be written that the reader does not take"));
                }
                findings
            }
        }
    }
}

/// The type behind a name. A definition that is not there says nothing.
fn resolved(shape: &Shape, definitions: &Definitions) -> Shape {
    let mut shape = shape;
    for _ in 0..definitions.len() {
        match shape {
            Shape::Ref(name) => match definitions.get(name) {
                Some(definition) => shape = &definition.shape,
                None => return Shape::Any,
            },
            _ => break,
        }
    }
    match shape {
        Shape::All(parts) => merge(parts, definitions),
        shape => shape.clone(),
    }
}

/// Types in messages end somewhere.
fn shortened(text: String) -> String {
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
