use session_runtime::SessionData;

#[derive(SessionData)]
#[session(schema = "yes")]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
