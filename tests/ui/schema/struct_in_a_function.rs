use session_runtime::SessionData;

fn main() {
    #[derive(SessionData)]
    #[session(schema)]
    struct Shop {
        cart: Vec<String>,
    }
}
