//! Records of older versions, kept as files: what cannot be read any more is listed.

use std::time::Duration;

use session_runtime::{SessionData, testing};

use crate::support::{Folder, record};

#[derive(SessionData)]
struct First {
    cart: Vec<String>,
    #[session(ttl = "1s", sensitive)]
    otp: u32,
}

#[derive(SessionData)]
struct Second {
    #[session(version = 2, migrate(1 = "count"), on_mismatch = "absent")]
    cart: usize,
    #[session(rename = "otp", ttl = "1s", sensitive)]
    code: u32,
}

/// The migration was forgotten, and so was the `rename`.
#[derive(SessionData)]
struct Forgotten {
    #[session(default, on_mismatch = "absent")]
    cart: usize,
    code: u32,
}

#[derive(SessionData)]
struct Otp {
    otp: u32,
}

fn count(cart: Vec<String>) -> usize {
    cart.into_iter().map(|_| 1).sum()
}

fn filled() -> session_runtime::Session<First> {
    let session = testing::session::<First>();
    session.cart().set(vec!["tea".to_owned()]).unwrap();
    session.otp().set(1234).unwrap();
    session
}

#[test]
fn what_was_recorded_once_is_read_by_later_versions() {
    let folder = Folder::new(&[]);
    let file = folder.path().join("sessions/first.txt");
    assert!(testing::record(&filled(), &file).unwrap());
    let text = std::fs::read_to_string(&file).unwrap();
    let start =
        r#"[["Map",1,2,5,6],"cart",{"data":3,"expires":-1},[4],"tea","otp",{"data":7,"expires":8},1234,"#;
    assert!(text.starts_with(start), "{text}");

    std::thread::sleep(Duration::from_millis(2));
    let later = testing::session::<Second>();
    later.cart().set(3).unwrap();
    assert!(!testing::record(&later, &file).unwrap(), "an older version has recorded it");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);

    let folder = file.parent().unwrap();
    assert!(testing::record(&later, folder.join("second.txt")).unwrap());
    let fixtures = testing::fixtures::<Second>(folder);
    fixtures.assert_read();
    assert_eq!((fixtures.values(), fixtures.unread()), (3, vec![]));
}

#[test]
fn a_value_whose_time_has_run_out_is_read_like_any_other() {
    let folder = Folder::new(&[("a.txt", r#"[["Map",1,2],"otp",{"data":3,"expires":4},"x",5]"#)]);
    let unread = testing::fixtures::<Otp>(folder.path()).unread();
    assert_eq!(unread.len(), 1, "{unread:?}");
}

#[test]
fn what_cannot_be_read_is_listed_with_file_key_and_reason() {
    let folder = Folder::new(&[
        ("a.txt", &record("cart", r#"[[1],"tea"]"#, None)),
        ("b.txt", "no record"),
        ("c.txt", r#"[["Map"]]"#),
        ("d.txt", &record("otp", "[5]", None)),
        ("e.txt", ""),
        ("f.txt", &record("cart", "[5]", Some(3))),
    ]);
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let fixtures = testing::fixtures::<Forgotten>(folder.path());
    let expected = [
        ("b.txt", None, "there is no value here (byte 0)"),
        ("e.txt", None, "it holds no session"),
        (
            "a.txt",
            Some("cart"),
            "the stored value is not of the declared type (key `cart`): expected usize, found array (byte 44)",
        ),
        (
            "f.txt",
            Some("cart"),
            "the stored value is of a newer version than this process knows, and is kept (key `cart`): expected version 1, found version 3: a newer release wrote it; finish the deployment, or deploy that release again",
        ),
        (
            "d.txt",
            Some("otp"),
            "no struct has the key `otp`; a field that gets another name keeps it by `rename`",
        ),
    ];
    let unread = fixtures.unread();
    let found: Vec<_> = unread
        .iter()
        .map(|one| (one.file.file_name().unwrap().to_str().unwrap(), one.key.as_deref(), &*one.reason))
        .collect();
    assert_eq!(found, expected);
    let text = fixtures.to_string();
    assert!(text.starts_with("0 values in 4 records were read, 5 could not be\n"), "{text}");
    assert!(text.contains("a.txt: the stored value is not of the declared type (key `cart`)"), "{text}");
}

#[test]
fn a_key_of_another_struct_that_is_named_too_is_read_with_it() {
    let folder = Folder::new(&[("a.txt", &record("otp", "[5]", None))]);
    let fixtures = testing::fixtures::<Forgotten>(folder.path()).and::<Otp>();
    fixtures.assert_read();
    assert_eq!(fixtures.values(), 1);
}

#[test]
#[should_panic(expected = "1 could not be")]
fn assert_read_fails_where_something_cannot_be_read() {
    let folder = Folder::new(&[("a.txt", &record("otp", r#"["x"]"#, None))]);
    testing::fixtures::<Otp>(folder.path()).assert_read();
}

#[test]
#[should_panic(expected = "no record with a value")]
fn assert_read_fails_where_there_is_nothing_to_read() {
    let folder = Folder::new(&[]);
    testing::fixtures::<Otp>(folder.path()).assert_read();
}

#[test]
#[should_panic(expected = "No such file")]
fn assert_read_fails_where_there_is_no_folder() {
    let folder = Folder::new(&[]);
    testing::fixtures::<Otp>(folder.path().join("nowhere")).assert_read();
}
