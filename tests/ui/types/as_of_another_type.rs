use session_runtime::SessionData;

mod text {
    pub fn serialize<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

#[derive(SessionData)]
pub struct Shop {
    #[session(as = "text")]
    number: u8,
}

fn main() {}
