use session_runtime::SessionData;

#[derive(SessionData)]
pub struct Shop {
    #[session(skip)]
    cache: u8,
    #[session(flatten)]
    rest: std::collections::BTreeMap<String, u8>,
    #[session(alias = "count")]
    number: u8,
    #[session(serialize_with = "number")]
    other: u8,
}

fn main() {}
