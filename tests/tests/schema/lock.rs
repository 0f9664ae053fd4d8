//! The lock: what it says about the keys of a struct, and when it is written.

use std::fs;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use session_runtime::schema::{Bless, Files, SessionSchema};

use crate::files::Folder;

/// Releases of one struct: all are called `Shop`.
macro_rules! release {
    ($module:ident { $($body:tt)* } $($types:item)*) => {
        mod $module {
            #[allow(unused_imports, reason = "not every release has types of its own")]
            use super::*;
            use session_runtime::SessionData;

            #[derive(SessionData)]
            #[session(schema)]
            pub(super) struct Shop { $($body)* }

            $(#[derive(Debug, Serialize, Deserialize, JsonSchema)] $types)*
        }
    };
}

release!(first { user: User, cart: Vec<String>, visits: u8 } pub(super) struct User { pub(super) name: String });
release!(documented { #[session(ttl = "1h", default)] visits: u8, /** Who. */ user: User, cart: Vec<String> } /** Known. */ struct User { /** Full. */ name: String });
release!(with_key { user: User, cart: Vec<String>, visits: u8, theme: String } struct User { name: String });
release!(without_key { user: User, cart: Vec<String> } struct User { name: String });
release!(renamed_key { user: User, basket: Vec<String>, visits: u8 } struct User { name: String });
release!(optional_field { user: User, cart: Vec<String>, visits: u8 } struct User { name: String, mail: Option<String> });
release!(broken { user: User, cart: Vec<Line>, visits: u32 } struct User { full_name: String } struct Line { id: String, count: u8 });

/// The change of `broken`, with a migration.
mod migrated {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use session_runtime::SessionData;

    use super::first;

    #[derive(SessionData)]
    #[session(schema)]
    pub(super) struct Shop {
        #[session(version = 2, migrate(1 = "with_full_name"))]
        user: User,
        cart: Vec<String>,
        visits: u8,
    }

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    pub(super) struct User {
        full_name: String,
    }

    fn with_full_name(old: first::User) -> User {
        User { full_name: old.name }
    }
}

fn check<S: SessionSchema>(folder: &Folder, bless: Bless) -> Result<(), String> {
    let files = Files::of_crate(folder.path()).lock("session.lock.json").bless(bless);
    files.check::<S>().map_err(|error| error.to_string())
}

fn locked<S: SessionSchema>() -> Folder {
    let folder = Folder::new();
    check::<S>(&folder, Bless::Compatible).unwrap();
    folder
}

fn text(folder: &Folder) -> String {
    fs::read_to_string(folder.path().join("session.lock.json")).unwrap()
}

#[test]
fn what_only_people_read_is_no_change() {
    let folder = locked::<first::Shop>();
    check::<documented::Shop>(&folder, Bless::Never).unwrap();
}

#[test]
fn a_key_has_a_version() {
    let lock: serde_json::Value = serde_json::from_str(&text(&locked::<first::Shop>())).unwrap();
    assert_eq!(lock["structs"]["Shop"]["cart"]["version"], 1);
    assert_eq!(lock["structs"]["Shop"]["visits"]["writes"]["format"], "uint8");
}

#[test]
fn a_compatible_change_wants_to_be_written() {
    let folder = locked::<first::Shop>();
    for message in [
        check::<with_key::Shop>(&folder, Bless::Never).unwrap_err(),
        check::<optional_field::Shop>(&folder, Bless::Never).unwrap_err(),
    ] {
        assert!(
            message.starts_with(
                "session.lock.json is out of date. To write it anew: SESSION_BLESS=1 cargo test\n"
            ),
            "{message}"
        );
        assert!(message.contains("the stored form of `Shop` changes; nothing breaks\n"), "{message}");
    }
    check::<with_key::Shop>(&folder, Bless::Compatible).unwrap();
    check::<with_key::Shop>(&folder, Bless::Never).unwrap();
}

#[test]
fn a_new_optional_field_is_lost_by_older_processes() {
    let folder = locked::<first::Shop>();
    let message = check::<optional_field::Shop>(&folder, Bless::Never).unwrap_err();
    let expected = "\
key `user`:
  backward (today's code reads what is stored): compatible
  forward (processes of the old release read what the new one writes): readable, with losses
    user.mail: the field is not known to the reader, and gone when it writes the value again
";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_removed_key_breaks_and_a_renamed_one_is_recognised() {
    let folder = locked::<first::Shop>();
    let message = check::<without_key::Shop>(&folder, Bless::Never).unwrap_err();
    assert!(
        message.contains("key `visits`: removed; what is stored there is not read any more\n"),
        "{message}"
    );
    let message = check::<renamed_key::Shop>(&folder, Bless::Never).unwrap_err();
    assert!(
        message.contains(
            "If it is now called `basket`, `#[session(rename = \"cart\")]` on that field keeps the key\n"
        ),
        "{message}"
    );
    assert!(message.contains("key `basket`: new\n"), "{message}");
}

#[test]
fn a_breaking_change_says_what_breaks_where_and_what_to_do() {
    let folder = locked::<first::Shop>();
    let message = check::<broken::Shop>(&folder, Bless::Never).unwrap_err();
    assert_eq!(message, include_str!("../../data/schema/breaking.txt").trim_end());
}

#[test]
fn a_breaking_change_is_accepted_only_by_name() {
    let folder = locked::<first::Shop>();
    let before = text(&folder);
    check::<broken::Shop>(&folder, Bless::Compatible).unwrap_err();
    assert_eq!(text(&folder), before);
    check::<broken::Shop>(&folder, Bless::Breaking).unwrap();
    check::<broken::Shop>(&folder, Bless::Never).unwrap();
}

#[test]
fn a_migration_breaks_nothing_until_it_is_taken_back() {
    let folder = locked::<first::Shop>();
    let message = check::<migrated::Shop>(&folder, Bless::Never).unwrap_err();
    assert!(message.contains("the stored form of `Shop` changes; nothing breaks\nkey `user`: version 1 becomes 2; what is stored is migrated"), "{message}");
    check::<migrated::Shop>(&folder, Bless::Compatible).unwrap();
    assert_eq!(migrated::Shop::json_schema().as_value()["properties"]["user"]["x-version"], 2);
    let message = check::<first::Shop>(&folder, Bless::Compatible).unwrap_err();
    assert!(message.contains("key `user`: version 2 becomes 1; values of version 2 are stored"), "{message}");
}

#[test]
fn files_that_are_no_lock_are_left_alone() {
    for (content, expected) in [
        ("{", "this is no lock: EOF"),
        ("[]", "this is no lock: `format` or `structs` is missing"),
        (r#"{"format":1}"#, "this is no lock: `format` or `structs` is missing"),
        (r#"{"format":2,"structs":{}}"#, "this lock was written by a newer version of session-runtime"),
        (
            r#"{"format":1,"structs":{"Shop":{"cart":{}}}}"#,
            "this is no lock: the key `cart` has no `version` or no `writes`",
        ),
    ] {
        let folder = Folder::new();
        fs::write(folder.path().join("session.lock.json"), content).unwrap();
        let message = check::<first::Shop>(&folder, Bless::Breaking).unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert_eq!(text(&folder), content);
    }
}

#[test]
fn a_formatter_changes_nothing_that_counts() {
    let folder = locked::<first::Shop>();
    let compact: serde_json::Value = serde_json::from_str(&text(&folder)).unwrap();
    fs::write(folder.path().join("session.lock.json"), compact.to_string()).unwrap();
    check::<first::Shop>(&folder, Bless::Never).unwrap();
}
