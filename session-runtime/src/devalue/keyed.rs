//! Containers in which equal members collapse: Map, Set, sparse arrays, and the keys of objects.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::{Error, ErrorKind};
use super::key_order::array_index;
use super::number;
use super::slot::Slot;
use super::source::{Cursor, Head, Source};
use super::table::Table;
use super::text::Raw;

/// What JavaScript compares when it looks a key up in a Map or Set.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Identity<'t> {
    Slot(Slot),
    Word(&'static str),
    Number(u64),
    BigInt(Cow<'t, str>),
    Str(Cow<'t, str>),
    /// A string with a lone surrogate, as it is written.
    Quoted(String),
}

impl Identity<'_> {
    /// Whether it is compared wherever it stands: all that may stand in [`SHORT`] bytes are.
    fn is_short(&self) -> bool {
        match self {
            Self::Slot(_) | Self::Word(_) | Self::Number(_) => true,
            Self::BigInt(text) | Self::Str(text) => text.len() <= SHORT,
            // One byte may be written as an escape of six.
            Self::Quoted(text) => text.len() <= 6 * SHORT,
        }
    }
}

/// A key up to this length is compared wherever it stands, a longer one only once in a text: many small Maps could
/// share it.
const SHORT: usize = 64;

/// So many keys are compared one by one.
const FEW: usize = 8;

/// The keys that take much room, and which of them are equal.
#[derive(Default)]
pub(crate) struct LongKeys<'t> {
    known: HashMap<Slot, Identity<'t>>,
    first: HashMap<Identity<'t>, Slot>,
    /// How many bytes of them were looked at.
    pub(crate) bytes: usize,
}

impl<'t> LongKeys<'t> {
    fn identity(&mut self, source: Source<'t, '_>, slot: Slot) -> Result<Identity<'t>, Error> {
        if source.span(slot) <= SHORT {
            return identity(source, slot);
        }
        if let Some(known) = self.known.get(&slot) {
            return Ok(known.clone());
        }
        self.bytes += source.span(slot);
        let mut found = identity(source, slot)?;
        // Spaces and escapes may take the room, and the same key stand elsewhere without them.
        if !found.is_short() {
            found = Identity::Slot(*self.first.entry(found).or_insert(slot));
        }
        self.known.insert(slot, found.clone());
        Ok(found)
    }
}

fn identity<'t>(source: Source<'t, '_>, slot: Slot) -> Result<Identity<'t>, Error> {
    Ok(match source.head(slot)? {
        Head::Null => Identity::Word("null"),
        Head::Bool(true) => Identity::Word("true"),
        Head::Bool(false) => Identity::Word("false"),
        Head::Float(value) => float_identity(value),
        Head::Number(token) => float_identity(number::parse(token)),
        Head::Str(raw) => string_identity(raw),
        Head::Tagged(tag, mut cursor) if tag.is("BigInt") => match cursor.string_item().map(Raw::decode) {
            Some(Cow::Borrowed(digits)) => {
                Identity::BigInt(number::decimal(digits).unwrap_or(Cow::Borrowed(digits)))
            }
            Some(Cow::Owned(digits)) => Identity::BigInt(Cow::Owned(digits)),
            None => Identity::Slot(slot),
        },
        _ => Identity::Slot(slot),
    })
}

fn string_identity(raw: Raw<'_>) -> Identity<'_> {
    raw.decode_exact().map_or_else(
        || {
            let mut quoted = String::new();
            raw.push_quoted(&mut quoted);
            Identity::Quoted(quoted)
        },
        Identity::Str,
    )
}

/// By SameValueZero: NaN equals itself, -0 equals 0.
fn float_identity(value: f64) -> Identity<'static> {
    let value = if value == 0.0 { 0.0 } else { value };
    Identity::Number(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() })
}

/// Keys and values of a Map: a later equal key replaces the value and keeps the place.
pub(crate) fn map_pairs<'t>(
    source: Source<'t, '_>,
    mut cursor: Cursor<'t>,
    long: &mut LongKeys<'t>,
) -> Result<Vec<(Slot, Slot)>, Error> {
    let mut pairs = Vec::new();
    while let Some(key) = next_member(source, &mut cursor)? {
        let Some(value) = next_member(source, &mut cursor)? else {
            return Err(Error::syntax("a Map entry with a key and no value", cursor.at));
        };
        pairs.push((key, value));
    }
    collapse(source, pairs, long)
}

