use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use super::copy::{Seen, UrlForm, copy};
use super::de::Deserializer;
use super::document::{Author, Document};
use super::entry::ONLY_DATA;
use super::error::Error;
use super::keyed::{FewPairs, LongKeys, map_pairs, next_member};
use super::kind::Kind;
use super::limits::Limits;
use super::map_index::MapIndex;
use super::number;
use super::slot::Slot;
use super::source::{Cursor, Head, Source};
use super::writer::Writer;

/// One value inside a [`Document`].
///
/// ```
/// use session_runtime::devalue::{Document, Kind};
///
/// let document = Document::parse(r#"[["Map",1,2],"cart",[3],"tea"]"#)?;
/// let (key, value) = document.root().map_entries().expect("a map").next().expect("an entry");
/// assert_eq!(key.as_str().as_deref(), Some("cart"));
/// assert_eq!(value.kind(), Kind::Array);
/// assert_eq!(value.to_text()?, r#"[[1],"tea"]"#);
/// # Ok::<(), session_runtime::devalue::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Node<'d> {
    pub(crate) source: Source<'d, 'd>,
    pub(crate) slot: Slot,
    pub(crate) limits: &'d Limits,
    pub(crate) author: Author,
    pub(crate) is_plain: bool,
}

impl<'d> Node<'d> {
    /// What sort of value it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.source.kind(self.slot)
    }

    /// Whether it is null.
    pub(crate) fn is_null(self) -> bool {
        self.source.is_null(self.slot)
    }

    /// The number, if it is one, and takes no more than 1,100 characters with the spaces behind it: those are enough for all
    /// digits of any double, and many nodes may be one long number.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        if self.source.span(self.slot) > 1_101 && self.kind() == Kind::Number {
            return None;
        }
        match self.source.head(self.slot).ok()? {
            Head::Float(value) => Some(value),
            Head::Number(token) => Some(number::parse(token)),
            _ => None,
        }
    }

    /// The number, if it is a whole one of at most fifteen digits; `None` says nothing.
    pub(crate) fn as_count(self) -> Option<u64> {
        self.source.plain_integer(self.slot)
    }

    /// The string, if it is one and well-formed (no lone surrogate).
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        match self.source.head(self.slot).ok()? {
            Head::Str(raw) => raw.decode_exact(),
            _ => None,
        }
    }

    /// Whether it is this string.
    #[inline]
    pub(crate) fn is_str(self, text: &str) -> bool {
        if self.is_plain {
            return self.source.whole_string(self.slot) == Some(text);
        }
        let raw = self.source.offset(self.slot).and_then(|at| self.source.text.as_bytes().get(at..));
        let Some((b'"', raw)) = raw.and_then(<[u8]>::split_first) else { return false };
        let same = |(raw, text): &(&u8, u8)| **raw == *text && !matches!(raw, b'"' | b'\\');
        let count = raw.iter().zip(text.bytes()).take_while(same).count();
        match raw.get(count) {
            Some(b'\\') => self.as_str().as_deref() == Some(text),
            Some(b'"') => count == text.len(),
            _ => false,
        }
    }

    /// The value under a key of a plain object. Of two equal keys the last one counts.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Self> {
        let [field] = self.fields([name])?;
        field
    }

    /// The text of the value's own entry.
    pub(crate) fn raw(self) -> &'d str {
        self.source.raw(self.slot)
    }

    /// What [`Self::fields`] gives for `data` where that and an undefined `expires` are all that an object holds, as in
    /// most entries of a session; `None` says nothing.
    pub(crate) fn only_data(self) -> Option<Self> {
        let [before, behind] = ONLY_DATA;
        let digits = self.raw().strip_prefix(before)?.strip_suffix(behind)?;
        let index = self.source.index(digits)?;
        Some(self.with(index))
    }

    /// The value under the only key of an object, if it is this one and stands as devalue writes it; `None` says nothing.
    pub(crate) fn only_field(self, name: &str) -> Option<Self> {
        let rest = self.raw().strip_prefix("{\"")?.strip_prefix(name)?;
        let index = self.source.index(rest.strip_prefix("\":")?.strip_suffix('}')?)?;
        Some(self.with(index))
    }

    /// The values under some keys of a plain object; `None` if it is none, or one that is not well-formed.
    pub(crate) fn fields<const N: usize>(self, names: [&str; N]) -> Option<[Option<Self>; N]> {
        let Head::Object(mut cursor) = self.source.head(self.slot).ok()? else { return None };
        let mut found = [None; N];
        while cursor.more(b'}') {
            let key = cursor.key().ok()?;
            let slot = self.source.slot(&mut cursor).ok()?;
            for (field, _) in found.iter_mut().zip(names).filter(|(_, name)| key.is(name)) {
                *field = Some(self.with(slot));
            }
        }
        Some(found)
    }

    /// Keys and values of a Map, in order, each key once: a later equal key replaces the value and keeps the place.
    ///
    /// `None` if it is no Map, or one that is not well-formed.
    #[must_use]
    pub fn map_entries(self) -> Option<impl Iterator<Item = (Self, Self)>> {
        let pairs = self.map_pairs(self.map_cursor()?)?;
        Some(pairs.into_iter().map(move |(key, value)| (self.with(key), self.with(value))))
    }

    /// The value under a key of a Map. Of equal keys the last one counts. For one or two keys this is quicker than a look
    /// through [`map_entries`](Self::map_entries).
    ///
    /// `None` if there is none, or it is no Map, or one that is not well-formed.
    ///
    /// ```
    /// use session_runtime::devalue::Document;
    ///
    /// let document = Document::parse(r#"[["Map",1,2],"cart",[3],"tea"]"#)?;
    /// let cart: Vec<&str> = document.root().map_value("cart").expect("there is one").decode()?;
    /// assert_eq!(cart, ["tea"]);
    /// # Ok::<(), session_runtime::devalue::Error>(())
    /// ```
    #[must_use]
    pub fn map_value(self, key: &str) -> Option<Self> {
        let mut cursor = self.map_cursor()?;
        let mut found = None;
        while let Some(name) = next_member(self.source, &mut cursor).ok()? {
            let value = next_member(self.source, &mut cursor).ok()??;
            if self.with(name).is_str(key) {
                found = Some(self.with(value));
            }
        }
        found
    }

    /// What [`Self::map_entries`] finds out about a root, to be kept.
    pub(crate) fn map_index(self) -> Option<MapIndex> {
        let cursor = self.map_cursor()?;
        match FewPairs::read(self.source, cursor, self.author == Author::MapWriter) {
            Some(few) => Some(MapIndex::Few(few)),
            None => self.map_pairs(cursor).map(|pairs| MapIndex::Many(pairs.into())),
        }
    }

    fn map_cursor(self) -> Option<Cursor<'d>> {
        match self.source.head(self.slot).ok()? {
            Head::Tagged(tag, cursor) if tag.is("Map") => Some(cursor),
            _ => None,
        }
    }

    fn map_pairs(self, cursor: Cursor<'d>) -> Option<Vec<(Slot, Slot)>> {
        map_pairs(self.source, cursor, &mut LongKeys::default()).ok()
    }

    /// The value as a serde deserializer. An object that has a key twice, which only a damaged or hostile text does, is
    /// refused where a struct is asked for; [`Self::decode`] takes the last value, as `JSON.parse` does.
    #[must_use]
    pub fn deserializer(self) -> Deserializer<'d> {
        Deserializer::new(self)
    }

    /// The value as a Rust type.
    ///
    /// # Errors
    /// If the value has another type, or one of the [`Limits`] is passed.
    pub fn decode<T: Deserialize<'d>>(self) -> Result<T, Error> {
        T::deserialize(self.deserializer()).or_else(|error| match error.may_come_of_twins() {
            true => T::deserialize(self.deserializer().with_twins()),
            false => Err(error),
        })
    }

    /// This value alone, as a canonical text. Shared parts stay shared, cycles are kept.
    ///
    /// # Errors
    /// If a part of it is not well-formed, such as a reference to an entry that does not exist.
    pub fn to_text(self) -> Result<String, Error> {
        let (writer, root) = self.copied()?;
        writer.finish(root)
    }

    /// This value alone, as a document of its own; its text is that of [`Self::to_text`].
    ///
    /// # Errors
    /// As [`Self::to_text`].
    pub fn to_document(self) -> Result<Document, Error> {
        let (writer, root) = self.copied()?;
        Ok(writer.finish_document(root)?.limited(*self.limits))
    }

    fn copied(self) -> Result<(Box<Writer>, Slot), Error> {
        let mut writer = Writer::new();
        let root = copy(&mut writer, self.source, &mut Seen::default(), self.slot, UrlForm::Kept)?;
        Ok((writer, root))
    }

    /// Whether it is all that its document says, which was written here.
    pub(crate) fn is_whole(self) -> bool {
        self.author != Author::Other && self.slot == Slot::ROOT || self.slot.index().is_none()
    }

    /// Where it is in its document.
    pub(crate) fn place(self) -> Place {
        Place(self.slot)
    }

    pub(super) fn with(self, slot: Slot) -> Self {
        Self { slot, ..self }
    }
}

