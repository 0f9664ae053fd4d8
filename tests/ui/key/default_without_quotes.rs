//! The key has a default once the mistake is gone, so that nothing is to be said about its users.

use session_runtime::{Error, Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(default = Vec::new)]
    cart: Vec<String>,
    #[session(default = "Vec new")]
    names: Vec<String>,
    #[session(defualt)]
    steps: Vec<String>,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<usize, Error> {
    Ok(session.cart().get()?.len() + session.names().get()?.len() + session.steps().get()?.len())
}
