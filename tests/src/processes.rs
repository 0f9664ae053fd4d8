//! Two processes on one server: no update is lost, nothing that was destroyed comes back.

#![allow(clippy::print_stdout, reason = "the figures are to be read off a run")]

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use session_runtime::{SessionConfig, Store};

use crate::browser::Browser;
use crate::races;

const TASK: &str = "SESSION_PROCESS_TASK";
const RUNS: usize = 20;

/// How to open the store at a URL.
pub type Open = fn(&str) -> Arc<dyn Store>;

fn app(store: Arc<dyn Store>) -> Router {
    races::app(store, SessionConfig::default())
}

/// Starts this test binary again, to do `task`.
fn start(task: &str) -> Child {
    Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "processes::another_process", "--nocapture"])
        .env(TASK, task)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a process")
}

fn succeed(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// What another process does, in a test of the name `processes::another_process`. Nothing, where no task is set: then this
/// is an ordinary run of all tests.
///
/// # Panics
/// The task fails.
pub async fn another_process(open: Open) {
    let Ok(task) = std::env::var(TASK) else { return };
    let words: Vec<&str> = task.split(' ').collect();
    match words[..] {
        ["append", from, to, cookie, url] => {
            append(open(url), cookie, from.parse().expect("a number")..to.parse().expect("a number")).await;
        }
        ["hammer", cookies, url] => hammer(open(url), cookies).await,
        _ => panic!("an unknown task: {task}"),
    }
}

async fn append(store: Arc<dyn Store>, cookie: &str, items: std::ops::Range<usize>) {
    let app = app(store);
    let mut tasks = tokio::task::JoinSet::new();
    for item in items {
        let mut browser = Browser::new(app.clone());
        browser.cookie = Some(cookie.to_owned());
        tasks.spawn(async move { browser.post(&format!("/append/{item}")).await });
    }
    for reply in tasks.join_all().await {
        assert!(reply.status.is_success(), "{reply:?}");
    }
}

/// Writes to each session without a pause until it is told that the session is gone.
async fn hammer(store: Arc<dyn Store>, cookies: &str) {
    let app = app(store);
    let mut tasks = tokio::task::JoinSet::new();
    for cookie in cookies.split(',') {
        let mut browser = Browser::new(app.clone());
        browser.cookie = Some(cookie.to_owned());
        tasks.spawn(async move {
            for item in 0..5_000 {
                let reply = browser.post(&format!("/append/{item}")).await;
                let new_session = !reply.set_cookies().is_empty();
                if reply.status == 409 || new_session {
                    return;
                }
                assert!(reply.status.is_success(), "{reply:?}");
            }
            panic!("the session does not end");
        });
    }
    tasks.join_all().await;
}

/// Of 64 updates in two processes none is lost.
///
/// # Panics
/// One is.
pub async fn no_update_is_lost(open: Open, url: &str) {
    let mut survivors = Vec::new();
    let mut browser = Browser::new(app(open(url)));
    for _ in 0..RUNS {
        browser.cookie = None;
        assert!(browser.post("/fill").await.status.is_success());
        let cookie = browser.cookie.clone().expect("a cookie");
        let task = |from: usize| format!("append {from} {} {cookie} {url}", from + 32);
        succeed([0, 32].map(|from| start(&task(from))).into());
        survivors.push(browser.get("/cart").await.body);
    }
    println!("64 updates in two processes, {RUNS} runs: {survivors:?} survive");
    assert!(survivors.iter().all(|survivors| survivors == "64"));
}

/// A logout is not undone by another process.
///
/// # Panics
/// It is.
pub async fn no_logout_is_undone(open: Open, url: &str) {
    let app = app(open(url));
    let mut browsers: Vec<Browser> = (0..RUNS).map(|_| Browser::new(app.clone())).collect();
    for browser in &mut browsers {
        assert!(browser.post("/fill").await.status.is_success());
    }
    let cookies: Vec<String> = browsers.iter().filter_map(|browser| browser.cookie.clone()).collect();
    let child = start(&format!("hammer {} {url}", cookies.join(",")));
    for browser in &mut browsers {
        // Long enough for the other process to have written to it.
        for _ in 0..400 {
            if browser.get("/cart").await.body != "0" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_ne!(browser.get("/cart").await.body, "0");
        assert!(browser.post("/logout").await.status.is_success());
    }
    succeed(vec![child]);
    let mut revived = 0;
    for cookie in cookies {
        let mut witness = Browser::new(app.clone());
        witness.cookie = Some(cookie);
        revived += u32::from(witness.get("/exists").await.body == "true");
    }
    println!("logout against a process that writes without a pause: revived {revived} of {RUNS}");
    assert_eq!(revived, 0);
}
