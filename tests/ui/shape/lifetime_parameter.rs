use session_runtime::SessionData;
use std::borrow::Cow;

#[derive(SessionData)]
pub struct Shop<'a> {
    name: Cow<'a, str>,
}

fn main() {}
