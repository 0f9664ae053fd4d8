//! Other processes: this test binary again, told by an environment variable what to do.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use session_runtime::{Expiry, FileStore, Put, PutIf, Record, SessionConfig, Store, StoreKey};
use session_tests::browser::Browser;
use session_tests::races;

use crate::failures;
use crate::support::{create, text};

const TASK: &str = "SESSION_FILE_STORE_TASK";

/// What a process says before it begins with its task.
pub(crate) const BEGUN: &str = "begun";

/// Starts a process that does `task` in a directory. It is killed by its own handle.
pub(crate) fn start(task: &str, directory: &Path) -> Child {
    let mut command = Command::new(binary());
    told(&mut command, task, directory)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a process")
}

pub(crate) fn binary() -> PathBuf {
    std::env::current_exe().expect("a path")
}

/// The command, which ends in this binary, with what it is to do there.
pub(crate) fn told<'c>(command: &'c mut Command, task: &str, directory: &Path) -> &'c mut Command {
    command
        .args(["--exact", "child::process", "--nocapture"])
        .env(TASK, format!("{task} {}", directory.display()))
}

/// What another process does. Nothing, where no task is set: then this is an ordinary run of all tests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn process() {
    let Ok(task) = std::env::var(TASK) else { return };
    say(&format!("\n{BEGUN}\n"));
    let words: Vec<&str> = task.split(' ').collect();
    match words[..] {
        ["write", directory] => write(&FileStore::new(directory)).await,
        ["write-in-place", directory] => write_badly(Path::new(directory), false),
        ["hurry", directory] => write_badly(Path::new(directory), true),
        ["count", times, directory] => {
            for _ in 0..times.parse().expect("a number") {
                count(&FileStore::new(directory)).await;
            }
        }
        ["append", from, to, cookie, directory] => {
            append(directory, cookie, from.parse().expect("a number")..to.parse().expect("a number")).await;
        }
        ["full", says, folder] => failures::full(Path::new(folder), &says.replace('_', " ")).await,
        ["read-only", how, folder] => failures::read_only(Path::new(folder), how == "disk").await,
        _ => panic!("an unknown task: {task}"),
    }
}

pub(crate) fn counter() -> StoreKey {
    StoreKey::parse(&"c".repeat(64)).expect("a key")
}

/// Of many lengths, and checked in every byte, so that a torn one is noticed.
pub(crate) fn nth(number: u64) -> String {
    let len = usize::try_from(number * 7_919 % 40_000).expect("small");
    format!("{number}:{}", number.to_string().repeat(len / 8 + 1))
}

/// Writes without end; says what was acknowledged after it was. Each line is one write to the pipe.
async fn write(store: &FileStore) {
    let key = counter();
    let mut current = store.load(&key).await.expect("load");
    loop {
        let number = current.as_ref().and_then(|record| number(record.text())).map_or(0, |last| last + 1);
        let record = Record::new(nth(number));
        let condition = current.as_ref().map_or(PutIf::Absent, PutIf::Unchanged);
        let put = store.put(&key, condition, &record, Expiry::Never).await.expect("put");
        assert!(matches!(put, Put::Stored));
        say(&format!("\nack {number}\n"));
        if number % 16 == 0 {
            let new = create(store, &nth(number), Expiry::Never).await;
            say(&format!("\nnew {number} {}\n", new.as_str()));
        }
        current = Some(record);
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).expect("a pipe");
}

/// The number of a whole record.
pub(crate) fn number(text: &str) -> Option<u64> {
    text.split(':').next()?.parse().ok()
}

/// What the store must not do: it writes in place; or it replaces, but hurries to say so before it has.
fn write_badly(directory: &Path, hurries: bool) {
    fs::create_dir_all(directory).expect("a folder");
    let (path, beside) = (directory.join(counter().as_str()), directory.join("beside"));
    let stored = fs::read_to_string(&path).ok();
    let first = stored.as_deref().and_then(number).map_or(0, |last| last + 1);
    for next in first.. {
        if hurries {
            say(&format!("\nack {next}\n"));
        }
        let mut file = File::create(if hurries { &beside } else { &path }).expect("a file");
        for part in nth(next).as_bytes().chunks(1_000) {
            file.write_all(part).expect("written");
        }
        if hurries {
            fs::rename(&beside, &path).expect("replaced");
        } else {
            say(&format!("\nack {next}\n"));
        }
    }
}

/// One more, by load and put until it is stored.
async fn count(store: &FileStore) {
    let key = counter();
    loop {
        let current = store.load(&key).await.expect("load").expect("kept");
        let next = Record::new((current.text().parse::<u64>().expect("a number") + 1).to_string());
        let put = store.put(&key, PutIf::Unchanged(&current), &next, Expiry::Never).await.expect("put");
        if matches!(put, Put::Stored) {
            return;
        }
    }
}

async fn append(directory: &str, cookie: &str, items: std::ops::Range<usize>) {
    let app = races::app(std::sync::Arc::new(FileStore::new(directory)), SessionConfig::default());
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

#[tokio::test]
async fn a_count_is_one_more() {
    let folder = crate::support::Folder::new();
    let store = FileStore::new(folder.sessions());
    store.put(&counter(), PutIf::Absent, &Record::new("41"), Expiry::Never).await.expect("put");
    count(&store).await;
    assert_eq!(text(&store, &counter()).await.as_deref(), Some("42"));
}
