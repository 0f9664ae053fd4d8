//! What one side does not know it carries over for the other.

use session_runtime::devalue::Document;
use session_tests::astro::{Driver, Op};

use crate::drivers::on_every_driver;
use crate::service::routes;

on_every_driver! {
    unknown_keys_and_fields_survive_on_both_sides
    unknown_keys_and_fields_survive_a_new_id
}

/// A session with fields beside `data` and `expires`, with a key that is no string, with an entry that is no object, and
/// with one object in two places.
const RECORD: &str = concat!(
    r#"[["Map",1,2,6,7,8,9,10,11],"user",{"data":3,"expires":-1,"version":4,"since":5},"Ada",2,"#,
    r#"["Date","1970-01-01T00:00:00.000Z"],7,{"data":3,"expires":-1},"odd","no entry","#,
    r#""soon",{"data":12,"expires":13,"same":12},[3,3],99999999999999]"#
);

/// Each entry of a record: its key and itself, as texts of their own.
fn entries(record: &str) -> Vec<(String, String)> {
    let document = Document::parse(record).unwrap();
    let entries = document.root().map_entries().unwrap();
    entries.map(|(key, entry)| (key.to_text().unwrap(), entry.to_text().unwrap())).collect()
}

async fn unknown_keys_and_fields_survive_on_both_sides(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.with_record(RECORD).await;
    let id = visitor.id().unwrap().to_owned();
    let before = entries(RECORD);

    visitor.post("/key/rust/x").await;
    visitor.post("/cart/tea").await;
    let after = entries(&pair.stored(&id).await.unwrap());
    assert_eq!((&after[..4], after.len()), (&before[..], 6), "Rust carries over, in order");

    visitor.astro([Op::get("user"), Op::set("astro", "new Map([[1, 2]])")]).await;
    let after = entries(&pair.stored(&id).await.unwrap());
    assert_eq!((&after[..4], after.len()), (&before[..], 7), "and so does Astro");

    visitor.astro([Op::set("blind", "1")]).await; // Astro puts the keys of a blind write first
    visitor.delete("/key/blind").await;
    visitor.delete("/key/rust").await;
    let after = entries(&pair.stored(&id).await.unwrap());
    assert_eq!((&after[..4], after.len()), (&before[..], 6));
    assert_eq!(visitor.get("/keys").await.body, "user soon cart astro", "odd entries are not shown");
}

async fn unknown_keys_and_fields_survive_a_new_id(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.with_record(RECORD).await;
    visitor.post("/regenerate").await;
    assert_eq!(entries(&pair.stored(visitor.id().unwrap()).await.unwrap()), entries(RECORD));
    visitor.astro([Op::plain("regenerate")]).await;
    assert_eq!(entries(&pair.stored(visitor.id().unwrap()).await.unwrap()), entries(RECORD));
}
