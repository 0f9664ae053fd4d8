//! A value as what serde serializes. Our own serializer, and formats that nobody reads, get it as devalue's text, so that
//! nothing is lost; formats for people get a tree in which the marker types say what they can.

use std::cell::Cell;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};

use super::Value;
use super::elements::{Element, elements};
use super::part::{Part, Ref};
use super::text::Text;
use crate::devalue::limits::Limits;
use crate::devalue::{WHOLE, date, number};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Holes are nowhere in the text that a value came from, and many views may show the bytes of one buffer: they are
        // paid for out of the limit.
        let once = |part: &Part| match part {
            Part::Sparse { .. } | Part::View { .. } => CONTAINER,
            part => cost(part),
        };
        let once = self.parts.iter().map(once).fold(0, usize::saturating_add);
        let walk = Walk { value: self, budget: Cell::new(once.saturating_add(Limits::default().expansion)) };
        serializer.serialize_newtype_struct(WHOLE, &Tree { walk: &walk, at: self.root, above: None })
    }
}

/// What one serialization has in common.
struct Walk<'v> {
    value: &'v Value,
    /// How much may still be written: every part once, and what is shared as often as the limit on expansion allows.
    budget: Cell<usize>,
}

/// What a part costs on top of its text, and each item of a sparse array: as much as where Rust types are read.
const CONTAINER: usize = 16;

fn cost(part: &Part) -> usize {
    let content = match part {
        Part::String(text) | Part::Url(text) | Part::UrlSearchParams(text) | Part::Temporal { text, .. } => {
            text.len()
        }
        Part::RegExp { source, flags } => source.len() + flags.len(),
        Part::BigInt(text) | Part::Custom { name: text, .. } => text.len(),
        Part::ArrayBuffer(bytes) => bytes.len(),
        Part::View { length, .. } => *length,
        Part::Sparse { length, .. } => {
            usize::try_from(*length).unwrap_or(usize::MAX).saturating_mul(CONTAINER)
        }
        Part::Object(members) | Part::NullObject(members) => members.iter().map(|(key, _)| key.len()).sum(),
        _ => 0,
    };
    content.saturating_add(CONTAINER)
}

/// The containers around a part, innermost first.
#[derive(Clone, Copy)]
struct Above<'t> {
    at: Ref,
    depth: u32,
    above: Option<&'t Self>,
}

impl Above<'_> {
    fn contains(&self, at: Ref) -> bool {
        self.at == at || self.above.is_some_and(|above| above.contains(at))
    }
}

struct Tree<'t, 'v> {
    walk: &'t Walk<'v>,
    at: Ref,
    above: Option<&'t Above<'t>>,
}

impl Serialize for Tree<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.walk.value;
        if !serializer.is_human_readable() {
            let text = if self.at == value.root { value.to_text() } else { value.cut(self.at).to_text() };
            return serializer.serialize_str(&text.map_err(S::Error::custom)?);
        }
        let part = value.get(self.at);
        let left = self.walk.budget.get().checked_sub(cost(part));
        self.walk.budget.set(left.ok_or_else(|| {
            S::Error::custom("shared values would be written more often than the limit on expansion allows")
        })?);
        self.leaf(part, serializer)
    }
}

/// A part inside another one: announced to our serializer as the whole value is.
struct Child<'t, 'v>(Tree<'t, 'v>);

impl Serialize for Child<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(WHOLE, &self.0)
    }
}

