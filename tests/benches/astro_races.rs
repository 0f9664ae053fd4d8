//! What Astro's way of writing can cost the sessions that it shares with a Rust service, measured.
//!
//! `cargo bench --package session-tests --all-features --bench astro_races`
//!
//! Astro reads the whole session, changes its copy and writes the copy back, whatever has happened meanwhile. Each round
//! sends one request to Astro and, while that is under way, one to Rust; the moments are spread evenly over the time that
//! Astro's request takes. Counted are the rounds in which one of the two changes is gone afterwards.

#![allow(clippy::print_stdout, reason = "the table is the result")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use session_runtime::{Error, Session, SessionData};
use session_tests::astro::{Driver, Op, Pair, Visitor};
use tokio::task::JoinSet;
use tokio::time::sleep;

const ROUNDS: u32 = 400;
const AT_ONCE: u32 = 4;

/// What one request to Astro does: how long it works between reading and writing, if it reads at all.
const REQUESTS: [(&str, Option<u64>); 4] = [
    ("sets a key", None),
    ("reads, then sets a key", Some(0)),
    ("reads, works 10 ms, sets a key", Some(10)),
    ("reads, works 50 ms, sets a key", Some(50)),
];

#[derive(SessionData)]
struct Shop {
    #[session(default)]
    cart: Vec<String>,
}

async fn add(session: Session<Shop>) -> Result<(), Error> {
    session.cart().update(|cart| cart.push("tea".to_owned()))
}

async fn destroy(session: Session<Shop>) -> Result<(), Error> {
    session.destroy()
}

/// What is gone after a number of rounds.
#[derive(Debug, Default, Clone, Copy)]
struct Gone {
    update: u32,
    set: u32,
    revived: u32,
}

fn ops(work: Option<u64>) -> Vec<Op> {
    let read = work.map(|ms| [Op::get("cart"), Op::sleep(ms)]);
    read.into_iter().flatten().chain([Op::set("theme", "'dark'")]).collect()
}

async fn begun(pair: &Pair) -> Visitor {
    let mut visitor = pair.visitor();
    visitor.astro([Op::set("cart", "[]")]).await;
    visitor
}

/// One request to Astro, and one to Rust after `delay`.
async fn race(visitor: &Visitor, work: Option<u64>, delay: Duration, path: &'static str) {
    let (mut to_astro, mut to_rust) = (visitor.clone(), visitor.clone());
    let astro = async move { to_astro.astro(ops(work)).await };
    let rust = async move {
        sleep(delay).await;
        to_rust.post(path).await
    };
    tokio::join!(astro, rust);
}

async fn round(pair: &Pair, work: Option<u64>, delay: Duration) -> Gone {
    let mut visitor = begun(pair).await;
    race(&visitor, work, delay, "/add").await;
    let answer = visitor.astro([Op::get("cart"), Op::has("theme")]).await;
    let (cart, theme) = (answer.get::<Vec<String>>(0), answer.get::<bool>(1));

    let visitor = begun(pair).await;
    race(&visitor, work, delay, "/destroy").await;
    let id = visitor.id().expect("a session was begun");
    let revived = pair.stored(id).await.is_some();
    Gone { update: cart.is_empty().into(), set: (!theme).into(), revived: revived.into() }
}

async fn measure(pair: &Arc<Pair>, work: Option<u64>) -> Gone {
    // How long Astro's request takes, apart from its work.
    const ITSELF: Duration = Duration::from_millis(3);
    let takes = ITSELF + Duration::from_millis(work.unwrap_or_default());
    let mut lanes = JoinSet::new();
    for lane in 0..AT_ONCE {
        let pair = Arc::clone(pair);
        lanes.spawn(async move {
            let mut gone = Gone::default();
            for nth in (lane..ROUNDS).step_by(AT_ONCE as usize) {
                let Gone { update, set, revived } = round(&pair, work, takes * nth / ROUNDS).await;
                gone.update += update;
                gone.set += set;
                gone.revived += revived;
            }
            gone
        });
    }
    lanes.join_all().await.into_iter().fold(Gone::default(), |sum, gone| Gone {
        update: sum.update + gone.update,
        set: sum.set + gone.set,
        revived: sum.revived + gone.revived,
    })
}

fn percent(part: u32) -> String {
    format!("{:.1} %", f64::from(part) * 100.0 / f64::from(ROUNDS))
}

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::with_prefix("astro-races-").expect("a folder");
    println!("| store | Astro's request | our update lost | Astro's set lost | ended session revived |");
    println!("|---|---|---|---|---|");
    for driver in [Driver::files(&folder.path().join("sessions")), Driver::redis()] {
        let routes = Router::new().route("/add", post(add)).route("/destroy", post(destroy));
        let pair = Arc::new(driver.serve(routes).await);
        for (name, work) in REQUESTS {
            let Gone { update, set, revived } = measure(&pair, work).await;
            println!(
                "| {} | {name} | {} | {} | {} |",
                driver.name(),
                percent(update),
                percent(set),
                percent(revived)
            );
        }
    }
}