/// The pairs of a Map that has few of them, and distinct short strings as keys.
#[derive(Clone, Copy, Default)]
pub(crate) struct FewPairs {
    pairs: [(Slot, Slot); FEW],
    count: usize,
}

impl FewPairs {
    /// What [`map_pairs`] gives, if the Map is such a one, or is `known` to have each key once; `None` says nothing.
    pub(crate) fn read<'t>(source: Source<'t, '_>, mut cursor: Cursor<'t>, known: bool) -> Option<Self> {
        let mut few = Self::default();
        while let Some(key) = source.next_plain_item(&mut cursor) {
            let value = source.next_plain_item(&mut cursor)?;
            *few.pairs.get_mut(few.count)? = (key, value);
            few.count += 1;
        }
        (cursor.peek() == b']' && (known || are_distinct(source, few.as_slice()))).then_some(few)
    }

    pub(crate) fn as_slice(&self) -> &[(Slot, Slot)] {
        self.pairs.get(..self.count).unwrap_or_default()
    }
}

/// The next key, value or member of a Map or Set, if there is one.
#[inline(always)]
pub(crate) fn next_member<'t>(
    source: Source<'t, '_>,
    cursor: &mut Cursor<'t>,
) -> Result<Option<Slot>, Error> {
    match source.next_plain_item(cursor) {
        Some(slot) => Ok(Some(slot)),
        None => cursor.more(b']').then(|| source.slot(cursor)).transpose(),
    }
}

/// Members of a Set, each once.
pub(crate) fn set_members<'t>(
    source: Source<'t, '_>,
    mut cursor: Cursor<'t>,
    long: &mut LongKeys<'t>,
) -> Result<Vec<Slot>, Error> {
    let mut members = Vec::new();
    while let Some(member) = next_member(source, &mut cursor)? {
        members.push((member, ()));
    }
    Ok(collapse(source, members, long)?.into_iter().map(|(member, ())| member).collect())
}

fn collapse<'t, V>(
    source: Source<'t, '_>,
    pairs: Vec<(Slot, V)>,
    long: &mut LongKeys<'t>,
) -> Result<Vec<(Slot, V)>, Error> {
    if are_distinct(source, &pairs) {
        return Ok(pairs);
    }
    let mut places = HashMap::with_capacity(pairs.len());
    let mut kept: Vec<(Slot, V)> = Vec::with_capacity(pairs.len());
    for (key, value) in pairs {
        let at = *places.entry(long.identity(source, key)?).or_insert(kept.len());
        match kept.get_mut(at) {
            Some(earlier) => earlier.1 = value,
            None => kept.push((key, value)),
        }
    }
    Ok(kept)
}

/// Whether the keys are short strings without escapes, no two of them equal: what those of a session are.
fn are_distinct<V>(source: Source<'_, '_>, pairs: &[(Slot, V)]) -> bool {
    let key = |pair: &(Slot, V)| {
        let short = source.span(pair.0) <= SHORT;
        if short { source.plain_string(pair.0) } else { None }
    };
    if pairs.len() <= FEW {
        let mut names = [""; FEW];
        return pairs.iter().enumerate().all(|(nth, pair)| {
            let (Some(name), Some((place, before))) =
                (key(pair), names.get_mut(..=nth).and_then(<[_]>::split_last_mut))
            else {
                return false;
            };
            *place = name;
            !before.contains(&name)
        });
    }
    let mut table = Table::default();
    pairs.iter().all(|pair| {
        let (Some(name), Some(start)) = (key(pair), source.offset(pair.0)) else { return false };
        let same = |at: usize| {
            let end = at + name.len();
            source.text.get(at..end) == Some(name) && source.text.as_bytes().get(end) == Some(&b'"')
        };
        table.find_or_insert(table.hash(name.as_bytes()), start + 1, same).is_none()
    })
}