impl<'v> Tree<'_, 'v> {
    fn leaf<S: Serializer>(&self, part: &'v Part, serializer: S) -> Result<S::Ok, S::Error> {
        match part {
            Part::Undefined => undefined(serializer),
            Part::Null => serializer.serialize_unit(),
            Part::Bool(value) => serializer.serialize_bool(*value),
            Part::Number(value) => float(*value, serializer),
            Part::String(text) | Part::UrlSearchParams(text) | Part::Temporal { text, .. } => {
                serializer.serialize_str(&text.to_string_lossy())
            }
            Part::BigInt(digits) => serializer.serialize_newtype_struct("$devalue::BigInt", digits),
            Part::Date(time) => {
                let text = time.map_or(Some(String::new()), date::format);
                let text = text.ok_or_else(|| S::Error::custom("a date out of JavaScript's range"))?;
                serializer.serialize_newtype_struct("$devalue::Date", &text)
            }
            Part::RegExp { source, flags } => {
                let text = format!("/{}/{}", source.to_string_lossy(), flags.to_string_lossy());
                serializer.serialize_newtype_struct("$devalue::RegExp", &text)
            }
            Part::Url(text) => serializer.serialize_newtype_struct("$devalue::Url", &*text.to_string_lossy()),
            Part::ArrayBuffer(bytes) => serializer.serialize_bytes(bytes),
            Part::View { kind, buffer, offset, length } => {
                let end = offset.checked_add(*length);
                let shown = match (self.walk.value.get(*buffer), end) {
                    (Part::ArrayBuffer(bytes), Some(end)) => bytes.get(*offset..end),
                    _ => None,
                };
                let shown = shown.ok_or_else(|| S::Error::custom("a view that does not fit its buffer"))?;
                match elements(kind, shown) {
                    Some(elements) => serializer.collect_seq(elements),
                    None => serializer.serialize_bytes(shown),
                }
            }
            _ => self.container(part, serializer),
        }
    }

    fn container<S: Serializer>(&self, part: &'v Part, serializer: S) -> Result<S::Ok, S::Error> {
        let depth = self.above.map_or(0, |above| above.depth) + 1;
        if self.above.is_some_and(|above| above.contains(self.at)) {
            return Err(S::Error::custom("a value that contains itself"));
        }
        if depth > Limits::DEPTH {
            return Err(S::Error::custom("values are nested deeper than the limit"));
        }
        let above = Above { at: self.at, depth, above: self.above };
        let child = |at: Ref| Child(Tree { walk: self.walk, at, above: Some(&above) });
        match part {
            Part::Array(items) => {
                serializer.collect_seq(items.iter().map(|at| child(at.unwrap_or(Ref::UNDEFINED))))
            }
            Part::Sparse { length, items } => {
                let mut list = serializer.serialize_seq(usize::try_from(*length).ok())?;
                let mut items = items.iter().peekable();
                for position in 0..*length {
                    let here = items.next_if(|&&(at, _)| at == position);
                    list.serialize_element(&child(here.map_or(Ref::UNDEFINED, |&(_, at)| at)))?;
                }
                list.end()
            }
            Part::Object(members) | Part::NullObject(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, at) in members {
                    map.serialize_entry(&*key.to_string_lossy(), &child(*at))?;
                }
                map.end()
            }
            Part::Map(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|&(key, at)| (child(key), child(at))).collect();
                serializer.serialize_newtype_struct("$devalue::Map", &Pairs(&pairs))
            }
            Part::Set(members) => {
                let members: Vec<_> = members.iter().map(|&at| child(at)).collect();
                serializer.serialize_newtype_struct("$devalue::Set", &members)
            }
            Part::Boxed(at) => child(*at).0.serialize(serializer),
            Part::Custom { name, content } => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(&format!("$devalue::{name}"), &child(*content))?;
                map.end()
            }
            _ => undefined(serializer),
        }
    }
}

struct Pairs<'p, T>(&'p [(T, T)]);

impl<T: Serialize> Serialize for Pairs<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

fn undefined<S: Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_newtype_struct("$devalue::Undefined", &None::<()>)
}

/// An integer as one: formats for people print `1` for it, as JavaScript does, and not `1.0`.
fn float<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    match number::small_integer(value) {
        Some(integer) if integer != 0 || value.is_sign_positive() => serializer.serialize_i64(integer),
        _ => serializer.serialize_f64(value),
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(value) => float(*value, serializer),
            Self::BigInt(value) => {
                serializer.serialize_newtype_struct("$devalue::BigInt", &value.to_string())
            }
        }
    }
}

impl Text {
    /// Its length in bytes of UTF-8 or, where it is not well-formed, in units of UTF-16.
    fn len(&self) -> usize {
        self.as_str().map_or_else(|| self.to_utf16().len(), str::len)
    }
}
