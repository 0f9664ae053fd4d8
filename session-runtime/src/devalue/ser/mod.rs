//! From serde's data model to a text.

mod compound;
mod form;
mod key;

use std::fmt;

use serde::{Serialize, ser};

use self::compound::{Compound, check_key};
pub(crate) use self::form::Form;
use super::base64;
use super::copy::{Seen, UrlForm, copy, copy_text};
use super::document::Document;
use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::slot::Slot;
use super::text::{Raw, push_quoted};
use super::writer::{Kind, Writer};

/// Writes a value as a whole text, byte for byte what `devalue.stringify` prints for the equivalent value.
///
/// ```
/// let text = session_runtime::devalue::to_string(&vec!["tea", "tea", "milk"])?;
/// assert_eq!(text, r#"[[1,1,2],"tea","milk"]"#);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Unsupported`] for a map whose keys cannot be strings and for a key `__proto__`, `Limit` for a value
/// nested deeper than the reader's default limit, `Custom` if a type's own `Serialize` fails.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    to_string_with(|serializer| value.serialize(serializer))
}

/// Writes what a function gives to a serializer, as [`to_string`] does.
///
/// ```
/// use serde::Serializer as _;
/// let text = session_runtime::devalue::to_string_with(|serializer| serializer.serialize_str("tea"))?;
/// assert_eq!(text, r#"["tea"]"#);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
///
/// # Errors
/// As [`to_string`], and what the function returns; `Unsupported` if it says that all went well and gave no complete value.
pub fn to_string_with(f: impl FnOnce(Serializer<'_>) -> Result<(), Error>) -> Result<String, Error> {
    let writer = written(&mut once(f))?;
    let root = writer.last;
    writer.finish(root)
}

/// Writes a value as [`to_string`] does, and keeps where its entries are: what is read or put into a
/// [`MapWriter`](super::MapWriter) next need not be looked through again.
///
/// ```
/// use session_runtime::devalue;
/// let document = devalue::to_document(&vec!["tea", "milk"])?;
/// assert_eq!(&**document.text(), r#"[[1,2],"tea","milk"]"#);
/// assert_eq!(document.root().decode::<Vec<String>>()?, ["tea", "milk"]);
/// # Ok::<(), devalue::Error>(())
/// ```
///
/// # Errors
/// As [`to_string`].
pub fn to_document<T: Serialize + ?Sized>(value: &T) -> Result<Document, Error> {
    to_document_with(|serializer| value.serialize(serializer))
}

/// Writes what a function gives to a serializer, as [`to_document`] does.
///
/// # Errors
/// As [`to_string_with`].
pub fn to_document_with(f: impl FnOnce(Serializer<'_>) -> Result<(), Error>) -> Result<Document, Error> {
    let writer = written(&mut once(f))?;
    let root = writer.last;
    writer.finish_document(root)
}

type Write<'w> = dyn FnMut(Serializer<'_>) -> Result<(), Error> + 'w;

/// So that what follows is compiled once, and not for each type.
fn once(
    f: impl FnOnce(Serializer<'_>) -> Result<(), Error>,
) -> impl FnMut(Serializer<'_>) -> Result<(), Error> {
    let mut f = Some(f);
    move |serializer| f.take().map_or(Ok(()), |f| f(serializer))
}

fn written(f: &mut Write<'_>) -> Result<Box<Writer>, Error> {
    let mut writer = Writer::new();
    // No value is a hole.
    writer.last = Slot::HOLE;
    f(Serializer { writer: &mut writer, form: Form::Plain })?;
    if !is_complete(&writer) {
        let note = "the serializer was given no value, or one that was not written to its end";
        return Err(Error::new(ErrorKind::Unsupported, note));
    }
    if writer.out_of_order { renumber(writer) } else { Ok(writer) }
}

/// Whether what was written last is the whole value: the first entry, or a sentinel without entries.
fn is_complete(writer: &Writer) -> bool {
    match writer.last {
        _ if !writer.is_closed() => false,
        Slot::ROOT => true,
        slot => slot.index().is_none() && slot != Slot::HOLE && writer.count() == 0,
    }
}

/// Some keys were array indices and came late: JavaScript has them first. Or keys or members were equal: JavaScript has one
/// of them, with the last value. So entries get other numbers.
#[cold]
fn renumber(writer: Box<Writer>) -> Result<Box<Writer>, Error> {
    let root = writer.last;
    let document = writer.finish_document(root)?;
    let node = document.root();
    let mut writer = Writer::new();
    writer.last = copy(&mut writer, node.source, &mut Seen::default(), node.slot, UrlForm::Kept)?;
    Ok(writer)
}

/// Takes one value from serde and writes it; see [`to_string_with`].
pub struct Serializer<'a> {
    writer: &'a mut Writer,
    form: Form,
}

impl fmt::Debug for Serializer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serializer").field("entries", &self.writer.count()).finish_non_exhaustive()
    }
}

