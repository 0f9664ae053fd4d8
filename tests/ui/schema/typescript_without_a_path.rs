use session_runtime::SessionData;

#[derive(SessionData)]
#[session(typescript)]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
