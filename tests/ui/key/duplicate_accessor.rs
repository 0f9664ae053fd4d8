use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    cart: Vec<String>,
    #[session(accessor = "cart")]
    basket: Vec<String>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
