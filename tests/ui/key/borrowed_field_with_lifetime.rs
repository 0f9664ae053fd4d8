use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop<'a> {
    name: Option<&'a str>,
}

fn main() {}

pub fn used(session: &Session<Shop<'static>>) -> Result<(), session_runtime::Error> {
    session.name().set(None)
}