impl<'a> Serializer<'a> {
    #[expect(clippy::unnecessary_wraps, reason = "it is what every method returns")]
    fn done(self, slot: Slot) -> Result<(), Error> {
        self.writer.last = slot;
        Ok(())
    }

    fn integer(self, value: i128) -> Result<(), Error> {
        let slot = self.writer.integer(value);
        self.done(slot)
    }

    /// Whether containers may be begun that are so many levels deep together.
    fn check_depth(&self, levels: u32) -> Result<(), Error> {
        if self.writer.depth() + levels <= Limits::DEPTH {
            return Ok(());
        }
        let note = "the value is nested deeper than it could be read back";
        Err(Error::new(ErrorKind::Limit, note))
    }

    fn begin(self, kind: Kind) -> Result<Compound<'a>, Error> {
        self.check_depth(1)?;
        self.writer.begin(kind);
        Ok(Compound::begun(self.writer, kind))
    }

    fn begin_variant(self, name: &str, kind: Kind) -> Result<Compound<'a>, Error> {
        self.check_depth(2)?;
        check_key(name)?;
        self.writer.begin_variant(name, kind);
        Ok(Compound::begun(self.writer, kind))
    }

    /// Text that a marker gave, in the marker's form.
    fn text(self, text: &str) -> Result<(), Error> {
        let quoted = |out: &mut Vec<u8>| push_quoted(out, text);
        let slot = match self.form {
            Form::Plain | Form::Undefined | Form::Bytes => self.writer.string(text),
            Form::Date => self.writer.leaf("Date", quoted),
            Form::Url => self.writer.leaf("URL", quoted),
            Form::BigInt => self.writer.bigint(text),
            Form::RegExp => regexp(self.writer, text),
            Form::Value => copy_text(self.writer, text)?,
            Form::Map | Form::Pair | Form::Set => return Err(misused()),
        };
        self.writer.last = slot;
        Ok(())
    }
}

fn regexp(writer: &mut Writer, literal: &str) -> Slot {
    let (source, flags) =
        literal.strip_prefix('/').unwrap_or(literal).rsplit_once('/').unwrap_or((literal, ""));
    writer.leaf("RegExp", |out| {
        push_quoted(out, source);
        if !flags.is_empty() {
            out.push(b',');
            push_quoted(out, flags);
        }
    })
}

fn misused() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "a marker around a type that it does not fit: Map is for maps and sequences of pairs, Set for sequences",
    )
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    /// A [`Value`](super::Value) learns from it that it is to give its text.
    fn is_human_readable(&self) -> bool {
        self.form != Form::Value
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        let slot = self.writer.bool(value);
        self.done(slot)
    }

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        let slot = self.writer.signed(value);
        self.done(slot)
    }

    fn serialize_i128(self, value: i128) -> Result<(), Error> {
        self.integer(value)
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        let slot = self.writer.unsigned(value);
        self.done(slot)
    }

    fn serialize_u128(self, value: u128) -> Result<(), Error> {
        match i128::try_from(value) {
            Ok(value) => self.integer(value),
            Err(_) => {
                let slot = self.writer.bigint(&value.to_string());
                self.done(slot)
            }
        }
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        let slot = self.writer.float(value);
        self.done(slot)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        if self.form == Form::Plain {
            self.writer.last = self.writer.string(value);
            return Ok(());
        }
        self.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        let open = self.writer.open();
        let buffer = self.writer.leaf("ArrayBuffer", |out| {
            out.push(b'"');
            base64::encode(out, value);
            out.push(b'"');
        });
        self.writer.push_item(buffer);
        self.writer.close_tagged(&open, Raw { text: "Uint8Array", escaped: false }, "");
        self.done(open.slot)
    }

    fn serialize_none(self) -> Result<(), Error> {
        if self.form == Form::Undefined {
            return self.done(Slot::UNDEFINED);
        }
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        let slot = self.writer.null();
        self.done(slot)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let form = Form::of_signal(name).unwrap_or(self.form);
        value.serialize(Self { form, ..self })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut object = self.begin(Kind::Object)?;
        object.field(variant, value)?;
        object.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, Error> {
        match self.form {
            Form::Map => self.begin(Kind::Map),
            Form::Set => self.begin(Kind::Set),
            // It is no level of its own, and nothing has to be begun.
            Form::Pair => Ok(Compound::begun(self.writer, Kind::Pair)),
            _ => self.begin(Kind::Array),
        }
    }

    fn serialize_tuple(self, length: usize) -> Result<Compound<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Compound<'a>, Error> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Error> {
        self.begin_variant(variant, Kind::Array)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>, Error> {
        let kind = if self.form == Form::Map { Kind::Map } else { Kind::Keyed };
        self.begin(kind)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, Error> {
        self.begin(Kind::Object)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, Error> {
        self.begin_variant(variant, Kind::Object)
    }
}
