use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    type_id: u8,
    borrow: u8,
    #[session(accessor = "borrow_mut")]
    lent: u8,
}

fn main() {}

pub fn used(_: &Session<Shop>) {}
