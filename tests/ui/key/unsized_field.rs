use session_runtime::SessionData;

#[derive(SessionData)]
pub struct Shop {
    name: str,
}

fn main() {}
