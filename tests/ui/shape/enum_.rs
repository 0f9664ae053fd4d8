use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub enum Shop {
    Cart(Vec<String>),
    User { name: String },
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.regenerate()
}
