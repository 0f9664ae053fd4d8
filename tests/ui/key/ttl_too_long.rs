use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(ttl = "99999999999999999w")]
    cart: Vec<String>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
