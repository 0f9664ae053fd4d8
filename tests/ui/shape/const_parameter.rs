use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop<const N: usize> {
    cart: [u8; N],
}

fn main() {}

pub fn used(session: &Session<Shop<4>>) -> Result<Option<[u8; 4]>, session_runtime::Error> {
    session.cart().get()
}
