use session_runtime::SessionData;

#[derive(SessionData)]
#[session(rename_all = "camelCase")]
pub struct Shop {
    #[session(schema)]
    cart: Vec<String>,
}

fn main() {}