/// Where a value is in its document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(Slot);

impl Place {
    /// The value there, in the document of another node.
    pub(super) fn of(self, node: Node<'_>) -> Node<'_> {
        node.with(self.0)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.kind()).finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::devalue::Document;

    #[test]
    fn strings_are_compared_as_they_are_read() {
        let texts = [r#""cart""#, r#""c\u0061rt""#, r#""\u0063art""#, r#""car\"""#, r#""car\\""#, r#""""#];
        for text in texts.into_iter().chain([r#""ca","r""#, "1", r#"{"cart":1}"#]) {
            let document = Document::parse(format!("[{text}]")).expect("a text");
            let string = document.root().as_str();
            for name in ["cart", "car", "carts", "car\"", "car\\", "ca\",\"r", "c\\u0061rt", "", "\""] {
                assert_eq!(document.root().is_str(name), string.as_deref() == Some(name), "{text} {name}");
            }
        }
    }

    #[test]
    fn a_map_gives_the_last_value_of_a_key() {
        let value = |text: &str, key: &str| {
            let document = Document::parse(text).expect("a text");
            document.root().map_value(key).map(|value| value.to_text().expect("a value"))
        };
        let text = r#"[["Map",1,2,3,2,1,4,5,-1],"a",1,"\u0062",2,3]"#;
        for (key, expected) in [("a", Some("[2]")), ("b", Some("[1]")), ("c", None), ("", None)] {
            assert_eq!(value(text, key).as_deref(), expected, "{key}");
        }
        for text in [r#"[["Map", 1 , 2 ],"a",[]]"#, r#"[["Map",1,2],"a",[]]"#] {
            assert_eq!(value(text, "a").as_deref(), Some("[[]]"), "{text}");
        }
        for text in [r#"[["Map",1],"a"]"#, r#"[["Map",1,9],"a"]"#, r#"[{"a":1},1]"#, r#"["a"]"#] {
            assert_eq!(value(text, "a"), None, "{text}");
        }
    }
}
