//! Records that are corrupt, empty, half written or gone: both sides go on.

use std::time::{Duration, Instant};

use session_tests::astro::{Driver, Op};
use tokio::time::sleep;

use crate::drivers::{self, folder, on_every_driver};
use crate::service::routes;

on_every_driver! {
    both_recover_from_a_corrupt_record
    a_value_that_astro_cannot_read_is_mended_by_rust
    both_read_an_empty_record_as_no_session
    both_go_on_when_everything_has_expired
}

const CORRUPT: [&str; 5] = [
    "[[\"Map\",1,2],\"user\",{\"dat",
    "no record at all",
    r#"[{"user":1},"Ada"]"#,
    r#"[["Set",1],"Ada"]"#,
    r#"[["Map",1,2],"user",null]"#,
];

/// Astro throws and removes the record; Rust leaves it for whoever looks into it. Both give the visitor a new session.
async fn both_recover_from_a_corrupt_record(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    for text in CORRUPT {
        let mut visitor = pair.with_record(text).await;
        let old = visitor.id().unwrap().to_owned();
        assert_eq!(visitor.get("/keys").await.status, 200, "{text}");
        visitor.post("/key/user/Ada").await;
        assert_ne!(visitor.id(), Some(&*old), "{text}");
        assert_eq!(visitor.astro([Op::get("user")]).await.get::<String>(0), "Ada", "{text}");
        assert_eq!(pair.stored(&old).await.as_deref(), Some(text));

        let mut visitor = pair.with_record(text).await;
        let answer = visitor.astro([Op::get("user")]).await;
        assert!(answer.error(0).is_some(), "{text}");
        assert_eq!(visitor.cookie, None, "{text}");
        visitor.post("/key/user/Ada").await;
        assert_eq!(visitor.astro([Op::get("user")]).await.get::<String>(0), "Ada", "{text}");
    }
}

/// One damaged value makes the whole record corrupt to Astro. Rust reads single values: the others are still there, and
/// when the damaged one is replaced or removed, so they are for Astro.
async fn a_value_that_astro_cannot_read_is_mended_by_rust(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    // Past the end and no sentinel: no value. A tag that nobody knows: a value of another type than any.
    for (damaged, status) in [("9", 200), ("-9", 200), ("7", 500)] {
        let record = format!(
            r#"[["Map",1,2,4,5],"user",{{"data":{damaged},"expires":-1}},0,"cart",{{"data":6,"expires":-1}},[3],["Unheard","of"]]"#
        );
        let mut visitor = pair.with_record(&record).await;
        assert_eq!(visitor.get("/key/user").await.status, status, "{damaged}");
        visitor.post("/key/user/Ada").await;
        let answer = visitor.astro([Op::get("user"), Op::get("cart")]).await;
        assert_eq!((answer.get::<String>(0), answer.get::<Vec<u8>>(1)), ("Ada".to_owned(), vec![0]));
    }
}

async fn both_read_an_empty_record_as_no_session(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    for text in ["null", "0", "nan", "undefined", "[[\"Map\"]]"] {
        let (mut rust, mut astro) = (pair.with_record(text).await, pair.with_record(text).await);
        assert_eq!(rust.get("/keys").await.body, "", "{text}");
        assert_eq!(astro.astro([Op::plain("keys")]).await.get::<Vec<String>>(0), [""; 0], "{text}");
        rust.post("/key/a/x").await;
        astro.astro([Op::set("a", "'x'")]).await;
        assert_eq!(rust.astro([Op::get("a")]).await.get::<String>(0), "x", "{text}");
        assert_eq!(astro.get("/key/a").await.body, "x", "{text}");
    }
}

async fn both_go_on_when_everything_has_expired(driver: &Driver) {
    let record = r#"[["Map",1,2],"user",{"data":3,"expires":4},"Ada",1]"#;
    let pair = driver.serve(routes()).await;
    let (mut rust, mut astro) = (pair.with_record(record).await, pair.with_record(record).await);
    assert_eq!(rust.get("/keys").await.body, "");
    assert!(!astro.astro([Op::has("user")]).await.get::<bool>(0));
    rust.post("/key/a/x").await;
    astro.astro([Op::set("a", "'x'")]).await;
    for visitor in [rust, astro] {
        let stored = pair.stored(visitor.id().unwrap()).await.unwrap();
        assert_eq!(stored, r#"[["Map",1,2],"a",{"data":3,"expires":-1},"x"]"#);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_start_in_a_folder_that_is_not_there() {
    let folder = folder("empty");
    let driver = Driver::files(&folder);
    let pair = driver.serve(routes()).await;
    for (begin, look) in [(true, false), (false, true)] {
        let _ = std::fs::remove_dir_all(&folder);
        let mut visitor = pair.visitor();
        visitor.cookie = Some("astro-session=11111111-1111-4111-8111-111111111111".to_owned());
        assert_eq!(visitor.get("/keys").await.body, "");
        assert_eq!(visitor.astro([Op::plain("keys")]).await.get::<Vec<String>>(0), [""; 0]);
        if begin {
            visitor.post("/key/a/x").await;
        }
        if look {
            visitor.astro([Op::set("a", "'x'")]).await;
        }
        assert_eq!(visitor.astro([Op::get("a")]).await.get::<String>(0), "x");
        assert_eq!(visitor.get("/key/a").await.body, "x");
    }
}

/// Astro empties the file and fills it again. Who reads meanwhile waits for the rest, but not for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_is_read_when_it_is_whole() {
    let driver = drivers::files();
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("user", "'Ada'")]).await;
    let file = driver.file(visitor.id().unwrap()).unwrap();
    let whole = std::fs::read(&file).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..length]).unwrap();
        let read = {
            let mut visitor = visitor.clone();
            tokio::spawn(async move { visitor.get("/key/user").await.body })
        };
        sleep(Duration::from_millis(60)).await;
        std::fs::write(&file, &whole).unwrap();
        assert_eq!(read.await.unwrap(), "Ada", "{length} bytes");
    }
    std::fs::write(&file, &whole[..9]).unwrap();
    let begun = Instant::now();
    assert_eq!(visitor.get("/key/user").await.body, "");
    let waited = begun.elapsed();
    assert!((150..1500).contains(&waited.as_millis()), "{waited:?}");
}

/// Astro rewrites a record of 300 kB over and over; Rust never sees a part of it. Only if Astro stops for 200 ms in the
/// middle of a write, as it may on a busy machine, the file counts as corrupt.
#[tokio::test(flavor = "multi_thread")]
async fn rust_never_sees_a_part_of_what_astro_writes() {
    let driver = drivers::files();
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    let write = |nth: usize| [Op::set("user", &format!("'Ada' + {nth} + 'x'.repeat(300_000)"))];
    visitor.astro(write(0)).await;
    let mut writer = visitor.clone();
    let writing = tokio::spawn(async move {
        let mut slowest = Duration::ZERO;
        for nth in 0..150 {
            let begun = Instant::now();
            writer.astro(write(nth)).await;
            slowest = slowest.max(begun.elapsed());
        }
        slowest
    });
    let (mut reads, mut torn) = (0, 0);
    while !writing.is_finished() {
        let body = visitor.get("/key/user").await.body;
        assert!(body.is_empty() || body.starts_with("Ada") && body.len() > 300_000, "{} bytes", body.len());
        torn += usize::from(body.is_empty());
        reads += 1;
    }
    let slowest = writing.await.unwrap();
    assert!(torn == 0 || slowest > Duration::from_millis(200), "{torn} of {reads}; {slowest:?}");
    assert!(reads > 20, "{reads}");
}
