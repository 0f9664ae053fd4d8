use session_runtime::{Session, SessionData};

#[derive(SessionData)]
#[session(version = 2)]
pub struct Shop {
    cart: Vec<u16>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
