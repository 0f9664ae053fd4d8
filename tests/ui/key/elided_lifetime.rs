use session_runtime::SessionData;

use std::borrow::Cow;

#[derive(SessionData)]
pub struct Shop {
    name: Cow<'_, str>,
}

fn main() {}
