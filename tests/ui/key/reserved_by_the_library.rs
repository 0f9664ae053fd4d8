use session_runtime::{Session, SessionData};

#[derive(SessionData)]
#[session(prefix = "$")]
pub struct Shop {
    session: u32,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.session().set(5)
}
