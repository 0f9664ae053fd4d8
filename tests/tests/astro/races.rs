//! Many requests at once, on both sides. What Astro's way of writing can lose is measured by the benchmark `astro_races`.

use session_tests::astro::{Driver, Op, Visitor};
use session_tests::races::RACERS;
use tokio::task::JoinSet;

use crate::drivers::on_every_driver;
use crate::service::{Gate, routes};

on_every_driver! {
    no_update_is_lost_while_astro_reads
    what_astro_wrote_before_our_put_is_kept
}

fn post_all(visitor: &Visitor, path: &str) -> JoinSet<u16> {
    let mut requests = JoinSet::new();
    for racer in 0..RACERS {
        let (mut tab, path) = (visitor.clone(), format!("{path}/{racer}"));
        requests.spawn(async move { tab.post(&path).await.status.as_u16() });
    }
    requests
}

fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort_unstable();
    items
}

fn everything(and: Option<&str>) -> Vec<String> {
    sorted((0..RACERS).map(|racer| racer.to_string()).chain(and.map(str::to_owned)).collect())
}

async fn no_update_is_lost_while_astro_reads(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("cart", "[]")]).await;
    let mut requests = post_all(&visitor, "/cart");
    let (mut seen, mut reads) = (Vec::new(), 0);
    while !requests.is_empty() {
        let now: Vec<String> = visitor.astro([Op::get("cart")]).await.get(0);
        assert!(now.starts_with(&seen), "{now:?} does not continue {seen:?}");
        (seen, reads) = (now, reads + 1);
        while let Some(status) = requests.try_join_next() {
            assert_eq!(status.unwrap(), 200);
        }
    }
    assert!(reads > 1, "Astro read {reads} times");
    assert_eq!(sorted(visitor.astro([Op::get("cart")]).await.get(0)), everything(None));
}

async fn what_astro_wrote_before_our_put_is_kept(driver: &Driver) {
    let (routes, gate) = Gate::routes();
    let pair = driver.serve(routes).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("cart", "[]"), Op::set("theme", "'light'"), Op::set("old", "1")]).await;
    let requests = post_all(&visitor, "/slow");
    gate.arrived(RACERS.try_into().unwrap()).await;
    // All have read the session. Now Astro changes a key of its own, another one, and removes one.
    visitor.astro([Op::push("cart", "'astro'"), Op::set("theme", "'dark'"), Op::delete("old")]).await;
    gate.open();
    assert_eq!(requests.join_all().await, [200; RACERS]);
    let answer = visitor.astro([Op::get("cart"), Op::get("theme"), Op::plain("keys")]).await;
    assert_eq!(sorted(answer.get(0)), everything(Some("astro")));
    assert_eq!(answer.get::<String>(1), "dark");
    assert_eq!(answer.get::<Vec<String>>(2), ["cart", "theme"]);
}
