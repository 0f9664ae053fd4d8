use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(version = 2, migrate(1 = "one"))]
    cart: Vec<u16>,
}

fn one(cart: Vec<u8>) -> Vec<u8> {
    cart
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