/// Keys and values of an object in JavaScript's order; of equal keys the last value counts, at the first one's place.
pub(crate) fn object_members<'t>(
    source: Source<'t, '_>,
    mut cursor: Cursor<'t>,
    close: u8,
) -> Result<Vec<(Raw<'t>, Slot)>, Error> {
    let mut places = HashMap::new();
    let mut kept: Vec<(Raw<'t>, Slot)> = Vec::new();
    while cursor.more(close) {
        let at = cursor.at;
        let key = cursor.key()?;
        refuse_proto(key, at)?;
        let slot = source.slot(&mut cursor)?;
        let place = *places.entry(string_identity(key)).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(earlier) => earlier.1 = slot,
            None => kept.push((key, slot)),
        }
    }
    kept.sort_by_key(|(key, _)| array_index(&key.decode()).unwrap_or(u32::MAX));
    Ok(kept)
}

/// Where the keys of an object stand that come again later, the first one last. A damaged object is left to its reader.
pub(crate) fn superseded_keys(mut cursor: Cursor<'_>, close: u8) -> Vec<usize> {
    let (mut places, mut superseded) = (HashMap::new(), Vec::new());
    while cursor.more(close) {
        let at = cursor.at;
        let Ok(key) = cursor.key() else { break };
        superseded.extend(places.insert(string_identity(key), at));
        if cursor.number().is_empty() {
            break;
        }
    }
    superseded.sort_unstable_by(|left, right| right.cmp(left));
    superseded
}

/// Length and items of a `[-7,length,…]` entry, by ascending position, the last of equal ones.
pub(crate) fn sparse_items<'t>(
    source: Source<'t, '_>,
    mut cursor: Cursor<'t>,
) -> Result<(u64, Vec<(usize, Slot)>), Error> {
    let bad = |cursor: &Cursor<'_>| Error::syntax("a sparse array with a bad length or position", cursor.at);
    let length = cursor.more(b']').then(|| cursor.count()).flatten();
    let length = length.filter(|&length| length <= u64::from(u32::MAX)).ok_or_else(|| bad(&cursor))?;
    let mut items = Vec::new();
    while cursor.more(b']') {
        let position = cursor.count().filter(|&position| position < length);
        let position =
            position.and_then(|position| usize::try_from(position).ok()).ok_or_else(|| bad(&cursor))?;
        if !cursor.more(b']') {
            return Err(bad(&cursor));
        }
        items.push((position, source.slot(&mut cursor)?));
    }
    if !items.is_sorted_by(|left, right| left.0 < right.0) {
        items.reverse();
        items.sort_by_key(|&(position, _)| position);
        items.dedup_by_key(|&mut (position, _)| position);
    }
    Ok((length, items))
}

const PROTO: &str = "__proto__";

/// JavaScript refuses this key, because setting it would change what the object is.
#[inline]
pub(crate) fn is_proto(key: &str) -> bool {
    key == PROTO
}

/// As [`is_proto`], for a key that may have escapes.
#[inline]
pub(crate) fn refuse_proto(key: Raw<'_>, at: usize) -> Result<(), Error> {
    // Most are shorter, and so told apart at once.
    if key.text.len() >= PROTO.len() && key.is(PROTO) {
        return Err(Error::new(ErrorKind::Unsupported, "an object with a `__proto__` key").at(at));
    }
    Ok(())
}

/// Whether a value contains itself.
pub(crate) fn contains_itself(source: Source<'_, '_>, slot: Slot) -> bool {
    let mut seen = vec![false; source.starts.len()];
    let mut left = Vec::new();
    children(source, slot, &mut left);
    while let Some(next) = left.pop() {
        if next == slot {
            return true;
        }
        if let Some(mark) = next.index().and_then(|index| seen.get_mut(index)).filter(|mark| !**mark) {
            *mark = true;
            children(source, next, &mut left);
        }
    }
    false
}

fn children(source: Source<'_, '_>, slot: Slot, out: &mut Vec<Slot>) {
    let (mut cursor, close) = match source.head(slot) {
        Ok(Head::Object(cursor)) => (cursor, b'}'),
        Ok(Head::Array(cursor) | Head::Sparse(cursor) | Head::Tagged(_, cursor)) => (cursor, b']'),
        _ => return,
    };
    while cursor.more(close) {
        let keyed = close == b'}' && cursor.key().is_err();
        if keyed || (cursor.peek() == b'"' && cursor.string().is_err()) {
            return;
        }
        match cursor.peek() {
            b'0'..=b'9' | b'-' => out.extend(source.item(&mut cursor)),
            b',' | b']' | b'}' => {}
            _ => return,
        }
    }
}
