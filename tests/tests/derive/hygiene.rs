//! Generated code does not depend on what is in scope.

use session_runtime::testing;

/// Another name for the library, as a renamed dependency or a facade gives it.
pub(crate) mod facade {
    pub(crate) mod inner {
        pub(crate) use session_runtime::*;
    }
}

#[test]
fn another_name_for_the_library() {
    #[derive(session_runtime::SessionData)]
    #[session(crate = "facade::inner")]
    struct Renamed {
        #[session(default, ttl = "1m")]
        count: u8,
        #[session(as = "facade::inner::devalue::Date")]
        seen: std::time::SystemTime,
    }

    let session = facade::inner::testing::session::<Renamed>();
    session.count().update(|count| *count += 1).unwrap();
    session.seen().set(std::time::SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(session.count().get().unwrap(), 1);
}

mod shadowed {
    #![allow(dead_code, non_camel_case_types, reason = "names that hide those of the prelude")]

    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Vec;
    pub(crate) struct String;
    pub(crate) struct Box;
    pub(crate) struct Default;
    pub(crate) struct Clone;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Ok;
    pub(crate) struct Err;
    pub(crate) struct Send;
    pub(crate) struct Sync;
    pub(crate) struct Fn;
    pub(crate) struct Duration;
    pub(crate) struct Deref;
    pub(crate) struct Handle;
    pub(crate) struct Entry;
    pub(crate) struct KeyInfo;
    pub(crate) struct Codec;
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod alloc {}
    pub(crate) mod session_runtime {}
    pub(crate) mod serde {}

    #[derive(::session_runtime::SessionData)]
    pub(crate) struct Shadowed {
        pub(crate) required: u8,
        #[session(default, ttl = "1m", sensitive, on_conflict = "interrupt")]
        pub(crate) defaulted: ::std::vec::Vec<u8>,
        #[session(default = "::std::string::String::new")]
        pub(crate) path: ::std::string::String,
        #[session(as = "::session_runtime::devalue::Date")]
        pub(crate) date: ::std::time::SystemTime,
        pub(crate) option: ::std::option::Option<u8>,
        #[session(version = 2, migrate(1 = "::std::convert::identity::<u8>"))]
        pub(crate) migrated: u8,
    }
}

#[test]
fn a_shadowed_prelude() {
    let session = testing::session::<shadowed::Shadowed>();
    session.required().set(1).unwrap();
    session.date().set(std::time::SystemTime::UNIX_EPOCH).unwrap();
    session.option().set(None).unwrap();
    assert_eq!(session.defaulted().get().unwrap(), Vec::<u8>::new());
    assert_eq!(session.path().get().unwrap(), "");
}

#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Local;

macro_rules! declare {
    ($name:ident { $($field:ident: $ty:ty = $ttl:literal),* }) => {
        #[derive(session_runtime::SessionData)]
        struct $name {
            $(#[session(ttl = $ttl)] $field: $ty,)*
            local: u8,
            foreign: $crate::hygiene::Local,
        }
    };
}

declare!(Declared { cart: Vec<Option<u8>> = "1m", pair: (u8, String) = "2m" });

#[test]
fn a_struct_from_a_macro() {
    let session = testing::session::<Declared>();
    session.cart().set(vec![Some(1)]).unwrap();
    session.pair().set((1, String::new())).unwrap();
    session.local().set(1).unwrap();
    assert_eq!(crate::key::<Declared>("cart").type_name(), "Vec<Option<u8>>");
    assert_eq!(crate::key::<Declared>("foreign").type_name(), "crate::hygiene::Local");
}

#[test]
fn a_struct_that_names_itself() {
    #[derive(session_runtime::SessionData, serde::Serialize, serde::Deserialize)]
    struct Nested {
        before: Option<Box<Self>>,
        number: u8,
    }

    let session = testing::session::<Nested>();
    session.before().set(Some(Box::new(Nested { before: None, number: 3 }))).unwrap();
    let before = session.before().get().unwrap().flatten().unwrap();
    assert_eq!((before.number, before.before.is_none()), (3, true));
}

/// Functions of names that are near at hand for a variable in generated code.
mod functions {
    fn input(old: u16) -> u32 {
        old.into()
    }

    fn version(old: u32) -> u64 {
        old.into()
    }

    fn keys() -> u8 {
        3
    }

    #[derive(session_runtime::SessionData)]
    #[session(schema)]
    pub(super) struct Shop {
        #[session(version = 3, migrate(1 = "input", 2 = "version"))]
        pub(super) number: u64,
        #[session(default = "keys")]
        pub(super) left: u8,
    }
}

#[test]
fn functions_keep_their_names() {
    let session = testing::session::<functions::Shop>();
    session.untyped().set("number", 5_u16).unwrap();
    assert_eq!(session.number().get().unwrap(), Some(5));
    assert_eq!(session.left().get().unwrap(), 3);
}

/// Patterns look for constants and unit structs of their names.
mod constants {
    #![allow(dead_code, non_camel_case_types, non_upper_case_globals, reason = "names that variables have")]

    struct value;
    static output: u8 = 1;
    const input: u8 = 1;
    const version: u32 = 1;
    struct accessors;
    struct tell;
    struct handle;
    struct f;
    struct declaration;
    struct generator;
    struct keys;
    struct of;
    struct _0;
    struct _1;

    #[derive(session_runtime::SessionData)]
    #[session(schema)]
    pub(super) struct Shop {
        #[session(version = 2, migrate(1 = "<u32 as From<u8>>::from"))]
        pub(super) number: u32,
        #[session(as = "session_runtime::devalue::Date")]
        seen: std::time::SystemTime,
    }
}

#[test]
fn constants_keep_their_names() {
    let session = testing::session::<constants::Shop>();
    session.number().set(1).unwrap();
    assert!(format!("{:?}", *session).contains("Session"));
}

#[derive(session_runtime::SessionData)]
struct Own {
    #[session(default = "Self::three")]
    left: u8,
    #[session(version = 2, migrate(1 = "<Self as Widens>::wide"))]
    number: u64,
    #[session(as = "Self")]
    text: u32,
}

impl Own {
    fn three() -> u8 {
        3
    }

    fn serialize<S: serde::Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&number.to_string())
    }

    fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text: String = serde::Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

trait Widens {
    fn wide(old: u16) -> u64 {
        old.into()
    }
}

impl Widens for Own {}

#[test]
fn self_in_a_path_is_the_struct() {
    let session = testing::session::<Own>();
    session.untyped().set("number", 5_u16).unwrap();
    session.text().set(7).unwrap();
    assert_eq!((session.left().get().unwrap(), session.number().get().unwrap()), (3, Some(5)));
    assert_eq!(session.text().get().unwrap(), Some(7));
    assert_eq!(session.untyped().get::<String>("text").unwrap().as_deref(), Some("7"));
}
