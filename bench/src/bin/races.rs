//! What is left of 64 requests at once on one session, and whether a sign-out among them stays one.
//!
//! `cargo run --release --bin races`

use std::time::Duration;

use session_bench::contenders::{self, Client, Reply};
use session_bench::table::markdown;
use tokio::task::JoinSet;

const REQUESTS: u64 = 64;
const ROUNDS: u64 = 20;
/// What a request works between reading and writing, in milliseconds. With none it still lets others go first.
const WORK: [u64; 2] = [0, 5];

fn main() {
    let rows = actix_web::rt::System::new().block_on(async {
        let mut rows = Vec::new();
        for contender in contenders::keeping(None).await {
            let mut row = vec![contender.name.to_owned()];
            for millis in WORK {
                row.push(lost(same_key(&contender.client, millis).await));
            }
            for millis in WORK {
                row.push(lost(different_keys(&contender.client, millis).await));
            }
            for millis in WORK {
                row.push(revived(&contender.client, millis).await.to_string());
            }
            rows.push(row);
        }
        rows
    });
    println!(
        "{REQUESTS} requests at once: each reads, works for 0 or 5 ms, and writes. Lost are writes that were answered with \
         success and are not there; revived are, of {ROUNDS} sign-outs among such requests, those after which the session \
         was there again under a cookie that the browser has. The mark is 0 everywhere.\n"
    );
    let head = [
        "",
        "lost, same key, 0 ms",
        "5 ms",
        "lost, different keys, 0 ms",
        "5 ms",
        "revived sign-outs, 0 ms",
        "5 ms",
    ];
    println!("{}", markdown(&head, rows));
}

/// Of so many acknowledged writes so many are there.
struct Kept {
    acknowledged: u64,
    there: u64,
}

fn lost(kept: Kept) -> String {
    let lost = kept.acknowledged - kept.there;
    match REQUESTS - kept.acknowledged {
        0 => lost.to_string(),
        refused => format!("{lost} ({refused} refused)"),
    }
}

async fn same_key(client: &Client, millis: u64) -> Kept {
    let cookie = client.session("/fill/1/6").await;
    let replies = at_once(client, &cookie, |_| format!("/count/{millis}")).join_all().await;
    let counted = client.get("/counted", Some(&cookie)).await;
    Kept { acknowledged: succeeded(&replies), there: counted.body.parse().expect("a count") }
}

async fn different_keys(client: &Client, millis: u64) -> Kept {
    let cookie = client.session("/fill/1/6").await;
    let replies = at_once(client, &cookie, |nth| format!("/mark/{nth}/{millis}")).join_all().await;
    let mut there = 0;
    for nth in 1..=REQUESTS {
        there += u64::from(exists(client, nth, &cookie).await);
    }
    Kept { acknowledged: succeeded(&replies), there }
}

async fn revived(client: &Client, millis: u64) -> u64 {
    let mut revived = 0;
    for round in 0..ROUNDS {
        let cookie = client.session("/fill/1/6").await;
        let running = at_once(client, &cookie, |_| format!("/count/{millis}"));
        // The sign-out comes at another moment in each round.
        for _ in 0..round % 4 {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(Duration::from_millis(millis * (round % 4) / 4)).await;
        assert!(client.get("/logout", Some(&cookie)).await.status < 400, "a sign-out fails");
        let replies = running.join_all().await;
        let mut cookies = replies.into_iter().filter_map(|reply| reply.cookie).chain([cookie]);
        let mut again = false;
        for cookie in cookies.by_ref() {
            again |= exists(client, 0, &cookie).await;
        }
        revived += u64::from(again);
    }
    revived
}

fn at_once(client: &Client, cookie: &str, path: impl Fn(u64) -> String) -> JoinSet<Reply> {
    let mut requests = JoinSet::new();
    for nth in 1..=REQUESTS {
        let (client, cookie, path) = (client.clone(), cookie.to_owned(), path(nth));
        requests.spawn_local(async move { client.get(&path, Some(&cookie)).await });
    }
    requests
}

async fn exists(client: &Client, nth: u64, cookie: &str) -> bool {
    let reply = client.get(&format!("/one/{nth}"), Some(cookie)).await;
    reply.status == 200 && reply.body != "0"
}

fn succeeded(replies: &[Reply]) -> u64 {
    replies.iter().map(|reply| u64::from(reply.status < 400)).sum()
}
