use session_runtime::SessionData;

#[derive(SessionData)]
pub union Shop {
    small: u8,
    large: u64,
}

fn main() {}
