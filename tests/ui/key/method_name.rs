use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    id: u32,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.id().set(5)
}
