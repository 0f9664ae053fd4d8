use session_runtime::SessionData;

#[derive(SessionData)]
#[session(lock = "data\\session.lock.json")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
