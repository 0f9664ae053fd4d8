use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop<T> {
    cart: Vec<T>,
}

fn main() {}

pub fn used(session: &Session<Shop<String>>) -> Result<Option<Vec<String>>, session_runtime::Error> {
    session.cart().get()
}
