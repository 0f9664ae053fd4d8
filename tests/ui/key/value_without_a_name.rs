use session_runtime::SessionData;

#[derive(SessionData)]
#[session("shop:")]
pub struct Shop {
    #[session("lastVisit", 5)]
    last_visit: u32,
}

fn main() {}
