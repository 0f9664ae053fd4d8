use session_runtime::SessionData;

#[derive(SessionData)]
pub struct Shop;

fn main() {}
