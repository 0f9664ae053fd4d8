//! What a visitor's session holds. Everything that the shop knows about a visitor is declared here, once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session_runtime::SessionData;

/// What the shop knows about a visitor.
#[derive(SessionData)]
#[session(rename_all = "camelCase")]
#[session(typescript = "shop/session.d.ts", lock = "shop/session.lock.json")]
pub(crate) struct ShopSession {
    /// Who is signed in.
    pub(crate) user: User,

    /// How many of each product are in the cart, by product id. Prices are looked up when they are shown.
    #[session(default)]
    pub(crate) cart: Cart,

    /// One message for the next page.
    #[session(ttl = "5m")]
    pub(crate) flash: Flash,

    /// A sign-in that waits for its one-time code. `sensitive`: the code never appears in `Debug` or a log.
    #[session(ttl = "10m", sensitive)]
    pub(crate) sign_in: PendingSignIn,

    /// When the visitor last looked at the front page, stored as a JavaScript `Date`.
    #[session(as = "session_runtime::devalue::Date")]
    pub(crate) last_visit: jiff::Timestamp,
}

pub(crate) type Cart = BTreeMap<String, u32>;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct User {
    pub(crate) name: String,
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PendingSignIn {
    pub(crate) name: String,
    pub(crate) code: String,
}

impl PendingSignIn {
    /// A sign-in under this name, with a code of six digits that nobody can guess.
    pub(crate) fn new(name: String) -> Self {
        let random = getrandom::u64().expect("the operating system gives random numbers");
        Self { name, code: format!("{:06}", random % 1_000_000) }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Flash {
    Done(String),
    Problem(String),
}
