use std::fmt;

use serde::{Serialize, ser};

use super::key::KeySerializer;
use super::{Form, Serializer, misused};
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::writer::{Kind, Writer};

/// A container that is being written, item by item.
///
/// It is two words, because it is handed on several times: those are given in registers.
pub struct Compound<'a> {
    writer: &'a mut Writer,
    /// How many items it has, above the number of its kind.
    state: u64,
}

const KIND_BITS: u32 = 8;

impl fmt::Debug for Compound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compound").field("items", &self.count()).finish_non_exhaustive()
    }
}

impl<'a> Compound<'a> {
    #[inline]
    pub(super) fn begun(writer: &'a mut Writer, kind: Kind) -> Self {
        Self { writer, state: kind as u64 }
    }

    #[inline]
    fn count(&self) -> usize {
        (self.state >> KIND_BITS) as usize
    }

    #[inline]
    fn is(&self, kind: Kind) -> bool {
        self.state & ((1 << KIND_BITS) - 1) == kind as u64
    }

    #[inline]
    fn kind(&self) -> Kind {
        let number = (self.state & ((1 << KIND_BITS) - 1)) as usize;
        Kind::ALL.get(number).copied().unwrap_or(Kind::Array)
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T, form: Form) -> Result<(), Error> {
        value.serialize(Serializer { writer: self.writer, form })
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let index = self.count();
        self.state += 1 << KIND_BITS;
        let form = if self.is(Kind::Map) { Form::Pair } else { Form::Plain };
        self.value(value, form).map_err(|error| error.in_item(index))?;
        self.writer.add(self.kind(), index);
        Ok(())
    }

    pub(super) fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        check_key(key)?;
        self.writer.draft_key(key);
        self.value(value, Form::Plain).map_err(|error| error.in_field(key))?;
        self.writer.add(Kind::Object, 0);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        if self.is(Kind::Pair) && self.count() != 2 {
            return Err(misused());
        }
        self.writer.end(self.kind());
        Ok(())
    }
}

/// Whether an object may have the key.
#[inline]
pub(super) fn check_key(key: &str) -> Result<(), Error> {
    if key == "__proto__" {
        return Err(Error::new(ErrorKind::Unsupported, "an object with a `__proto__` key"));
    }
    Ok(())
}

/// Appends a key of an object whose keys are gathered.
pub(super) fn push_key(writer: &mut Writer, key: &str) -> Result<(), Error> {
    check_key(key)?;
    writer.gather_key(key);
    Ok(())
}

impl ser::SerializeSeq for Compound<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTuple for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        if self.is(Kind::Map) {
            self.value(key, Form::Plain).map_err(Error::in_key)?;
            let slot = self.writer.member(self.writer.last);
            self.writer.push_item(slot);
            return Ok(());
        }
        key.serialize(KeySerializer { writer: self.writer })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value, Form::Plain).map_err(Error::in_key)?;
        self.writer.push_item(self.writer.last);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}
