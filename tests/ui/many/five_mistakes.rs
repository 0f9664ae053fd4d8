use session_runtime::{Session, SessionData};

#[derive(SessionData)]
#[session(rename_all = "camelcase")]
pub struct Shop {
    #[session(defualt, ttl = "600", sensitive)]
    cart: Vec<String>,
    load: u32,
    #[session(rename = "cart")]
    user: String,
}

fn main() {}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.cart().set(Vec::new())?;
    session.user().set("ada".to_owned())
}
