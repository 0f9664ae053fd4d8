use std::fmt;

use serde::{Serialize, ser};

use super::key::KeySerializer;
use super::{Form, Serializer, misused};
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::key_order::KeyOrder;
use crate::devalue::slot::Slot;
use crate::devalue::text::Raw;
use crate::devalue::writer::{Open, Writer};

/// A container that is being written, item by item.
pub struct Compound<'a> {
    writer: &'a mut Writer,
    depth: u32,
    form: Form,
    /// `None` for a pair, whose two items go into the Map around it.
    open: Option<Open>,
    /// The object around it that holds the variant's name.
    outer: Option<Open>,
    order: KeyOrder,
    count: usize,
}

impl fmt::Debug for Compound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compound").field("items", &self.count).finish_non_exhaustive()
    }
}

impl<'a> Compound<'a> {
    pub(super) fn new(writer: &'a mut Writer, depth: u32, form: Form) -> Self {
        let open = Some(writer.open());
        Self { writer, depth, form, open, outer: None, order: KeyOrder::default(), count: 0 }
    }

    pub(super) fn pair(writer: &'a mut Writer, depth: u32) -> Self {
        let order = KeyOrder::default();
        Self { writer, depth, form: Form::Pair, open: None, outer: None, order, count: 0 }
    }

    pub(super) fn in_variant(writer: &'a mut Writer, depth: u32, name: &str) -> Result<Self, Error> {
        let outer = writer.open();
        push_key(writer, &mut KeyOrder::default(), name)?;
        let mut inner = Self::new(writer, depth, Form::Plain);
        inner.outer = Some(outer);
        Ok(inner)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T, form: Form) -> Result<Slot, Error> {
        value.serialize(Serializer { writer: self.writer, depth: self.depth, form })?;
        Ok(self.writer.last)
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let index = self.count;
        self.count += 1;
        if self.form == Form::Map {
            return self.value(value, Form::Pair).map(drop).map_err(|error| error.in_item(index));
        }
        let slot = self.value(value, Form::Plain).map_err(|error| error.in_item(index))?;
        let compared = self.form == Form::Set || (self.form == Form::Pair && index == 0);
        let slot = if compared { self.writer.member(slot) } else { slot };
        self.writer.push_item(slot);
        Ok(())
    }

    pub(super) fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        push_key(self.writer, &mut self.order, key)?;
        let slot = self.value(value, Form::Plain).map_err(|error| error.in_field(key))?;
        self.writer.push_item(slot);
        Ok(())
    }

    pub(super) fn finish(self, keyed: bool) -> Result<(), Error> {
        let Some(open) = self.open else {
            return if self.count == 2 { Ok(()) } else { Err(misused()) };
        };
        let step = if self.form == Form::Map { 2 } else { 1 };
        self.writer.out_of_order |=
            matches!(self.form, Form::Map | Form::Set) && self.writer.has_twin_members(&open, step);
        match self.form {
            Form::Map => self.writer.close_tagged(&open, Raw { text: "Map", escaped: false }, ""),
            Form::Set => self.writer.close_tagged(&open, Raw { text: "Set", escaped: false }, ""),
            _ if keyed => self.writer.close_object(&open),
            _ => self.writer.close_array(&open),
        }
        self.writer.last = open.slot;
        if let Some(outer) = self.outer {
            self.writer.push_item(open.slot);
            self.writer.close_object(&outer);
            self.writer.last = outer.slot;
        }
        Ok(())
    }
}

/// Appends a key of an object that is open.
pub(super) fn push_key(writer: &mut Writer, order: &mut KeyOrder, key: &str) -> Result<(), Error> {
    if key == "__proto__" {
        return Err(Error::new(ErrorKind::Unsupported, "an object with a `__proto__` key"));
    }
    writer.out_of_order |= !order.accepts(key);
    writer.push_key(key);
    Ok(())
}

impl ser::SerializeSeq for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish(false)
    }
}

impl ser::SerializeTuple for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish(false)
    }
}

impl ser::SerializeTupleStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish(false)
    }
}

impl ser::SerializeTupleVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.item(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish(false)
    }
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        if self.form == Form::Map {
            let slot = self.value(key, Form::Plain).map_err(Error::in_key)?;
            let slot = self.writer.member(slot);
            self.writer.push_item(slot);
            return Ok(());
        }
        key.serialize(KeySerializer { writer: self.writer, order: &mut self.order })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let slot = self.value(value, Form::Plain).map_err(Error::in_key)?;
        self.writer.push_item(slot);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        // Of what is flattened into a struct a key may be that of a field.
        if let Some(open) = self.open.filter(|_| self.form != Form::Map) {
            self.writer.out_of_order |= self.writer.has_twin_keys(&open);
        }
        self.finish(true)
    }
}

impl ser::SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish(true)
    }
}

impl ser::SerializeStructVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish(true)
    }
}
