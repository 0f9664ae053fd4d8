//! Every form that a migration may have.

use std::collections::BTreeMap;

use session_runtime::{Session, SessionData};

pub struct Cents(u64);

impl From<u32> for Cents {
    fn from(euros: u32) -> Self {
        Self(u64::from(euros) * 100)
    }
}

pub mod cents {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &super::Cents, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<super::Cents, D::Error> {
        u64::deserialize(deserializer).map(super::Cents)
    }
}

#[derive(SessionData)]
pub struct Shop {
    #[session(version = 1)]
    first: u8,
    #[session(version = 4, migrate(3 = "infallible", 1 = "words", 2 = "Words::parsed"), default)]
    counts: BTreeMap<String, u32>,
    #[session(version = 2, migrate(1 = "<Cents as From<u32>>::from"), as = "cents")]
    price: Cents,
    #[session(version = 2, migrate(1 = "result"))]
    result: Result<u8, String>,
    #[session(version = 2, migrate(1 = "generic::<Vec<u8>>"))]
    generic: Vec<u8>,
    #[session(version = 2, migrate(1 = "Some"))]
    option: Option<u8>,
    #[session(version = 7, on_mismatch = "absent")]
    dropped: u8,
    #[session(version = 7, on_mismatch = "absent", migrate(6 = "<u16 as From<u8>>::from"))]
    cut: u16,
    #[session(version = 2, migrate(1 = "date"), as = "session_runtime::devalue::Date")]
    seen: std::time::SystemTime,
}

pub struct Words(Vec<String>);

impl Words {
    fn parsed(words: Vec<String>) -> Result<BTreeMap<String, u32>, std::convert::Infallible> {
        Ok(Self(words).0.into_iter().map(|word| (word, 1)).collect())
    }
}

fn words(text: String) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn infallible(counts: BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    counts
}

fn result(old: u8) -> Result<u8, String> {
    Ok(old)
}

fn generic<T>(old: T) -> T {
    old
}

fn date(old: session_runtime::devalue::Date<std::time::SystemTime>) -> std::time::SystemTime {
    old.0
}

pub fn used(session: &Session<Shop>) -> Result<(), session_runtime::Error> {
    session.counts().update(|counts| counts.clear())?;
    session.first().remove()?;
    session.price().remove()?;
    session.result().remove()?;
    session.generic().remove()?;
    session.option().remove()?;
    session.dropped().remove()?;
    session.cut().remove()?;
    session.seen().remove()
}

fn main() {}
