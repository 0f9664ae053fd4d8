use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    cart: Vec<String>,
    user: &'static str,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
