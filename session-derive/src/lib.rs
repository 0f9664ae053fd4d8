//! The derive macro of `session-runtime`, which re-exports it and documents what it is for.

mod attr;
mod case;
mod check;
mod docs;
mod expand;
mod fallback;
mod items;
mod model;
mod report;
mod schema;
mod serde;
mod suggest;
mod tokens;
mod ttl;
mod types;
mod versions;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::model::Model;
use crate::report::Report;

/// Declares the keys of a session: each field is one key, with an accessor method of its name on `Session<Self>`.
///
/// ```
/// use session_runtime::{Session, SessionData};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # pub struct User;
///
/// #[derive(SessionData)]
/// #[session(rename_all = "camelCase")]
/// pub struct ShopSession {
///     /// The signed-in customer.
///     pub user: User,
///     #[session(default)]
///     pub cart: Vec<String>,
///     #[session(ttl = "10m", sensitive)]
///     pub otp: u32,
/// }
///
/// fn items(session: &Session<ShopSession>) -> Result<usize, session_runtime::Error> {
///     Ok(session.cart().get()?.len())
/// }
/// ```
///
/// The struct is a declaration: it is never built. Doc comments, `#[cfg]`, `#[deprecated]` and the visibility of a field
/// carry over to its accessor. Generated are `ShopSessionAccessors`, as visible as the struct, and the implementation with
/// the table of keys.
///
/// | on the struct | |
/// |---|---|
/// | `rename_all = "camelCase"` | the keys in another case, with serde's words |
/// | `prefix = "auth:"` | put before every key, so that several structs share one session |
/// | `crate = "path"` | where `session_runtime` is, if it goes by another name |
/// | `schema` | implements `SessionSchema`, which needs `JsonSchema` on the values (feature `schema`) |
/// | `typescript = "web/src/env.d.ts"` | a test keeps the TypeScript of the session in this file; brings `schema` |
/// | `lock = "session.lock.json"` | a test compares the stored form with the one in this file; brings `schema` |
///
/// | on a field | |
/// |---|---|
/// | `rename = "key"` | the key as it is stored (the prefix still comes before it) |
/// | `accessor = "name"` | the method's name |
/// | `default`, `default = "path"` | `get` gives `T` instead of `Option<T>`: `T::default()`, or what the function returns |
/// | `ttl = "10m"` | how long a value lives after it was set; units `ms s m h d w`, also `1h30m` |
/// | `as = "path"` | how the value is stored: `path::serialize` and `path::deserialize`, as in `#[serde(with = "…")]`; for a schema also `path::schema` |
/// | `on_conflict = "interrupt"` | 409 where another request changed the key meanwhile; `"merge"`, the default: the last `set` wins, an `update` runs again |
/// | `sensitive` | the value is never shown |
/// | `version = 2` | the version of the values that are written; without it, 1 |
/// | `migrate(1 = "path")` | for each older version the function that makes a value of the next one: `fn(Old) -> New` or `fn(Old) -> Result<New, E>` |
/// | `on_mismatch = "absent"` | a stored value that is not of this type counts as absent; `"error"`, the default: `get` fails |
///
/// `Self` in a path is the struct. A function in `migrate` takes an argument of one type alone: where there are several of its
/// name, say which one, as in `1 = "<Cart as From<u8>>::from"`. A key need not have a value, so that a field is seldom an
/// `Option<T>`: without a default, `get` would give an `Option<Option<T>>`.
///
/// Refused are generic structs, borrowed or unsized fields, two fields with one key or one accessor, the keys `__proto__` and
/// `$session`, and accessors named like a method that every session has (`id`, `load`, `save`, `clone`, …): give such a
/// field an `accessor` of another name. A value's type needs serde's `Serialize` and `Deserialize`, unless `as` is given.
///
/// `#[serde(…)]` on the struct or its fields says nothing about a session. Where it would change a key or what is stored
/// (`rename`, `default`, `with`, `skip`, …) it is refused, unless `#[session(…)]` says the same beside it. `#[allow(…)]` and
/// `#[expect(…)]` on the struct or a field hold for what is generated as well.
#[proc_macro_derive(SessionData, attributes(session))]
pub fn derive_session_data(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut report = Report::default();
    let mut model = Model::parse(&input, &mut report);
    check::check(&mut model, &mut report);
    let tokens = match report.finish() {
        None => expand::expand(&model),
        Some(errors) => fallback::expand(&model, &errors),
    };
    tokens.into()
}
