//! Entries with a tag: what a marker asks for, and what is told to a type that takes anything.

use std::borrow::Cow;

use serde::de::{self, Visitor};

use super::access::{OneEntry, Pairs};
use super::value::{CONTAINER, De};
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::keyed::{LongKeys, map_pairs};
use crate::devalue::kind::{Kind, is_temporal};
use crate::devalue::ser::Form;
use crate::devalue::slot::Slot;
use crate::devalue::source::{Cursor, Head};
use crate::devalue::text::Raw;
use crate::devalue::value::{Value, Whole};
use crate::devalue::{base64, number};

impl<'de> De<'_, 'de> {
    /// The digits of a BigInt entry.
    pub(super) fn bigint(&self, mut cursor: Cursor<'de>) -> Result<Cow<'de, str>, Error> {
        let text = cursor.string_item();
        self.pay(text.map_or(0, |raw| raw.text.len()))?;
        let text = text.map(Raw::decode);
        let digits = text.as_deref().and_then(number::decimal).map(|digits| digits.into_owned().into());
        digits.ok_or_else(|| self.locate(Error::syntax("a BigInt entry without decimal digits", cursor.at)))
    }

    /// The text of a tagged entry. Only a URL's may be an entry of its own, as Astro writes it.
    pub(super) fn tagged_text(&self, tag: &str, mut cursor: Cursor<'de>) -> Result<Cow<'de, str>, Error> {
        let text = match cursor.string_item() {
            None if tag == "URL" && cursor.peek() != b']' => {
                match self.input.source.head(self.input.source.slot(&mut cursor)?)? {
                    Head::Str(raw) => Some(raw),
                    _ => None,
                }
            }
            text => text,
        };
        let missing = || Error::syntax("a tagged entry without its text", cursor.at);
        let text =
            text.ok_or_else(missing).and_then(|raw| self.input.budget.take(raw.text.len()).map(|()| raw));
        text.map(Raw::decode).map_err(|error| self.locate(error))
    }

    /// The bytes of an `ArrayBuffer`, or those that a view shows.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Error> {
        let bad = || self.locate(Error::new(ErrorKind::Syntax, "a damaged array buffer or view"));
        let Head::Tagged(tag, mut cursor) = self.input.source.head(self.slot())? else { return Err(bad()) };
        if tag.is("ArrayBuffer") {
            let text = cursor.string_item().ok_or_else(bad)?.decode();
            self.pay_for_text(0)?;
            return base64::decode(&text).ok_or_else(bad);
        }
        if !cursor.more(b']') {
            return Err(bad());
        }
        let slot = self.input.source.slot(&mut cursor)?;
        if self.input.source.kind(slot) != Kind::ArrayBuffer {
            return Err(bad());
        }
        let bytes = self.with(slot).bytes()?;
        let mut count = |default| match cursor.more(b']') {
            true => cursor.count().and_then(|count| usize::try_from(count).ok()).ok_or_else(bad),
            false => Ok(default),
        };
        let from = count(0)?;
        let length = count(bytes.len().saturating_sub(from))?;
        let end = from.checked_add(length).ok_or_else(bad)?;
        bytes.get(from..end).map(<[u8]>::to_vec).ok_or_else(bad)
    }

    pub(super) fn is_byte_view(tag: Raw<'_>) -> bool {
        tag.is("Uint8Array") || tag.is("Uint8ClampedArray")
    }

    pub(super) fn any_tagged<V: Visitor<'de>>(
        self,
        tag: Raw<'de>,
        cursor: Cursor<'de>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name = tag.decode();
        match &*name {
            "Map" => self.map_access(cursor, visitor),
            "Set" => self.seen_as(Form::Set).sequence(visitor),
            "null" => self.mapping(&[], visitor),
            "BigInt" => {
                let digits = self.bigint(cursor)?;
                match (digits.parse(), digits.parse()) {
                    (Ok(value), _) => visitor.visit_u64(value),
                    (_, Ok(value)) => visitor.visit_i64(value),
                    _ => visitor.visit_map(OneEntry::text("BigInt", digits)),
                }
            }
            "Date" | "URLSearchParams" => {
                let text = self.tagged_text(&name, cursor)?;
                visitor.visit_map(OneEntry::text(name, text))
            }
            "URL" => visitor.visit_map(OneEntry::text("Url", self.tagged_text("URL", cursor)?)),
            "RegExp" => visitor.visit_map(OneEntry::text("RegExp", self.regexp(cursor)?.into())),
            temporal if is_temporal(temporal) => {
                let text = self.tagged_text(temporal, cursor)?;
                visitor.visit_map(OneEntry::text(name, text))
            }
            "ArrayBuffer" | "Uint8Array" | "Uint8ClampedArray" => {
                visitor.visit_map(OneEntry::bytes(self.bytes()?))
            }
            _ => {
                let inner = self.only_child(cursor)?;
                match Kind::of_tag(&name) {
                    Kind::Boxed => match inner.input.source.kind(inner.slot()) {
                        Kind::Bool | Kind::Number | Kind::String | Kind::BigInt => {
                            de::Deserializer::deserialize_any(inner, visitor)
                        }
                        _ => Err(Error::syntax("a boxed value that is no primitive", cursor.at)),
                    },
                    Kind::Custom => visitor.visit_map(OneEntry::value(name, inner)),
                    _ => Err(self.mismatch(&visitor)),
                }
            }
        }
    }

    fn only_child(self, mut cursor: Cursor<'de>) -> Result<Self, Error> {
        if !cursor.more(b']') {
            return Err(self.locate(Error::syntax("a tagged entry without content", cursor.at)));
        }
        let slot = self.input.source.slot(&mut cursor)?;
        Ok(self.inside()?.with(slot))
    }

    /// As a literal: `/source/flags`.
    pub(super) fn regexp(&self, mut cursor: Cursor<'de>) -> Result<String, Error> {
        let source = self.tagged_text("RegExp", cursor)?;
        let flags = match cursor.string_item() {
            Some(_) if cursor.more(b']') => cursor.string()?.decode(),
            _ => Cow::Borrowed(""),
        };
        Ok(format!("/{source}/{flags}"))
    }

    /// The entries of a Map.
    pub(super) fn pairs(&self, cursor: Cursor<'de>) -> Result<Vec<(Slot, Slot)>, Error> {
        let mut long = LongKeys::default();
        let pairs = map_pairs(self.input.source, cursor, &mut long)?;
        self.pay_for_text(long.bytes)?;
        Ok(pairs)
    }

    pub(super) fn map_access<V: Visitor<'de>>(
        self,
        cursor: Cursor<'de>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let pairs = self.pairs(cursor)?;
        visitor.visit_map(Pairs::new(self.inside()?, pairs, &[]))
    }

    /// Everything that the value is, at the cost of its text.
    pub(super) fn whole(&self) -> Result<Whole, Error> {
        let (value, bytes) = Value::read_one(self.input.source, self.slot(), self.input.budget.0.get())?;
        self.pay(CONTAINER + bytes)?;
        value.to_text().map(Whole).map_err(|error| self.locate(error))
    }

    /// The text inside a value that a marker asks for by name.
    pub(super) fn marked(&self, form: Form) -> Result<Cow<'de, str>, Error> {
        let (tag, word) = match form {
            Form::Date => ("Date", Kind::Date),
            Form::Url => ("URL", Kind::Url),
            Form::RegExp => ("RegExp", Kind::RegExp),
            _ => ("BigInt", Kind::BigInt),
        };
        match (self.head()?, form) {
            (Head::Tagged(name, cursor), _) if name.is(tag) => match form {
                Form::RegExp => self.regexp(cursor).map(Cow::Owned),
                Form::BigInt => self.bigint(cursor),
                _ => self.tagged_text(tag, cursor),
            },
            (Head::Number(token), Form::BigInt) => {
                let digits = number::parse_integer(token).map(|value| value.to_string().into());
                digits.ok_or_else(|| self.locate(Error::mismatch("bigint", "number with a fraction")))
            }
            _ => Err(self.expected(word.to_string())),
        }
    }
}
