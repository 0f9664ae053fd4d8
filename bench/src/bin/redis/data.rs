//! The session of all contenders: a user, a cart of short strings, a time.

use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub name: String,
    pub email: String,
}

/// The whole session, for those that keep it as one value.
#[derive(Clone, Serialize, Deserialize)]
pub struct Whole {
    pub user: User,
    pub cart: Vec<String>,
    pub seen: u64,
}

pub fn whole(cart: usize) -> Whole {
    let user = User { id: 4711, name: "Ada Lovelace".to_owned(), email: "ada@example.com".to_owned() };
    let cart = (0..cart).map(|item| format!("product-{item:04}")).collect();
    Whole { user, cart, seen: 1_795_416_736_073 }
}

pub fn json(cart: usize) -> Vec<u8> {
    serde_json::to_vec(&whole(cart)).expect("JSON")
}

/// What a request that writes does to the cart: its size stays.
pub fn modify(cart: &mut [String]) {
    cart.rotate_left(1);
}
