//! Sessions that hold a value of every kind.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session_runtime::SessionData;
use session_runtime::devalue::{self, BigInt, Bytes, Date, Map, Pattern, RegExp, Set, Undefined, Url};

/// A session with something of everything.
///
/// Ends here */ or not.
#[derive(SessionData)]
#[session(
    rename_all = "camelCase",
    typescript = "data/schema/everything.d.ts",
    lock = "data/schema/everything.lock.json"
)]
pub(crate) struct Everything {
    pub(crate) flag: bool,
    pub(crate) small: u8,
    /// Beyond 2^53 it is a bigint.
    #[session(default = "seven")]
    pub(crate) wide: u64,
    pub(crate) huge: i128,
    pub(crate) size: usize,
    pub(crate) ratio: f64,
    pub(crate) half: f32,
    pub(crate) letter: char,
    /// What was typed in.
    ///
    /// Kept for an hour.
    #[session(default, ttl = "1h")]
    pub(crate) text: String,
    #[session(default, sensitive)]
    pub(crate) secret: String,
    pub(crate) nothing: (),
    pub(crate) maybe: Option<String>,
    pub(crate) maybe_wide: Option<u64>,
    pub(crate) list: Vec<u32>,
    pub(crate) options: Vec<Option<u64>>,
    pub(crate) pair: (String, u8),
    pub(crate) triple: [i16; 3],
    pub(crate) key: [u8; 16],
    pub(crate) by_name: BTreeMap<String, Product>,
    pub(crate) by_number: BTreeMap<i32, bool>,
    pub(crate) by_color: BTreeMap<Color, u8>,
    pub(crate) unique: BTreeSet<String>,
    pub(crate) color: Color,
    pub(crate) external: External,
    pub(crate) internal: Internal,
    pub(crate) adjacent: Adjacent,
    pub(crate) untagged: Untagged,
    pub(crate) tree: Tree,
    pub(crate) directory: Directory,
    pub(crate) page: Page<Product>,
    pub(crate) other_page: Page<u64>,
    pub(crate) user_id: Id,
    pub(crate) flattened: Flattened,
    pub(crate) record: Record,
    pub(crate) unit: Unit,
    pub(crate) empty: Empty,
    pub(crate) anything: serde_json::Value,
    #[session(as = "devalue::Date")]
    pub(crate) date: SystemTime,
    #[session(as = "devalue::Date")]
    pub(crate) maybe_date: Option<SystemTime>,
    #[session(as = "devalue::Map")]
    pub(crate) map: BTreeMap<u32, Product>,
    #[session(as = "devalue::Set")]
    pub(crate) set: BTreeSet<Color>,
    #[session(as = "devalue::Url")]
    pub(crate) url: String,
    #[session(as = "devalue::RegExp")]
    pub(crate) pattern: Pattern,
    #[session(as = "devalue::BigInt")]
    pub(crate) bigint: u64,
    #[session(as = "devalue::Bytes")]
    pub(crate) bytes: Vec<u8>,
    #[session(as = "devalue::Undefined")]
    pub(crate) undefined: Option<u8>,
    #[session(as = "spelt")]
    pub(crate) spelt: u8,
    pub(crate) marked: Marked,
    #[session(rename = "with-dash")]
    pub(crate) dashed: u8,
}

fn seven() -> u64 {
    7
}

/// Functions of one's own for `as`.
pub(crate) mod spelt {
    use schemars::{JsonSchema, Schema, SchemaGenerator};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &u8, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }

    pub(crate) fn schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
}

/// Something to buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Product {
    /// What it is called.
    pub(crate) name: String,
    pub(crate) price_in_cents: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(rename = "in-stock")]
    pub(crate) in_stock: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Color {
    Red,
    DarkGreen,
    Blue,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum External {
    /// Nothing to say.
    Silent,
    Loud,
    /// A word.
    Word(String),
    Pair(u8, u64),
    Full {
        /// How loud.
        volume: f32,
        product: Option<Product>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Internal {
    Nothing,
    Product(Product),
    Moved { from: String, to: Option<u64> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "value")]
pub(crate) enum Adjacent {
    Nothing,
    Count(u32),
    Both(String, bool),
    Named { color: Color },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Number(u32),
    Text(String),
    List(Vec<bool>),
    Product(Product),
}

/// A tree of names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tree {
    pub(crate) name: String,
    pub(crate) children: Vec<Self>,
}

/// A map that contains itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Directory(pub(crate) BTreeMap<String, Self>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Box<Self>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Id(pub u32);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Flattened {
    pub(crate) own: u8,
    #[serde(flatten)]
    pub(crate) product: Product,
    #[serde(flatten)]
    pub(crate) kind: Internal,
    #[serde(flatten)]
    pub(crate) rest: BTreeMap<String, serde_json::Value>,
}

/// Its name means something else in TypeScript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Record {
    pub(crate) counts: BTreeMap<String, u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Empty {}

/// The markers inside a struct, as wrappers and beside the field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Marked {
    pub(crate) date: Date<SystemTime>,
    pub(crate) dates: Vec<Date<SystemTime>>,
    #[serde(with = "devalue::Date")]
    #[schemars(schema_with = "Date::<Option<SystemTime>>::schema_with")]
    pub(crate) maybe: Option<SystemTime>,
    pub(crate) map: Map<BTreeMap<Color, Option<u64>>>,
    pub(crate) pairs: Map<Vec<(u8, Set<BTreeSet<u8>>)>>,
    pub(crate) set: Set<Vec<Product>>,
    pub(crate) url: Url<String>,
    pub(crate) pattern: RegExp<Pattern>,
    pub(crate) bigint: BigInt<i128>,
    pub(crate) maybe_bigint: Option<BigInt<i64>>,
    pub(crate) maybe_set: Option<Set<Vec<u8>>>,
    pub(crate) bytes: Bytes<Vec<u8>>,
    pub(crate) undefined: Undefined<Option<String>>,
    #[serde(with = "devalue::Undefined")]
    #[schemars(schema_with = "Undefined::<Option<u8>>::schema_with")]
    pub(crate) undefined_but_there: Option<u8>,
}

/// A second struct in the same file.
#[derive(SessionData)]
#[session(
    prefix = "auth:",
    typescript = "data/schema/everything.d.ts",
    lock = "data/schema/everything.lock.json"
)]
pub(crate) struct Auth {
    /// Types of the same name as another struct's do not collide.
    pub(crate) product: Product,
    pub(crate) attempts: u8,
}
