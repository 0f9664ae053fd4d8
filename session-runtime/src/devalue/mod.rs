//! The stored form: devalue's flattened JSON, as Astro writes it.
//!
//! - [`to_string`] and [`from_str`] turn Rust values into texts and back, through serde.
//! - [`Value`] holds whatever a text can say, shared and cyclic references included.
//! - [`Document`] opens a text once and reads single values from it; [`MapWriter`] carries untouched ones over.
//!
//! # How serde's types are written
//!
//! | Rust | devalue | read from |
//! |---|---|---|
//! | `bool`, `String`, `&str`, `char` | boolean, string | the same |
//! | `f32`, `f64` | number, `NaN`, `-0` and the infinities included; an `f32` as the `f64` of equal value | number |
//! | integers | number up to ±(2^53−1), bigint beyond | number without a fraction, bigint; the range is checked |
//! | `()`, unit structs, `None` | `null` | `null`, `undefined` |
//! | `Some(x)`, newtype structs | `x` | `x`; a missing field is `None` |
//! | structs, maps | plain object; keys that are integers, floats, booleans, characters and unit variants as strings | object, object without prototype, `Map` with string keys |
//! | maps with other keys | refused: use [`Map`] | |
//! | sequences, tuples | array | array (a hole is `undefined`); for numbers also `Uint8Array` |
//! | bytes ([`Bytes`]) | `Uint8Array` | `Uint8Array`, `ArrayBuffer`, array of numbers |
//! | unit variant `A` | `"A"` | `"A"` |
//! | other variants | `{"A":…}`, or as `#[serde(tag, content, untagged)]` says | the same |
//! | [`Value`] | what it holds | anything |
//!
//! What serde has no word for is said by the marker types [`Date`], [`Map`], [`Set`], [`Url`], [`BigInt`], [`RegExp`],
//! [`Bytes`] and [`Undefined`]. Each is a wrapper, and works in `#[serde(with = "…")]` on a field of the type itself:
//!
//! ```
//! use std::time::SystemTime;
//!
//! use serde::{Deserialize, Serialize};
//! use session_runtime::devalue;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Visit {
//!     page: String,
//!     #[serde(with = "devalue::Date")]
//!     at: SystemTime,
//! }
//!
//! let visit = Visit { page: "/".to_owned(), at: SystemTime::UNIX_EPOCH };
//! let text = devalue::to_string(&visit)?;
//! assert_eq!(text, r#"[{"page":1,"at":2},"/",["Date","1970-01-01T00:00:00.000Z"]]"#);
//! let visit: Visit = devalue::from_str(&text)?;
//! assert_eq!(visit.at, SystemTime::UNIX_EPOCH);
//! # Ok::<(), devalue::Error>(())
//! ```
//!
//! Inside `#[serde(flatten)]` and untagged or internally tagged enums serde reads values without knowing their types.
//! The markers work there as well. Types that take anything, such as `serde_json::Value`, then see a date as
//! `{"$devalue::Date":"…"}` (URLs, regular expressions and the rest likewise), a `Map` as a map, a `Set` as a sequence.
//!
//! A lone surrogate, which Rust's strings cannot hold, is read as U+FFFD; a text that is carried over keeps it.
//! An own key `__proto__` is refused both ways, as devalue does.
//!
//! A thread keeps the memory that it wrote a text with for its next one: up to 4 MiB, and up to 64 MiB after two texts
//! in a row that had need of so much.

mod annex;
mod base64;
mod block;
mod copy;
mod date;
mod de;
mod digits;
mod document;
mod entry;
mod error;
mod flat;
mod json;
mod key_order;
mod keyed;
mod kind;
mod limits;
mod locate;
mod map_index;
mod map_writer;
mod marker;
mod node;
mod number;
mod order;
mod output;
mod patchwork;
mod plain;
mod quotes;
mod runs;
mod scan;
mod search;
mod ser;
mod shared;
mod slot;
mod source;
mod splice;
mod starts;
mod stitch;
mod table;
mod text;
mod value;
mod writer;

pub use de::{Deserializer, from_str};
pub use document::Document;
pub use error::{Error, ErrorKind};
pub use kind::Kind;
pub use limits::Limits;
pub(crate) use map_index::MapIndex;
pub use map_writer::{Field, MapWriter};
pub use marker::{
    BigInt, Bytes, Date, DateValue, Integer, Map, Pattern, RegExp, RegExpValue, Set, Undefined, Url, UrlValue,
};
pub use node::Node;
pub(crate) use node::Place;
pub use ser::{Serializer, to_document, to_document_with, to_string, to_string_with};
pub use value::{Part, Ref, Text, Value, ValueRef, from_value, to_value};

/// How the marker types call themselves towards serde: as newtype structs of these names.
const SIGNAL: &str = "$devalue::";

/// How a [`Value`] calls itself: what it is made of is devalue's text.
const WHOLE: &str = "$devalue::Value";
