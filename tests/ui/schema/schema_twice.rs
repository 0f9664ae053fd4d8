use session_runtime::SessionData;

#[derive(SessionData)]
#[session(schema, schema)]
pub struct Shop {
    cart: Vec<String>,
}

fn main() {}
