use session_runtime::Session;

pub struct Shop {
    pub cart: Vec<String>,
}

fn main() {}

pub fn used(_: &Session<Shop>) {}
