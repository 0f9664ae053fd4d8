//! Accessors lead to the right key, with the right type, default and form.

use std::time::{Duration, SystemTime};

use session_runtime::{Defaulted, Entry, Error, Required, Session, SessionData, testing};

mod hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:x}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

/// Stored by what `as` names alone: it has no serde of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Foreign(u32);

struct AsHex;

impl AsHex {
    fn serialize<S: serde::Serializer>(value: &Foreign, serializer: S) -> Result<S::Ok, S::Error> {
        hex::serialize(&value.0, serializer)
    }

    fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Foreign, D::Error> {
        hex::deserialize(deserializer).map(Foreign)
    }
}

fn five() -> u8 {
    5
}

#[derive(SessionData)]
struct Shop {
    user: String,
    #[session(default)]
    cart: Vec<String>,
    #[session(default = "five")]
    left: u8,
    #[session(default = "Default::default")]
    generic: u16,
    #[session(as = "hex", rename = "colour")]
    color: u32,
    #[session(as = "AsHex", default = "zero")]
    foreign: Foreign,
    #[session(as = "session_runtime::devalue::Date")]
    seen: SystemTime,
    #[session(ttl = "1h")]
    otp: u32,
    #[session(as = "interned")]
    language: &'static str,
}

const fn zero() -> Foreign {
    Foreign(0)
}

mod interned {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<&'static str, D::Error> {
        match &*String::deserialize(deserializer)? {
            "de" => Ok("de"),
            _ => Ok("en"),
        }
    }
}

#[test]
fn every_accessor_leads_to_its_own_key() -> Result<(), Error> {
    let session = testing::session::<Shop>();
    session.user().set("ada".to_owned())?;
    session.cart().set(vec!["tea".to_owned()])?;
    session.left().set(1)?;
    session.otp().set(7)?;
    let untyped = session.untyped();
    assert_eq!(untyped.get::<String>("user")?.as_deref(), Some("ada"));
    assert_eq!(untyped.get::<Vec<String>>("cart")?, Some(vec!["tea".to_owned()]));
    assert_eq!(untyped.get::<u8>("left")?, Some(1));
    assert_eq!(untyped.get::<u32>("otp")?, Some(7));
    Ok(())
}

#[test]
fn types_of_the_entries() {
    fn check(session: &Session<Shop>) {
        let _: Entry<'_, String, Required> = session.user();
        let _: Entry<'_, Vec<String>, Defaulted> = session.cart();
    }
    check(&testing::session());
}

#[test]
fn defaults_come_from_the_type_or_the_function() -> Result<(), Error> {
    let session = testing::session::<Shop>();
    assert_eq!(session.user().get()?, None);
    assert_eq!(session.cart().get()?, Vec::<String>::new());
    assert_eq!((session.left().get()?, session.generic().get()?), (5, 0));
    assert_eq!(session.foreign().get()?, Foreign(0));
    session.left().update(|left| *left -= 1)?;
    assert_eq!(session.left().get()?, 4);
    Ok(())
}

#[test]
fn as_gives_the_stored_form() -> Result<(), Error> {
    let session = testing::session::<Shop>();
    session.color().set(255)?;
    session.foreign().set(Foreign(16))?;
    session.language().set("de")?;
    let seen = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
    session.seen().set(seen)?;
    let untyped = session.untyped();
    assert_eq!(untyped.get::<String>("colour")?.as_deref(), Some("ff"));
    assert_eq!(untyped.get::<String>("foreign")?.as_deref(), Some("10"));
    assert_eq!((session.color().get()?, session.foreign().get()?), (Some(255), Foreign(16)));
    assert_eq!((session.seen().get()?, session.language().get()?), (Some(seen), Some("de")));
    Ok(())
}

#[test]
fn a_ttl_is_counted_from_the_set() -> Result<(), Error> {
    let session = testing::session::<Shop>();
    let before = SystemTime::now();
    session.otp().set(1)?;
    session.user().set("ada".to_owned())?;
    let left = session.otp().expires_at().unwrap().duration_since(before).unwrap();
    assert!(left.abs_diff(Duration::from_secs(3600)) < Duration::from_secs(60), "{left:?}");
    assert_eq!(session.user().expires_at(), None);
    Ok(())
}
