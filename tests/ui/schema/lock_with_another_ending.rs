use session_runtime::SessionData;

#[derive(SessionData)]
#[session(lock = "session.lock")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
