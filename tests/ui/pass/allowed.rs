//! What is allowed, or expected, for a struct or a field is so for what is generated.
#![deny(warnings, deprecated, private_interfaces, non_camel_case_types, non_snake_case)]

use session_runtime::{Session, SessionData};

mod old {
    #![allow(deprecated)]

    #[deprecated]
    #[derive(Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    pub struct Old;
}

mod private {
    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    pub(crate) struct Private;
}

#[derive(SessionData)]
#[session(schema)]
pub struct Shop {
    #[allow(deprecated)]
    #[session(default)]
    pub allowed: old::Old,
    #[expect(deprecated, reason = "it is still stored")]
    pub expected: Vec<old::Old>,
    #[allow(private_interfaces)]
    pub private: private::Private,
}

#[derive(SessionData)]
#[allow(deprecated, non_snake_case, non_camel_case_types)]
pub struct whole {
    #[session(default)]
    oldName: old::Old,
}

pub fn used(shop: &Session<Shop>, whole: &Session<whole>) -> Result<(), session_runtime::Error> {
    shop.allowed().remove()?;
    whole.oldName().remove()
}

fn main() {}
