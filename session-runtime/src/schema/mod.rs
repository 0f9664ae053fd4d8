//! What a session holds, told to others: JSON Schema, TypeScript, and a lock on the stored form.
//!
//! A struct asks for it, by `#[session(schema)]` or by one of the attributes that need it; then its values' types need
//! [`JsonSchema`], and the struct implements [`SessionSchema`].
//!
//! | attribute | |
//! |---|---|
//! | `schema` | [`SessionSchema::json_schema`] |
//! | `typescript = "web/src/env.d.ts"` | a file with the `App.SessionData` of an Astro app, kept up to date |
//! | `lock = "session.lock.json"` | a file with the stored form, so that a change that breaks it is noticed |
//!
//! The derive adds a test that is named after the struct (`ShopSession_schema`). It fails where a file is out of date and says
//! in which lines; `SESSION_BLESS=1 cargo test` writes the files anew, but never where `CI` is set. It also fails where
//! a value that is written could not be read back (`#[serde(skip_serializing)]` on a field that is required, for one).
//! [`Files`] is that check.
//!
//! # What a schema says
//! It follows what is *written* (schemars' serialize contract), and describes values as JavaScript gets them from
//! devalue. What JSON has no word for is said by `x-javascript`:
//!
//! | Rust | schema | TypeScript |
//! |---|---|---|
//! | [`devalue::Date`](crate::devalue::Date) | `{"x-javascript": "Date"}` | `Date` |
//! | [`devalue::Url`](crate::devalue::Url), [`RegExp`](crate::devalue::RegExp) | `"URL"`, `"RegExp"` | `URL`, `RegExp` |
//! | [`devalue::Bytes`](crate::devalue::Bytes) | `"Uint8Array"` | `Uint8Array` |
//! | [`devalue::BigInt`](crate::devalue::BigInt) | `"bigint"` | `bigint` |
//! | [`devalue::Undefined`](crate::devalue::Undefined) | `"undefined"`, beside the schema of the value | `T \| undefined` |
//! | [`devalue::Set`](crate::devalue::Set) | `"Set"`, its members in `items` | `Set<T>` |
//! | [`devalue::Map`](crate::devalue::Map) | `"Map"`, its entries in `items` | `Map<K, V>` |
//! | [`devalue::Value`](crate::devalue::Value) | `true` | `unknown` |
//! | integers of 64 and 128 bits | an integer or `"bigint"` | `number \| bigint` |
//!
//! `#[session(as = "path")]` needs a function `path::schema` beside `path::serialize` and `path::deserialize`; the
//! markers have one. Inside a struct of your own use the wrapper as the field's type; or say it to schemars as well:
//! `#[serde(with = "devalue::Date")]` and `#[schemars(schema_with = "devalue::Date::<SystemTime>::schema_with")]`.
//!
//! # What may be absent
//! serde reads an absent field as `None` where its type is an `Option`, an [`Undefined`](crate::devalue::Undefined), one of `Date`, `Url`, `RegExp`
//! and `BigInt` around an `Option`, or one of these in a `Box` or a `#[serde(transparent)]` type; and any field with `#[serde(default)]`. The lock counts
//! these as optional. In TypeScript a field is optional (`?`) where Rust may leave it out (`skip_serializing_if`) and where
//! it may be `undefined`.
//!
//! A field that is read by `#[serde(with = "…")]` or `deserialize_with` must be there, unless it has a `default`. schemars judges such a field
//! by the type in `#[schemars(with = "…")]`; `schema_with` says what serde does.
//!
//! schemars passes over `#[serde(alias = "old")]`. Where the lock should know that an old name is read, say it with
//! `#[schemars(extend("x-alias" = "old"))]` on the field or the unit variant.
//!
//! Keys stand in the order of the fields. Within a value the fields are sorted, because their order in schemars' output
//! depends on a feature that any crate of a build may turn on.

mod compare;
mod document;
mod files;
mod form;
mod lock;
mod markers;
mod merge;
mod section;
mod shape;
mod typescript;

pub use schemars;
pub use schemars::{JsonSchema, Schema, SchemaGenerator};

use self::document::Document;
pub use self::document::{Generator, Keys};
pub use self::files::{Bless, Files, Outdated};
pub use self::markers::Entries;
use crate::SessionData;

/// A session struct with a schema; implemented by `#[derive(SessionData)]` where the struct asks for it.
///
/// ```
/// use session_runtime::SessionData;
/// use session_runtime::schema::SessionSchema;
///
/// #[derive(SessionData)]
/// #[session(schema)]
/// struct Shop {
///     /// Product ids.
///     #[session(default, ttl = "1h")]
///     cart: Vec<String>,
/// }
///
/// # fn example() {
/// let schema = Shop::json_schema();
/// let cart = &schema.as_value()["properties"]["cart"];
/// assert_eq!(cart["items"]["type"], "string");
/// assert_eq!(cart["description"], "Product ids.");
/// assert_eq!(cart["default"].as_array().map(Vec::len), Some(0));
/// assert_eq!(cart["x-ttl-ms"], 3_600_000);
/// # }
/// # fn main() { example() }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema",
    label = "no schema was asked for",
    note = "write `#[session(schema)]` above the struct, beside `#[derive(SessionData)]`"
)]
pub trait SessionSchema: SessionData {
    /// The struct's name.
    const NAME: &'static str;

    /// The struct's doc comment.
    const DOCS: &'static str;

    /// Tells the schema of every key; called by the library.
    #[doc(hidden)]
    fn keys(keys: &mut Keys);

    /// The JSON Schema of the whole session: an object with one property per key, none of them required.
    ///
    /// Besides the schema of its values a property has the field's doc comment as `description`, the `default` (unless the
    /// key is sensitive), `x-ttl-ms`, `x-version` from version 2 on, and `x-sensitive`.
    #[must_use]
    fn json_schema() -> Schema {
        Document::published::<Self>()
    }
}

/// The stored form of each key of a struct, for [`SessionData`]; called by generated code.
#[doc(hidden)]
#[must_use]
pub fn stored_forms<S: SessionSchema>() -> Vec<String> {
    form::forms(&Document::of::<S>(document::Side::Written))
}

/// A type whose values can be described: everything with a [`JsonSchema`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON Schema",
    label = "cannot be described by a schema",
    note = "for a type of your own, add `#[derive(schemars::JsonSchema)]` to it",
    note = "for a type of another crate, turn on the feature of `schemars` for that crate, or name functions: `#[session(as = \"path\")]` with `path::schema`"
)]
pub trait SchemaValue: JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema> SchemaValue for T {}
