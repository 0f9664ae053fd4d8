use session_runtime::SessionData;

#[derive(SessionData)]
#[session(schema = true)]
pub struct Shop {
    #[session(sensitive = true)]
    otp: u32,
    #[session(sensitive())]
    code: u32,
    #[session(sensitive ttl = "1m")]
    pin: u32,
}

fn main() {}
