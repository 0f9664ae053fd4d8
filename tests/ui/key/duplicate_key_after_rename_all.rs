use session_runtime::{Session, SessionData};

#[derive(SessionData)]
#[session(rename_all = "camelCase")]
pub struct Shop {
    last_visit: u32,
    #[session(default)]
    last__visit: u32,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.last_visit().set(session.last__visit().get()?)
}
