//! `gen` is a keyword in this edition only: the method is a raw one.

use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    #[session(accessor = "gen")]
    generation: u8,
}

#[derive(SessionData)]
pub struct Raw {
    r#gen: u8,
}

pub fn used(shop: &Session<Shop>, raw: &Session<Raw>) -> Result<(), session_runtime::Error> {
    shop.r#gen().remove()?;
    raw.r#gen().remove()
}

fn main() {}
