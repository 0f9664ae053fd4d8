use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    user: User,
    #[session(default)]
    cart: Vec<String>,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct User {
    name: String,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.regenrate()
}
