use session_runtime::SessionData;

#[derive(SessionData)]
#[repr(C, packed)]
pub struct Shop {
    small: u8,
    large: u32,
}

fn main() {}
