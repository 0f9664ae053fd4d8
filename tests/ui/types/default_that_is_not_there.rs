use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(default)]
    user: User,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct User {
    name: String,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<User, session_runtime::Error> {
    session.user().get()
}
