use session_runtime::SessionData;

#[derive(SessionData)]
pub struct Shop {
    #[session(accessor = "type")]
    kind: u8,
    #[session(accessor = "self")]
    own: u8,
}

fn main() {}
