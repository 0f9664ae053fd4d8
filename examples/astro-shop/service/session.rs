//! What a visitor's session holds. Astro gets its types from here: a test keeps `../front/src/session.d.ts` up to date.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session_runtime::SessionData;

/// What both halves of the shop know about a visitor.
#[derive(SessionData)]
#[session(rename_all = "camelCase")]
#[session(typescript = "astro-shop/front/src/session.d.ts")]
pub(crate) struct ShopSession {
    /// Who is signed in. Written here, shown by Astro.
    pub(crate) user: User,

    /// How many of each product are in the cart. Written here, counted by Astro.
    #[session(default)]
    pub(crate) cart: Cart,

    /// One message for the next page. Written here, shown and deleted by Astro.
    #[session(ttl = "5m")]
    pub(crate) message: String,

    /// The products whose pages were opened: a JavaScript `Set`. Written by Astro, shown here.
    #[session(default, as = "session_runtime::devalue::Set")]
    pub(crate) looked_at: BTreeSet<String>,
}

pub(crate) type Cart = BTreeMap<String, u32>;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct User {
    pub(crate) name: String,
}
