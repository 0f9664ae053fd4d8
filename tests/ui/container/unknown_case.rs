use session_runtime::{Session, SessionData};

#[derive(SessionData)]
#[session(rename_all = "camel_case")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())
}
