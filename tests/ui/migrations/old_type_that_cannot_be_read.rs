use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(version = 2, migrate(1 = "one"))]
    cart: Vec<u16>,
}

pub struct Old;

fn one(_: Old) -> Vec<u16> {
    Vec::new()
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
