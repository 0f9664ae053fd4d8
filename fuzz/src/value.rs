//! Values of every kind, with shared parts, cycles and holes.

use std::collections::HashSet;

use session_runtime::devalue::{Part, Ref, Text, Value};

use crate::entropy::Entropy;

/// What the reader of the text can do.
#[derive(Debug, Clone, Copy)]
pub struct Features {
    /// It knows `Temporal` and `Float16Array`.
    pub modern: bool,
    /// It has revivers for `Money` and `Point`.
    pub custom: bool,
}

/// Makes a value of about so many parts. It is in normal form: reading its text gives an equal value.
#[must_use]
pub fn value(entropy: &mut Entropy<'_>, size: usize, features: Features) -> Value {
    let mut value = Value::new();
    let places: Vec<Ref> = (0..size.max(1)).map(|_| value.add(Part::Undefined)).collect();
    let mut maker = Maker { entropy, features, value, places: &places };
    // Leaves first: Maps, boxes and views are made according to what their parts are.
    let leaves = maker.entropy.below(places.len());
    for &place in places.iter().skip(places.len() - leaves) {
        let part = maker.leaf();
        maker.set(place, part);
    }
    for &place in places.iter().take(places.len() - leaves).rev() {
        let part = if maker.entropy.once_in(4) { maker.leaf() } else { maker.container() };
        maker.set(place, part);
    }
    let mut value = maker.value;
    value.set_root(places[0]);
    value
}

const KEYS: &[&str] = &[
    "a",
    "b",
    "id",
    "name",
    "0",
    "7",
    "10",
    "4294967294",
    "4294967295",
    "01",
    "-1",
    "",
    "toString",
    "\u{2028}<",
];
const STRINGS: &[&str] = &[
    "",
    "a",
    "tea",
    "\"\\/\u{8}\u{c}\n\r\t\0\u{1f}",
    "<script>",
    "\u{2028}\u{2029}",
    "😀é\u{feff}\u{7f}\u{80}",
    "__proto__",
    "1",
    "-7",
];
const NUMBERS: &[f64] = &[
    0.0,
    1.0,
    -1.0,
    0.1,
    1e21,
    1e-7,
    5e-324,
    f64::MAX,
    f64::MIN_POSITIVE,
    9_007_199_254_740_991.0,
    9_007_199_254_740_992.0,
    123_456_789_012_345_680_000.0,
    1.0e-6,
    -2.5,
    1.5e300,
];
const BIGINTS: &[&str] = &[
    "0",
    "-1",
    "9007199254740993",
    "-170141183460469231731687303715884105728",
    "123456789012345678901234567890123456789012345",
];
const TIMES: &[i64] = &[
    0,
    1,
    -1,
    8_640_000_000_000_000,
    -8_640_000_000_000_000,
    1_790_000_000_123,
    -62_167_219_200_001,
    253_402_300_800_000,
];
const PATTERNS: &[&str] = &["a+", "(?:)", "\\/", "[a-z]\\d*", "\\n", "é", "(x)|(?<y>z)"];
const FLAGS: &[&str] = &["", "g", "gi", "dgimsuy", "v"];
const ADDRESSES: &[&str] =
    &["https://e.com/", "https://user:p@e.com:8080/a%20b?q=1#f", "mailto:a@e.com", "data:text/plain,x"];
const QUERIES: &[&str] = &["", "a=1", "a=1&a=2&b=%C3%A9", "x=a+b"];
const TEMPORAL: &[(&str, &str)] = &[
    ("Instant", "2026-01-02T03:04:05Z"),
    ("PlainDate", "2026-01-02"),
    ("Duration", "P1D"),
    ("PlainTime", "01:02:03"),
];
const VIEWS: &[(&str, usize)] = &[
    ("Int8Array", 1),
    ("Uint8Array", 1),
    ("Uint8ClampedArray", 1),
    ("Int16Array", 2),
    ("Uint16Array", 2),
    ("Int32Array", 4),
    ("Uint32Array", 4),
    ("Float32Array", 4),
    ("Float64Array", 8),
    ("BigInt64Array", 8),
    ("BigUint64Array", 8),
    ("DataView", 1),
];

