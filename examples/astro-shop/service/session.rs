//! What a visitor's session holds, declared once more in `../front/src/session.d.ts` for Astro.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use session_runtime::SessionData;

#[derive(SessionData)]
#[session(rename_all = "camelCase")]
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
    // Astro's `lastVisit` is not declared here, and is carried over all the same.
}

pub(crate) type Cart = BTreeMap<String, u32>;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
}
