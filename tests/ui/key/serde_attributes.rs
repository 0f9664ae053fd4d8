use session_runtime::SessionData;

#[derive(SessionData, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Shop {
    #[serde(rename = "kunde")]
    user: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cart: Vec<String>,
    #[serde(skip)]
    cache: u8,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, u8>,
    #[serde(with = "number", alias = "count")]
    number: u8,
    #[serde(rename = "both")]
    #[session(rename = "both")]
    both: u8,
}

mod number {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(number: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        number.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        u8::deserialize(deserializer)
    }
}

fn main() {}
