//! Two structs that claim one key for different types are found when the program starts.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use session_runtime::{MemoryStore, SessionConfig, SessionData, SessionLayer, Sessions};

#[derive(SessionData)]
struct Shop {
    cart: BTreeMap<String, u32>,
    user: String,
}

type Cart = std::collections::BTreeMap<String, u32>;

/// The same keys with the same types, spelt otherwise, and one of its own.
#[derive(SessionData)]
struct Alike {
    cart: Cart,
    user: std::string::String,
    own: u8,
}

#[derive(SessionData)]
struct Other {
    own: u8,
    #[session(rename = "cart")]
    basket: Vec<String>,
}

#[derive(SessionData)]
#[session(prefix = "other:")]
struct Prefixed {
    cart: Vec<String>,
}

#[derive(SessionData)]
struct Later {
    #[session(version = 2, migrate(1 = "<String as From<char>>::from"))]
    user: String,
}

mod here {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct User;
}

mod there {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct User;
}

#[derive(SessionData)]
struct Here {
    user: here::User,
}

#[derive(SessionData)]
struct There {
    user: there::User,
}

/// Structs with schemas, whose stored forms are compared.
mod forms {
    use std::time::SystemTime;

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use session_runtime::SessionData;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct User {
        name: String,
    }

    /// What a library knows of a user.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Person {
        /// The full name.
        name: String,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Tree {
        label: User,
        branches: Vec<Self>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Node {
        branches: Vec<Self>,
        label: Person,
    }

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Site {
        user: User,
        #[session(as = "session_runtime::devalue::Date")]
        seen: SystemTime,
    }

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Library {
        user: Person,
    }

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Trees {
        tree: Tree,
    }

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Nodes {
        tree: Node,
    }

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Words {
        tree: Vec<String>,
    }

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Clock {
        seen: SystemTime,
    }
}

fn sessions() -> Sessions {
    Sessions::new(MemoryStore::new(), SessionConfig::default())
}

/// What the panic says.
fn fault<T>(start: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| drop(start()))).expect_err("a panic");
    *panic.downcast::<String>().expect("a text")
}

#[test]
fn structs_that_agree_are_served_together() {
    let sessions = sessions().serves::<Shop>().serves::<Alike>().serves::<Prefixed>().serves::<Shop>();
    let _layer = SessionLayer::from(sessions);
    let _layer = SessionLayer::new(MemoryStore::new()).serves::<Shop>().serves::<Alike>();
}

#[test]
fn a_key_of_two_types_is_a_panic_that_names_both() {
    let text = fault(|| sessions().serves::<Shop>().serves::<Prefixed>().serves::<Other>());
    let expected = "Sessions: the key `cart` is a `BTreeMap<String, u32>` in `migrate::serves::Shop` and a `Vec<String>` in \
                    `migrate::serves::Other`; declare it alike in both, or give one of them another key: `rename` on the \
                    field, or `prefix` on the struct";
    assert_eq!(text, expected);
    let layer = fault(|| SessionLayer::new(MemoryStore::new()).serves::<Shop>().serves::<Other>());
    assert_eq!(layer, expected);
}

#[test]
fn two_types_of_one_name_are_two_types() {
    let text = fault(|| sessions().serves::<Here>().serves::<There>());
    assert!(text.contains("the key `user` is a `here::User` in `migrate::serves::Here`"), "{text}");
}

#[test]
fn a_key_of_two_versions_is_a_panic() {
    let text = fault(|| sessions().serves::<Shop>().serves::<Later>());
    assert!(text.contains("is of version 1 in `migrate::serves::Shop` and of version 2 in"), "{text}");
}

#[test]
fn where_both_have_a_schema_the_stored_form_decides() {
    let _sessions = sessions().serves::<forms::Site>().serves::<forms::Library>();
    let _sessions = sessions().serves::<forms::Trees>().serves::<forms::Nodes>();
    assert!(fault(|| sessions().serves::<forms::Trees>().serves::<forms::Words>()).contains("`Vec<String>`"));
    let text = fault(|| sessions().serves::<forms::Site>().serves::<forms::Clock>());
    let words =
        "the key `seen` is a `SystemTime` stored in a form of its own in `migrate::serves::forms::Site`";
    assert!(text.contains(words), "{text}");
    let text = fault(|| sessions().serves::<forms::Library>().serves::<Here>());
    assert!(text.contains("the key `user` is a `Person` in"), "{text}");
}

#[test]
fn clones_share_what_is_served() {
    let sessions = sessions();
    let layer = SessionLayer::from(sessions.clone()).serves::<Shop>();
    assert!(fault(|| sessions.serves::<Other>()).contains("`cart`"));
    drop(layer);
}