struct Maker<'e, 'd, 'p> {
    entropy: &'e mut Entropy<'d>,
    features: Features,
    value: Value,
    places: &'p [Ref],
}

impl Maker<'_, '_, '_> {
    fn set(&mut self, place: Ref, part: Part) {
        if let Some(at) = self.value.get_mut(place) {
            *at = part;
        }
    }

    fn text(&mut self) -> Text {
        match self.entropy.below(4) {
            0 => {
                let units: Vec<u16> = (0..self.entropy.below(6)).map(|_| self.unit()).collect();
                Text::from_utf16(&units)
            }
            1 => Text::from(format!("{}{}", self.entropy.pick(STRINGS), self.entropy.byte())),
            _ => Text::from(*self.entropy.pick(STRINGS)),
        }
    }

    fn unit(&mut self) -> u16 {
        match self.entropy.below(4) {
            0 => 0xd800 + u16::from(self.entropy.byte()),
            1 => 0xdc00 + u16::from(self.entropy.byte()),
            2 => u16::from(self.entropy.byte()),
            _ => u16::from_be_bytes([self.entropy.byte(), self.entropy.byte()]),
        }
    }

    fn float(&mut self) -> f64 {
        match self.entropy.below(4) {
            0 => f64::from_bits(self.entropy.number()),
            1 => f64::from(self.entropy.byte()),
            _ => *self.entropy.pick(NUMBERS),
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..8 * self.entropy.below(4) + self.entropy.below(3)).map(|_| self.entropy.byte()).collect()
    }

    fn leaf(&mut self) -> Part {
        match self.entropy.below(if self.features.modern { 16 } else { 15 }) {
            0 => Part::Undefined,
            1 => Part::Null,
            2 => Part::Bool(self.entropy.once_in(2)),
            3..=5 => Part::Number(self.float()),
            6..=8 => Part::String(self.text()),
            9 => Part::BigInt((*self.entropy.pick(BIGINTS)).to_owned()),
            10 => Part::Date((!self.entropy.once_in(8)).then(|| *self.entropy.pick(TIMES))),
            11 => Part::RegExp {
                source: (*self.entropy.pick(PATTERNS)).into(),
                flags: (*self.entropy.pick(FLAGS)).into(),
            },
            12 => Part::Url((*self.entropy.pick(ADDRESSES)).into()),
            13 => Part::UrlSearchParams((*self.entropy.pick(QUERIES)).into()),
            14 => Part::ArrayBuffer(self.bytes()),
            _ => {
                let (kind, text) = *self.entropy.pick(TEMPORAL);
                Part::Temporal { kind: kind.to_owned(), text: text.into() }
            }
        }
    }

    fn child(&mut self) -> Ref {
        match self.entropy.below(12) {
            0 => *self.entropy.pick(&[
                Ref::UNDEFINED,
                Ref::NAN,
                Ref::INFINITY,
                Ref::NEG_INFINITY,
                Ref::NEG_ZERO,
            ]),
            _ => *self.entropy.pick(self.places),
        }
    }

    fn children(&mut self) -> Vec<Ref> {
        (0..self.entropy.below(6)).map(|_| self.child()).collect()
    }

    fn container(&mut self) -> Part {
        match self.entropy.below(if self.features.custom { 12 } else { 11 }) {
            0 | 1 => Part::object(self.members()),
            2 => Part::NullObject(self.members()),
            3 => Part::array(self.children()),
            4 => {
                let hole = |item: Ref, entropy: &mut Entropy<'_>| (!entropy.once_in(3)).then_some(item);
                Part::Array(self.children().into_iter().map(|item| hole(item, self.entropy)).collect())
            }
            5 => self.sparse(),
            6 | 7 => {
                let keys = self.distinct();
                Part::map(keys.into_iter().map(|key| (key, self.child())))
            }
            8 => Part::set(self.distinct()),
            9 => self.boxed(),
            10 => self.view(),
            // A ring of custom parts alone could not be read: leaves only.
            _ => {
                let leaf = self.leaf();
                let name = (*self.entropy.pick(&["Money", "Point"])).to_owned();
                Part::Custom { name, content: self.value.add(leaf) }
            }
        }
    }

    fn members(&mut self) -> Vec<(Text, Ref)> {
        let mut known = HashSet::new();
        let mut members = Vec::new();
        for value in self.children() {
            let key = if self.entropy.once_in(4) { self.text() } else { (*self.entropy.pick(KEYS)).into() };
            if key.as_str() != Some("__proto__") && known.insert(key.clone()) {
                members.push((key, value));
            }
        }
        members.sort_by_key(|(key, _)| array_index(key).unwrap_or(u32::MAX));
        members
    }

    fn sparse(&mut self) -> Part {
        let length = *self.entropy.pick(&[1, 20, 4_000_000_000_u32]);
        let mut positions: Vec<u32> =
            (0..self.entropy.below(4)).map(|_| u32::from(self.entropy.byte()) % length).collect();
        positions.sort_unstable();
        positions.dedup();
        Part::Sparse {
            length,
            items: positions.into_iter().map(|position| (position, self.child())).collect(),
        }
    }

    /// Children that a Map or Set tells apart. What a place will hold is not known before it is made, except for leaves.
    fn distinct(&mut self) -> Vec<Ref> {
        let mut known = HashSet::new();
        let mut kept = Vec::new();
        for child in self.children() {
            let identity = match self.value.get(child) {
                Part::Undefined if child != Ref::UNDEFINED => continue,
                Part::Number(number) if *number == 0.0 && number.is_sign_negative() => continue,
                Part::Number(number) if number.is_nan() => "NaN".to_owned(),
                Part::Number(number) => format!("number {number}"),
                Part::Undefined => "undefined".to_owned(),
                Part::Null => "null".to_owned(),
                Part::Bool(value) => format!("bool {value}"),
                Part::String(text) => format!("string {:?}", text.to_utf16()),
                Part::BigInt(digits) => format!("bigint {digits}"),
                _ => format!("{child:?}"),
            };
            if known.insert(identity) {
                kept.push(child);
            }
        }
        kept
    }

    fn boxed(&mut self) -> Part {
        let inner = match self.entropy.below(4) {
            0 => Part::Bool(true),
            1 => Part::BigInt("5".to_owned()),
            2 => Part::String(self.text()),
            _ => Part::Number(self.float()),
        };
        Part::Boxed(self.value.add(inner))
    }

    fn view(&mut self) -> Part {
        let (kind, size) = match self.features.modern && self.entropy.once_in(12) {
            true => ("Float16Array", 2),
            false => *self.entropy.pick(VIEWS),
        };
        let known =
            self.places.iter().copied().filter(|&at| matches!(self.value.get(at), Part::ArrayBuffer(_)));
        let known: Vec<Ref> = known.collect();
        let buffer = if known.is_empty() || self.entropy.once_in(2) {
            let bytes = self.bytes();
            self.value.add(Part::ArrayBuffer(bytes))
        } else {
            *self.entropy.pick(&known)
        };
        let Part::ArrayBuffer(bytes) = self.value.get(buffer) else { return Part::Null };
        let elements = bytes.len() / size;
        let from = self.entropy.below(elements + 1);
        let count = self.entropy.below(elements - from + 1);
        let (from, count) = match self.entropy.once_in(2) && bytes.len().is_multiple_of(size) {
            true => (0, elements),
            false => (from, count),
        };
        Part::View { kind: kind.to_owned(), buffer, offset: from * size, length: count * size }
    }
}

fn array_index(key: &Text) -> Option<u32> {
    let text = key.as_str()?;
    let index: u32 = text.parse().ok()?;
    (index < u32::MAX && index.to_string() == text).then_some(index)
}
