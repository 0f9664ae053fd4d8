use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(on_mismatch = "abscent")]
    cart: Vec<u16>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
