//! Types that say what serde cannot: this string is a date, this map is a `Map`.
//!
//! Towards serde they are newtype structs with names of their own. Our serializer and deserializer know the names; other
//! formats see what is inside.

mod bigint;
mod bytes;
mod collections;
mod date;
mod regexp;
mod text;
mod url;

pub use self::bigint::{BigInt, Integer};
pub use self::bytes::Bytes;
pub use self::collections::{Map, Set, Undefined};
pub use self::date::{Date, DateValue};
pub use self::regexp::{Pattern, RegExp, RegExpValue};
pub use self::url::{Url, UrlValue};
