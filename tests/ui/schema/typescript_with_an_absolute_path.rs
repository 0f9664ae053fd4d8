use session_runtime::SessionData;

#[derive(SessionData)]
#[session(typescript = "/home/me/env.d.ts")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
