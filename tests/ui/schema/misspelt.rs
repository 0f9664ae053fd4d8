use session_runtime::SessionData;

#[derive(SessionData)]
#[session(typscript = "env.d.ts")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
