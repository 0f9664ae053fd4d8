use std::fmt;

/// What sort of value a [`Node`](super::Node) is.
///
/// Printed as a word for messages: `map`, `string`, `typed array`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number, `NaN` and the infinities included.
    Number,
    /// A string.
    String,
    /// An array, with or without holes.
    Array,
    /// A plain object, or one without a prototype.
    Object,
    /// A `Map`.
    Map,
    /// A `Set`.
    Set,
    /// A `Date`.
    Date,
    /// A `RegExp`.
    RegExp,
    /// A `BigInt`.
    BigInt,
    /// A `URL`.
    Url,
    /// A `URLSearchParams`.
    UrlSearchParams,
    /// An `ArrayBuffer`.
    ArrayBuffer,
    /// A typed array or a `DataView`.
    TypedArray,
    /// A boxed `Number`, `String`, `Boolean` or `BigInt`.
    Boxed,
    /// One of the `Temporal` types.
    Temporal,
    /// A value written by a program's own reducer.
    Custom,
}

impl Kind {
    pub(crate) fn of_tag(tag: &str) -> Self {
        match tag {
            "Date" => Self::Date,
            "RegExp" => Self::RegExp,
            "Map" => Self::Map,
            "Set" => Self::Set,
            "BigInt" => Self::BigInt,
            "Object" => Self::Boxed,
            "null" => Self::Object,
            "URL" => Self::Url,
            "URLSearchParams" => Self::UrlSearchParams,
            "ArrayBuffer" => Self::ArrayBuffer,
            "DataView" => Self::TypedArray,
            tag if is_temporal(tag) => Self::Temporal,
            tag if element_size(tag).is_some() => Self::TypedArray,
            _ => Self::Custom,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
            Self::Map => "map",
            Self::Set => "set",
            Self::Date => "date",
            Self::RegExp => "regular expression",
            Self::BigInt => "bigint",
            Self::Url => "URL",
            Self::UrlSearchParams => "URL parameters",
            Self::ArrayBuffer => "array buffer",
            Self::TypedArray => "typed array",
            Self::Boxed => "boxed value",
            Self::Temporal => "temporal value",
            Self::Custom => "custom value",
        })
    }
}

/// Bytes per element of a typed array, by its tag.
pub(crate) fn element_size(tag: &str) -> Option<u64> {
    match tag {
        "Int8Array" | "Uint8Array" | "Uint8ClampedArray" => Some(1),
        "Int16Array" | "Uint16Array" | "Float16Array" => Some(2),
        "Int32Array" | "Uint32Array" | "Float32Array" => Some(4),
        "Float64Array" | "BigInt64Array" | "BigUint64Array" => Some(8),
        _ => None,
    }
}

pub(crate) fn is_temporal(tag: &str) -> bool {
    let kinds =
        "Duration Instant PlainDate PlainTime PlainDateTime PlainMonthDay PlainYearMonth ZonedDateTime";
    tag.strip_prefix("Temporal.").is_some_and(|kind| kinds.split(' ').any(|known| known == kind))
}
