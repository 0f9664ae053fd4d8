use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(rename = "items")]
    cart: Vec<String>,
    user: String,
    #[session(rename = "items")]
    wishes: Vec<String>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())?;
    session.wishes().set(Vec::new())
}
