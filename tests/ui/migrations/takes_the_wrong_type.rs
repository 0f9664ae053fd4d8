use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(version = 3, migrate(1 = "one", 2 = "two"))]
    cart: Vec<u16>,
}

fn one(cart: Vec<u8>) -> String {
    format!("{cart:?}")
}

fn two(_: Vec<char>) -> Vec<u16> {
    Vec::new()
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
