use fearless_simd::{Level, dispatch};
use serde::de::{DeserializeSeed, MapAccess};

use super::key::Key;
use super::value::De;
use crate::devalue::error::Error;
use crate::devalue::keyed::{refuse_proto, superseded_keys};
use crate::devalue::quotes::Quotes;
use crate::devalue::slot::Slot;
use crate::devalue::text::Raw;

/// Keys and values of an object.
pub(super) struct Members<'a, 'de> {
    parent: De<'a, 'de>,
    /// Where the next key or value stands.
    at: usize,
    quotes: Quotes<'de>,
    close: u8,
    /// The value of the last key, if it was read along with that; otherwise a hole.
    value: Slot,
    /// The key that was given last, and where it stands.
    key: Raw<'de>,
    key_at: usize,
    fields: &'static [&'static str],
    /// Where the keys stand that come again later, the first one last.
    passed_over: Vec<usize>,
}

impl<'a, 'de> Members<'a, 'de> {
    #[inline(always)]
    pub(super) fn new(parent: De<'a, 'de>, at: usize, close: u8, fields: &'static [&'static str]) -> Self {
        let passed_over = match parent.input.has_twins {
            true => superseded_keys(parent.input.source.cursor(at), close),
            false => Vec::new(),
        };
        let (quotes, key) =
            (Quotes::new(parent.input.source.text.as_bytes()), Raw { text: "", escaped: false });
        Self { parent, at, quotes, close, value: Slot::HOLE, key, key_at: at, fields, passed_over }
    }

    /// Reads the next key, if there is one.
    #[inline]
    fn read_key(&mut self) -> Result<bool, Error> {
        if self.parent.input.source.byte(self.at) == self.close {
            return Ok(false);
        }
        if self.read_plain_key().is_some() { Ok(true) } else { self.read_odd_key() }
    }

    /// Reads the next key, and what it leads to, where they are as devalue writes them; `None` says nothing.
    #[inline]
    fn read_plain_key(&mut self) -> Option<()> {
        if !self.passed_over.is_empty() {
            return None;
        }
        let source = &self.parent.input.source;
        let mut cursor = source.cursor(self.at);
        let open = self.at + usize::from(cursor.peek() == b',');
        let close = dispatch!(Level::baseline(), simd => self.quotes.close_of(simd, open))?;
        let (key, index) = cursor.plain_member(open, close)?;
        self.value = Slot::entry(index).filter(|_| index < source.starts.len())?;
        (self.at, self.key_at) = (cursor.at, open);
        // Field by field: what is put down as a whole is waited for where a field of it is read.
        self.key.text = key;
        self.key.escaped = false;
        Some(())
    }

    #[inline(never)]
    fn read_odd_key(&mut self) -> Result<bool, Error> {
        let source = &self.parent.input.source;
        let mut cursor = source.cursor(self.at);
        if !cursor.more(self.close) {
            return Ok(false);
        }
        let mut at = cursor.at;
        while self.passed_over.pop_if(|passed| *passed == at).is_some() {
            cursor.key()?;
            source.slot(&mut cursor)?;
            // The last of equal keys is still to come.
            cursor.more(self.close);
            at = cursor.at;
        }
        self.key = cursor.key()?;
        (self.at, self.key_at, self.value) = (cursor.at, at, Slot::HOLE);
        refuse_proto(self.key, at)?;
        Ok(true)
    }

    #[cold]
    fn read_odd_value(&mut self) -> Result<Slot, Error> {
        let mut cursor = self.parent.input.source.cursor(self.at);
        let slot = self.parent.input.source.slot(&mut cursor)?;
        self.at = cursor.at;
        Ok(slot)
    }
}

/// Names a field of the type; a key that is data stays unnamed.
pub(super) fn locate(error: Error, key: Raw<'_>, fields: &[&str]) -> Error {
    match fields.iter().find(|field| key.is(field)) {
        Some(field) => error.in_field(field),
        None => error.in_key(),
    }
}

impl<'de> MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.read_key()? {
            return Ok(None);
        }
        seed.deserialize(Key(&self.key)).map(Some).map_err(|error| error.at(self.key_at))
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let slot = match self.value {
            Slot::HOLE => self.read_odd_value()?,
            slot => slot,
        };
        seed.deserialize(self.parent.with(slot)).map_err(|error| locate(error, self.key, self.fields))
    }
}
