use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop(String, u32);

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.regenerate()
}
