//! Many requests at once, on both sides. What Astro's way of writing can lose is measured by the benchmark `astro_races`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use session_tests::astro::{Driver, Op, Visitor};
use session_tests::races::RACERS;
use tokio::task::JoinSet;

use crate::drivers::{self, on_every_driver};
use crate::service::{Gate, routes};

/// How often Astro looks or writes while the tabs are busy.
const READS: usize = 30;

on_every_driver! {
    no_update_is_lost_while_astro_reads
    what_astro_wrote_before_our_put_is_kept
}

/// 64 tabs that add to the cart until they are told to stop, each with one request at a time; what they have added.
struct Tabs {
    stop: Arc<AtomicBool>,
    tabs: JoinSet<Vec<String>>,
}

impl Tabs {
    fn open(visitor: &Visitor) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tabs = JoinSet::new();
        for tab in 0..RACERS {
            let (mut visitor, stop) = (visitor.clone(), Arc::clone(&stop));
            tabs.spawn(async move {
                let mut added = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let item = format!("{tab}.{}", added.len());
                    assert_eq!(visitor.post(&format!("/cart/{item}")).await.status, 200);
                    added.push(item);
                }
                added
            });
        }
        Self { stop, tabs }
    }

    async fn close(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        sorted(self.tabs.join_all().await.concat())
    }
}

fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort_unstable();
    items
}

async fn no_update_is_lost_while_astro_reads(driver: &Driver) {
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("cart", "[]")]).await;
    let tabs = Tabs::open(&visitor);
    let mut seen = Vec::new();
    for _ in 0..READS {
        let now: Vec<String> = visitor.astro([Op::get("cart")]).await.get(0);
        assert!(now.starts_with(&seen), "{now:?} does not continue {seen:?}");
        seen = now;
    }
    let added = tabs.close().await;
    assert!(added.len() >= RACERS && !seen.is_empty(), "{} added, {} seen", added.len(), seen.len());
    assert_eq!(sorted(visitor.astro([Op::get("cart")]).await.get(0)), added);
}

async fn what_astro_wrote_before_our_put_is_kept(driver: &Driver) {
    let (routes, gate) = Gate::routes();
    let pair = driver.serve(routes).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("cart", "[]"), Op::set("theme", "'light'"), Op::set("old", "1")]).await;
    let mut requests = JoinSet::new();
    for tab in 0..RACERS {
        let mut visitor = visitor.clone();
        requests.spawn(async move { visitor.post(&format!("/slow/{tab}")).await.status.as_u16() });
    }
    gate.arrived(RACERS.try_into().unwrap()).await;
    // All have read the session. Now Astro changes a key of its own, another one, and removes one.
    visitor.astro([Op::push("cart", "'astro'"), Op::set("theme", "'dark'"), Op::delete("old")]).await;
    gate.open();
    assert_eq!(requests.join_all().await, [200; RACERS]);
    let answer = visitor.astro([Op::get("cart"), Op::get("theme"), Op::plain("keys")]).await;
    let all = (0..RACERS).map(|tab| tab.to_string()).chain(["astro".to_owned()]).collect();
    assert_eq!(sorted(answer.get(0)), sorted(all));
    assert_eq!(answer.get::<String>(1), "dark");
    assert_eq!(answer.get::<Vec<String>>(2), ["cart", "theme"]);
}

/// On Redis our put is one step: it never lands on what Astro wrote a moment before. (On files it is a few, and Astro knows
/// of no lock; how often that matters is measured too.)
#[tokio::test(flavor = "multi_thread")]
async fn on_redis_no_write_of_astro_is_lost_to_ours() {
    let driver = drivers::redis();
    let pair = driver.serve(routes()).await;
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("cart", "[]")]).await;
    let tabs = Tabs::open(&visitor);
    for nth in 0..READS {
        visitor.astro([Op::set("n", &nth.to_string())]).await;
        let kept: usize = visitor.astro([Op::get("n")]).await.get(0);
        assert_eq!(kept, nth, "Astro wrote it, and what we put later has it");
    }
    assert!(tabs.close().await.len() >= RACERS);
}
