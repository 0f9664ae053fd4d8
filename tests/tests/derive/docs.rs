//! Doc comments and `deprecated`.

use session_runtime::{SessionData, testing};

use crate::key;

#[derive(SessionData)]
struct Documented {
    /// One line.
    line: u8,
    /// A summary.
    ///
    /// ```text
    ///   indented
    /// ```
    lines: u8,
    #[doc = "An attribute."]
    attribute: u8,
    /** A block. */
    block: u8,
    #[doc = concat!("not ", "a literal")]
    computed: u8,
    none: u8,
}

#[test]
fn docs_are_in_the_table() {
    let docs = |name| key::<Documented>(name).docs();
    assert_eq!(docs("line"), "One line.");
    assert_eq!(docs("lines"), "A summary.\n\n```text\n  indented\n```");
    assert_eq!(docs("attribute"), "An attribute.");
    assert_eq!(docs("block"), "A block.");
    assert_eq!(docs("computed"), "");
    assert_eq!(docs("none"), "");
}

#[derive(SessionData)]
struct Aged {
    #[deprecated(note = "use `new`")]
    old: u8,
    new: u8,
}

#[test]
fn a_deprecated_field_has_a_deprecated_accessor() {
    let session = testing::session::<Aged>();
    #[expect(deprecated, reason = "the attribute is carried over")]
    let old = session.old();
    old.set(1).unwrap();
    session.new().set(2).unwrap();
    assert_eq!(session.untyped().get::<u8>("old").unwrap(), Some(1));
}

#[test]
fn debug_shows_no_values() {
    #[derive(SessionData)]
    struct Secret {
        #[session(sensitive)]
        code: String,
    }

    let session = testing::session::<Secret>();
    session.code().set("hunter2".to_owned()).unwrap();
    let shown = format!("{session:?} {:?} {:?}", *session, session.code());
    assert!(!shown.contains("hunter2"), "{shown}");
}
