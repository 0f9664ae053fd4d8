use session_runtime::SessionData;

#[derive(SessionData)]
#[session(schema)]
struct Shop {
    cart: Vec<String>,
}

fn main() {
    #[derive(SessionData)]
    #[session(schema)]
    struct Shop {
        cart: Vec<u8>,
    }
}
