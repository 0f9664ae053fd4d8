//! What every contender's session holds.

use serde::{Deserialize, Serialize};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// A number of the shop's.
    pub id: u64,
    /// The full name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// The typical session, as the libraries without keys of their own keep it: in one piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// Who is signed in.
    pub user: User,
    /// Product numbers.
    pub cart: Vec<String>,
    /// Milliseconds since 1970.
    pub last_visit: u64,
}

/// The value of one of a hundred keys, 1 kB each.
pub type Wide = Vec<String>;

/// How many keys a wide session has.
pub const KEYS: usize = 100;

/// One user.
#[must_use]
pub fn user() -> User {
    User { id: 4711, name: "Ada Lovelace".to_owned(), email: "ada@example.com".to_owned() }
}

/// Twenty strings of twelve characters.
#[must_use]
pub fn cart() -> Vec<String> {
    (0..20).map(|nth| format!("product-{nth:04}")).collect()
}

/// The typical session, some 400 bytes as JSON.
#[must_use]
pub fn whole() -> Whole {
    Whole { user: user(), cart: cart(), last_visit: 1_795_416_736_073 }
}

/// The one change of the update: the cart keeps its size, and is another one each time. A change to what is there
/// already would not be written by every library.
pub fn change(cart: &mut [String]) {
    cart.rotate_left(1);
}

/// The name of the `nth` of a hundred keys.
#[must_use]
pub fn wide_key(nth: usize) -> String {
    format!("key{nth:02}")
}

/// The key that is read: one in the middle.
pub const WIDE_KEY: &str = "key57";

/// 1 kB under one key: one text, or seventy short strings.
#[must_use]
pub fn wide(nth: usize, large: bool) -> Wide {
    match large {
        true => vec![format!("{nth:04}").repeat(250)],
        false => (0..70).map(|item| format!("item-{nth:02}-{item:03}")).collect(),
    }
}
