use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    user: User,
    #[session(default)]
    cart: Vec<String>,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct User {
    name: String,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    let user: Option<String> = session.user().get()?;
    let cart: Option<Vec<String>> = session.cart().get()?;
    Ok(())
}
