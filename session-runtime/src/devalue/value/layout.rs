//! Writing: the parts are laid out as entries in any order, and copying from that text brings it into canonical form.

use super::part::{Part, Ref};
use super::text::Text;
use crate::devalue::copy::{Seen, UrlForm, copy};
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::kind::element_size;
use crate::devalue::slot::Slot;
use crate::devalue::source::Source;
use crate::devalue::text::push_quoted;
use crate::devalue::writer::Writer;
use crate::devalue::{base64, date, number};

pub(super) fn write(parts: &[Part], root: Ref) -> Result<String, Error> {
    let mut layout = Layout { parts, out: String::from("["), starts: Vec::with_capacity(parts.len()) };
    for part in parts {
        if layout.out.len() > 1 {
            layout.out.push(',');
        }
        let start = u32::try_from(layout.out.len());
        layout.starts.push(start.map_err(|_| Error::new(ErrorKind::Limit, "a text of more than 4 GiB"))?);
        layout.part(part)?;
    }
    layout.out.push(']');
    let root = layout.slot(root)?;
    let source = Source { text: &layout.out, starts: &layout.starts };
    let mut writer = Writer::new();
    let root = copy(&mut writer, source, &mut Seen::default(), root, UrlForm::Kept)?;
    writer.finish(root)
}

struct Layout<'p> {
    parts: &'p [Part],
    out: String,
    starts: Vec<u32>,
}

fn unsupported<T>(note: &'static str) -> Result<T, Error> {
    Err(Error::new(ErrorKind::Unsupported, note))
}

impl Layout<'_> {
    fn slot(&self, at: Ref) -> Result<Slot, Error> {
        let Some(index) = at.index() else { return Ok(at.0) };
        match self.parts.get(index) {
            Some(Part::Undefined) => Ok(Slot::UNDEFINED),
            Some(Part::Number(number)) => Ok(Slot::of_float(*number).unwrap_or(at.0)),
            Some(_) => Ok(at.0),
            None => unsupported("a reference that belongs to another value"),
        }
    }

    fn child(&mut self, at: Ref) -> Result<(), Error> {
        let slot = self.slot(at)?;
        slot.push_to(&mut self.out);
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Result<(), Error> {
        match part {
            Part::Undefined | Part::Null => self.out.push_str("null"),
            Part::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Part::Number(value) if value.is_finite() => number::push_number(&mut self.out, *value),
            Part::Number(_) => self.out.push('0'),
            Part::String(text) => text.push_quoted(&mut self.out),
            Part::BigInt(digits) => {
                let digits =
                    number::decimal(digits).map_or_else(|| unsupported("a bigint without digits"), Ok)?;
                self.tagged("BigInt", &[&Text::from(&*digits)]);
            }
            Part::Date(time) => {
                let text = time.map_or(Some(String::new()), date::format);
                let text = text.map_or_else(|| unsupported("a date out of JavaScript's range"), Ok)?;
                self.tagged("Date", &[&text.into()]);
            }
            Part::RegExp { source, flags } => self.tagged("RegExp", &[source, flags]),
            Part::Url(text) => self.tagged("URL", &[text]),
            Part::UrlSearchParams(text) => self.tagged("URLSearchParams", &[text]),
            Part::Temporal { kind, text } => self.tagged(&format!("Temporal.{kind}"), &[text]),
            Part::ArrayBuffer(bytes) => {
                self.out.push_str("[\"ArrayBuffer\",\"");
                base64::encode(&mut self.out, bytes);
                self.out.push_str("\"]");
            }
            Part::View { kind, buffer, offset, length } => self.view(kind, *buffer, *offset, *length)?,
            Part::Boxed(inner) => self.wrapped("Object", *inner)?,
            Part::Custom { name, content } => self.wrapped(name, *content)?,
            _ => return self.container(part),
        }
        Ok(())
    }

    fn container(&mut self, part: &Part) -> Result<(), Error> {
        match part {
            Part::Array(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index);
                    self.child(item.unwrap_or(Ref(Slot::HOLE)))?;
                }
                self.out.push(']');
            }
            Part::Sparse { length, items } => {
                self.out.push_str(&format!("[-7,{length}"));
                for (position, item) in items {
                    self.out.push_str(&format!(",{position},"));
                    self.child(*item)?;
                }
                self.out.push(']');
            }
            Part::Object(members) => self.members("{", ':', "}", members)?,
            Part::NullObject(members) if members.is_empty() => self.out.push_str("[\"null\"]"),
            Part::NullObject(members) => self.members("[\"null\",", ',', "]", members)?,
            Part::Map(pairs) => {
                let flat: Vec<Ref> = pairs.iter().flat_map(|&(key, value)| [key, value]).collect();
                self.list("Map", &flat)?;
            }
            Part::Set(members) => self.list("Set", members)?,
            _ => {}
        }
        Ok(())
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
    }

    fn tagged(&mut self, tag: &str, texts: &[&Text]) {
        self.out.push('[');
        push_quoted(&mut self.out, tag);
        for text in texts {
            self.out.push(',');
            text.push_quoted(&mut self.out);
        }
        self.out.push(']');
    }

    fn wrapped(&mut self, tag: &str, content: Ref) -> Result<(), Error> {
        self.list(tag, &[content])
    }

    fn list(&mut self, tag: &str, items: &[Ref]) -> Result<(), Error> {
        self.out.push('[');
        push_quoted(&mut self.out, tag);
        for &item in items {
            self.out.push(',');
            self.child(item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn members(&mut self, head: &str, colon: char, tail: &str, members: &[(Text, Ref)]) -> Result<(), Error> {
        self.out.push_str(head);
        for (index, (key, value)) in members.iter().enumerate() {
            self.comma(index);
            key.push_quoted(&mut self.out);
            self.out.push(colon);
            self.child(*value)?;
        }
        self.out.push_str(tail);
        Ok(())
    }

    /// The long form is used exactly when the view does not show the whole buffer.
    fn view(&mut self, kind: &str, buffer: Ref, offset: usize, length: usize) -> Result<(), Error> {
        let size = if kind == "DataView" { Some(1) } else { element_size(kind) };
        let size = size.and_then(|size| usize::try_from(size).ok());
        let bytes = match buffer.index().and_then(|index| self.parts.get(index)) {
            Some(Part::ArrayBuffer(bytes)) => bytes.len(),
            _ => return unsupported("a view without an array buffer"),
        };
        let fits = size.is_some_and(|size| offset.is_multiple_of(size) && length.is_multiple_of(size));
        if !fits || offset.checked_add(length).is_none_or(|end| end > bytes) {
            return unsupported("a view that does not fit its buffer");
        }
        self.wrapped(kind, buffer)?;
        if length != bytes {
            self.out.pop();
            self.out.push_str(&format!(",{offset},{}]", length / size.unwrap_or(1)));
        }
        Ok(())
    }
}
