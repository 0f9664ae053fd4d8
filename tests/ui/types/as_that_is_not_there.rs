use session_runtime::SessionData;

mod half {
    pub fn serialize<S: serde::Serializer>(number: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*number)
    }
}

#[derive(SessionData)]
pub struct Shop {
    #[session(as = "half")]
    number: u8,
}

fn main() {}
