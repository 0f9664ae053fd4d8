use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(accessor = "load")]
    cart: Vec<String>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.load().set(Vec::new())
}
