use std::fmt;

use serde::{Serialize, ser};

use super::key::KeySerializer;
use super::{Form, Serializer, misused};
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::key_order::KeyOrder;
use crate::devalue::slot::Slot;
use crate::devalue::text::Raw;
use crate::devalue::writer::{Draft, Open, Writer};

/// A container that is being written, item by item.
pub struct Compound<'a> {
    writer: &'a mut Writer,
    depth: u32,
    form: Form,
    container: Container,
    /// The object around it that holds the variant's name.
    outer: Option<Draft>,
    order: KeyOrder,
    count: usize,
}

enum Container {
    /// An array or a struct.
    Draft(Draft),
    /// A Map, a Set, or an object of any keys: whether something is in it twice is seen in the end.
    Gathered(Open),
    /// A pair, whose two items go into the Map around it.
    Pair,
}

impl fmt::Debug for Compound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compound").field("items", &self.count).finish_non_exhaustive()
    }
}

impl<'a> Compound<'a> {
    pub(super) fn array(writer: &'a mut Writer, depth: u32) -> Self {
        let draft = writer.begin_array();
        Self::new(writer, depth, Form::Plain, Container::Draft(draft))
    }

    pub(super) fn object(writer: &'a mut Writer, depth: u32) -> Self {
        let draft = writer.begin_object();
        Self::new(writer, depth, Form::Plain, Container::Draft(draft))
    }

    pub(super) fn gathered(writer: &'a mut Writer, depth: u32, form: Form) -> Self {
        let open = writer.open();
        Self::new(writer, depth, form, Container::Gathered(open))
    }

    pub(super) fn pair(writer: &'a mut Writer, depth: u32) -> Self {
        Self::new(writer, depth, Form::Pair, Container::Pair)
    }

    fn new(writer: &'a mut Writer, depth: u32, form: Form, container: Container) -> Self {
        Self { writer, depth, form, container, outer: None, order: KeyOrder::default(), count: 0 }
    }

    /// Puts it into an object whose only key is a variant's name.
    pub(super) fn in_variant(
        writer: &'a mut Writer,
        name: &str,
        inner: impl FnOnce(&'a mut Writer) -> Self,
    ) -> Result<Self, Error> {
        let outer = writer.begin_object();
        check_key(writer, &mut KeyOrder::default(), name)?;
        writer.draft_key(name);
        Ok(Self { outer: Some(outer), ..inner(writer) })
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T, form: Form) -> Result<Slot, Error> {
        value.serialize(Serializer { writer: self.writer, depth: self.depth, form })?;
        Ok(self.writer.last)
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let index = self.count;
        self.count += 1;
        let form = if self.form == Form::Map { Form::Pair } else { Form::Plain };
        let slot = self.value(value, form).map_err(|error| error.in_item(index))?;
        self.child(slot, index);
        Ok(())
    }

    #[inline]
    fn child(&mut self, slot: Slot, index: usize) {
        match &mut self.container {
            Container::Draft(draft) => self.writer.draft_child(draft, slot),
            _ => self.gather(slot, index),
        }
    }

    #[inline(never)]
    fn gather(&mut self, slot: Slot, index: usize) {
        let slot = match self.form {
            // Its two items are there.
            Form::Map => return,
            Form::Set => self.writer.member(slot),
            Form::Pair if index == 0 => self.writer.member(slot),
            _ => slot,
        };
        self.writer.push_item(slot);
    }

    pub(super) fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        check_key(self.writer, &mut self.order, key)?;
        self.writer.draft_key(key);
        let slot = self.value(value, Form::Plain).map_err(|error| error.in_field(key))?;
        self.child(slot, 0);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        self.writer.last = match &self.container {
            Container::Draft(draft) => self.writer.end(draft),
            Container::Gathered(open) => finish_gathered(self.writer, open, self.form),
            // What comes next takes no notice of its number.
            Container::Pair if self.count == 2 => self.writer.last,
            Container::Pair => return Err(misused()),
        };
        if let Some(mut outer) = self.outer {
            let inner = self.writer.last;
            self.writer.draft_child(&mut outer, inner);
            self.writer.last = self.writer.end(&outer);
        }
        Ok(())
    }
}

fn finish_gathered(writer: &mut Writer, open: &Open, form: Form) -> Slot {
    let (tag, step) = match form {
        Form::Map => ("Map", 2),
        Form::Set => ("Set", 1),
        _ => {
            // Of what is flattened into a struct a key may be that of a field.
            writer.out_of_order |= writer.has_twin_keys(open);
            writer.close_object(open);
            return open.slot;
        }
    };
    writer.out_of_order |= writer.has_twin_members(open, step);
    writer.close_tagged(open, Raw { text: tag, escaped: false }, "");
    open.slot
}

/// Whether an object may have the key, and whether it comes in JavaScript's order.
pub(super) fn check_key(writer: &mut Writer, order: &mut KeyOrder, key: &str) -> Result<(), Error> {
    if key == "__proto__" {
        return Err(Error::new(ErrorKind::Unsupported, "an object with a `__proto__` key"));
    }
    writer.out_of_order |= !order.accepts(key);
    Ok(())
}

/// Appends a key of an object whose keys are gathered.
pub(super) fn push_key(writer: &mut Writer, order: &mut KeyOrder, key: &str) -> Result<(), Error> {
    check_key(writer, order, key)?;
    writer.push_key(key);
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
