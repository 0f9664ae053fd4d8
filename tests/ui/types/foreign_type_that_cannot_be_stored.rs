use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    started: std::time::Instant,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.started().set(std::time::Instant::now())
}
