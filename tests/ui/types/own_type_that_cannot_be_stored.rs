use session_runtime::{Session, SessionData};

#[derive(SessionData)]
pub struct Shop {
    user: User,
    #[session(default)]
    cart: Vec<String>,
}

#[derive(Clone)]
pub struct User {
    name: String,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.user().set(User { name: String::new() })?;
    session.user().update(|user| *user = None)?;
    let _: Option<User> = session.user().get()?;
    session.cart().remove()
}
