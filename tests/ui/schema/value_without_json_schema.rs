use serde::{Deserialize, Serialize};
use session_runtime::SessionData;

#[derive(Serialize, Deserialize)]
struct User {
    name: String,
}

#[derive(SessionData)]
#[session(schema)]
struct Shop {
    user: User,
}

fn main() {}
