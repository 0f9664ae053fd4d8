use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(version = 2, migrate(1 = "one"))]
    cart: Vec<u16>,
}

fn one(cart: &[u8]) -> Vec<u16> {
    cart.iter().copied().map(u16::from).collect()
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
