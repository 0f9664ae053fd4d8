use session_runtime::SessionData;

#[derive(SessionData)]
pub struct Shop {
    #[session(default = "String::new")]
    cart: Vec<String>,
}

fn main() {}
