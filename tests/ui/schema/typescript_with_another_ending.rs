use session_runtime::SessionData;

#[derive(SessionData)]
#[session(typescript = "web/src/env.d.json")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
