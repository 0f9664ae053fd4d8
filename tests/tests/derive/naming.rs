//! Keys, accessors, and who may call them.

use session_runtime::{KeyInfo, Session, SessionData, testing};

use crate::{key, names};

macro_rules! cases {
    ($($name:ident $word:literal $keys:expr;)*) => {$(
        #[test]
        fn $name() {
            #[derive(SessionData)]
            #[session(rename_all = $word)]
            struct Named {
                last_visit: u8,
                otp: u8,
                #[session(rename = "Own-name")]
                renamed: u8,
            }

            assert_eq!(names::<Named>(), $keys);
        }
    )*};
}

cases! {
    lowercase "lowercase" ["last_visit", "otp", "Own-name"];
    uppercase "UPPERCASE" ["LAST_VISIT", "OTP", "Own-name"];
    pascal_case "PascalCase" ["LastVisit", "Otp", "Own-name"];
    camel_case "camelCase" ["lastVisit", "otp", "Own-name"];
    snake_case "snake_case" ["last_visit", "otp", "Own-name"];
    screaming_snake_case "SCREAMING_SNAKE_CASE" ["LAST_VISIT", "OTP", "Own-name"];
    kebab_case "kebab-case" ["last-visit", "otp", "Own-name"];
    screaming_kebab_case "SCREAMING-KEBAB-CASE" ["LAST-VISIT", "OTP", "Own-name"];
}

#[derive(SessionData)]
#[session(prefix = "auth:", rename_all = "camelCase")]
struct Auth {
    user_id: u64,
    #[session(rename = "since")]
    signed_in_at: u64,
    #[session(rename = "")]
    bare: u8,
}

#[test]
fn the_prefix_stands_before_the_renamed_name() {
    assert_eq!(names::<Auth>(), ["auth:userId", "auth:since", "auth:"]);

    let session = testing::session::<Auth>();
    session.user_id().set(5).unwrap();
    assert_eq!(session.untyped().get::<u64>("auth:userId").unwrap(), Some(5));
}

#[derive(SessionData)]
struct Raw {
    r#type: String,
    #[session(default)]
    r#match: bool,
    #[session(accessor = "r#loop")]
    again: u8,
}

#[test]
fn raw_identifiers_are_keys_without_their_mark() {
    assert_eq!(names::<Raw>(), ["type", "match", "again"]);
    assert_eq!(Raw::KEYS.iter().map(KeyInfo::accessor).collect::<Vec<_>>(), ["type", "match", "loop"]);

    let session = testing::session::<Raw>();
    session.r#type().set("a".to_owned()).unwrap();
    session.r#loop().set(1).unwrap();
    assert_eq!(session.untyped().get::<String>("type").unwrap().as_deref(), Some("a"));
    assert!(!session.r#match().get().unwrap());
}

#[derive(SessionData)]
struct Methods {
    #[session(accessor = "key_id")]
    id: u32,
    #[session(accessor = "key_clone")]
    clone: u32,
    /// `accessors`, `handle` and `declared` occur in what the derive generates.
    accessors: u8,
    handle: u8,
    declared: u8,
    declaration: u8,
    value: u8,
    keys: u8,
    get: u8,
    set: u8,
}

#[test]
fn an_accessor_of_another_name_leaves_the_method_free() {
    assert_eq!((key::<Methods>("id").name(), key::<Methods>("id").accessor()), ("id", "key_id"));

    let session = testing::session::<Methods>();
    session.key_id().set(5).unwrap();
    session.handle().set(6).unwrap();
    session.accessors().set(7).unwrap();
    session.get().set(8).unwrap();
    assert_eq!(session.clone().untyped().get::<u32>("id").unwrap(), Some(5));
    let _: Option<session_runtime::SessionId> = session.id();
}

mod shop {
    use session_runtime::SessionData;

    #[derive(SessionData)]
    pub(crate) struct Shop {
        pub(crate) open: u8,
        pub(in crate::naming) near: u8,
        hidden: u8,
    }

    pub(crate) fn hidden(session: &session_runtime::Session<Shop>) -> Option<u8> {
        session.hidden().set(3).unwrap();
        session.hidden().get().unwrap()
    }
}

#[test]
fn an_accessor_is_as_visible_as_its_field() {
    let session: Session<shop::Shop> = testing::session();
    session.open().set(1).unwrap();
    session.near().set(2).unwrap();
    assert_eq!(shop::hidden(&session), Some(3));
}

#[test]
fn a_struct_inside_a_function() {
    #[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq)]
    struct Local(u8);

    fn make() -> Local {
        Local(4)
    }

    #[derive(SessionData)]
    struct Inner {
        #[session(default = "make")]
        local: Local,
    }

    let session = testing::session::<Inner>();
    assert_eq!(session.local().get().unwrap(), Local(4));
}
