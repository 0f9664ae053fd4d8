use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(default)]
    users: Vec<User>,
}

pub struct User {
    name: String,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.users().update(|users| users.push(User { name: String::new() }))
}
