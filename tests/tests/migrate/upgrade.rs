//! The story of an upgrade: a shop whose sessions are stored gets a new release, and for a while both are running.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use session_runtime::schema::{Bless, Files};
use session_runtime::{
    Error, ErrorKind, FileStore, RedisStore, Session, SessionConfig, SessionData, Sessions, Store, testing,
};
use session_tests::redis_server::RedisServer;

use crate::support::Folder;

/// The release that has been running.
mod first {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use session_runtime::SessionData;

    #[derive(SessionData)]
    #[session(schema, rename_all = "camelCase")]
    pub(super) struct Shop {
        #[session(default)]
        pub(super) cart: Vec<String>,
        pub(super) user: User,
        #[session(default)]
        pub(super) page_views: u32,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct User {
        pub(super) name: String,
    }
}

/// The new release as one might write it first: with nothing done for what is stored.
mod careless {
    use std::collections::BTreeMap;

    use session_runtime::SessionData;

    #[derive(SessionData)]
    #[session(schema, rename_all = "camelCase")]
    pub(super) struct Shop {
        #[session(default)]
        cart: BTreeMap<String, u32>,
        customer: super::second::Customer,
        #[session(default)]
        page_views: u32,
        currency: String,
    }
}

/// The new release: the cart is of another type, the field `user` has another name, as has a field of its value, which has
/// a new one that is required, and there is a new key.
mod second {
    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use session_runtime::SessionData;

    #[derive(SessionData)]
    #[session(schema, rename_all = "camelCase")]
    pub(super) struct Shop {
        #[session(default, version = 2, migrate(1 = "counted"))]
        pub(super) cart: BTreeMap<String, u32>,
        #[session(rename = "user", version = 2, migrate(1 = "customer"))]
        pub(super) customer: Customer,
        #[session(default)]
        pub(super) page_views: u32,
        pub(super) currency: String,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Customer {
        pub(super) full_name: String,
        pub(super) newsletter: bool,
    }

    fn counted(cart: Vec<String>) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for item in cart {
            *counts.entry(item).or_default() += 1;
        }
        counts
    }

    fn customer(user: super::first::User) -> Customer {
        Customer { full_name: user.name, newsletter: false }
    }
}

/// What a release did and was told that it is done; at most so much may be missing in the end: nothing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Done {
    views: u32,
    added: u32,
    /// How often the cart was found to be of a newer version.
    refused: u32,
}

impl Done {
    fn note(&mut self, outcome: &Result<(), Error>) {
        match outcome {
            Ok(()) => self.added += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Newer, "{error}");
                self.refused += 1;
            }
        }
    }
}

async fn request<S: SessionData>(
    sessions: &Sessions,
    cookie: &str,
    handler: impl FnOnce(&Session<S>) -> Result<(), Error>,
) -> Result<(), Error> {
    let exchange = sessions.begin([cookie.as_bytes()]);
    handler(&exchange.load().await?.view())?;
    exchange.finish(200).await.error.map_or(Ok(()), Err)
}

/// The old release at work: each round looks at a page, and puts something into the cart.
async fn run_first(sessions: &Sessions, cookies: &[String], rounds: u32) -> Result<Done, Error> {
    let mut done = Done::default();
    for _ in 0..rounds {
        for cookie in cookies {
            request(sessions, cookie, |session: &Session<first::Shop>| {
                session.page_views().update(|n| *n += 1)
            })
            .await?;
            done.views += 1;
            let add =
                |session: &Session<first::Shop>| session.cart().update(|cart| cart.push("tea".to_owned()));
            done.note(&request(sessions, cookie, add).await);
        }
    }
    Ok(done)
}

/// The new release at work.
async fn run_second(sessions: &Sessions, cookies: &[String], rounds: u32) -> Result<Done, Error> {
    let mut done = Done::default();
    for _ in 0..rounds {
        for cookie in cookies {
            let look = |session: &Session<second::Shop>| {
                session.currency().set("EUR".to_owned())?;
                session.page_views().update(|n| *n += 1)
            };
            request(sessions, cookie, look).await?;
            done.views += 1;
            let add = |session: &Session<second::Shop>| {
                session.cart().update(|cart| *cart.entry("tea".to_owned()).or_default() += 1)
            };
            done.note(&request(sessions, cookie, add).await);
        }
    }
    assert_eq!(done.refused, 0, "the new release knows both versions");
    Ok(done)
}

const CUSTOMERS: [&str; 3] = ["Ada", "Grace", "Edsger"];

/// Sessions that the old release has stored.
async fn customers(sessions: &Sessions) -> Result<Vec<String>, Error> {
    let mut cookies = Vec::new();
    for name in CUSTOMERS {
        let fill = |session: &Session<first::Shop>| {
            session.user().set(first::User { name: name.to_owned() })?;
            session.cart().set(vec!["milk".to_owned(), "tea".to_owned(), "tea".to_owned()])
        };
        cookies.push(testing::cookie(sessions, fill).await?);
    }
    Ok(cookies)
}

/// Nothing of what either release was told that it is done is missing.
async fn assert_nothing_is_lost(sessions: &Sessions, cookies: &[String], done: &[Done]) -> Result<(), Error> {
    let (mut views, mut tea) = (0, 0);
    for (cookie, name) in cookies.iter().zip(CUSTOMERS) {
        let check = |session: &Session<second::Shop>| {
            let customer = second::Customer { full_name: name.to_owned(), newsletter: false };
            assert_eq!(session.customer().get()?, Some(customer));
            assert_eq!(session.currency().get()?.as_deref(), Some("EUR"));
            let cart = session.cart().get()?;
            assert_eq!(cart["milk"], 1);
            views += session.page_views().get()?;
            tea += cart["tea"] - 2;
            Ok(())
        };
        request(sessions, cookie, check).await?;
    }
    let sum = |count: fn(&Done) -> u32| done.iter().map(count).sum::<u32>();
    assert_eq!((views, tea), (sum(|done| done.views), sum(|done| done.added)), "{done:?}");
    Ok(())
}

/// A store by name, as each process opens it for itself.
async fn sessions(place: &str) -> Sessions {
    let store: Arc<dyn Store> = match place.split_once(' ').expect("a kind and a place") {
        ("file", folder) => Arc::new(FileStore::new(folder)),
        ("redis", url) => Arc::new(RedisStore::connect(url).await.expect("a server")),
        other => panic!("{other:?}"),
    };
    Sessions::new(store, SessionConfig::default())
}

/// The whole story on one store.
async fn upgrade(place: &str) -> Result<(), Error> {
    let old = sessions(place).await.serves::<first::Shop>();
    let cookies = customers(&old).await?;
    let alone = run_first(&old, &cookies, 1).await?;
    assert_eq!(alone, Done { views: 3, added: 3, refused: 0 });

    // The new release starts beside the old one: old sessions go on working.
    let new = sessions(place).await.serves::<second::Shop>();
    let see = |session: &Session<second::Shop>| {
        assert_eq!(session.cart().get()?["tea"], 3);
        assert_eq!(session.customer().get()?.map(|customer| customer.full_name).as_deref(), Some("Ada"));
        assert_eq!((session.page_views().get()?, session.currency().get()?), (1, None));
        Ok(())
    };
    request(&new, &cookies[0], see).await?;
    let unchanged = run_first(&old, &cookies[..1], 1).await?;
    assert_eq!(
        unchanged,
        Done { views: 1, added: 1, refused: 0 },
        "a read has changed nothing for the old release"
    );

    // Both in one process, at the same time.
    let (left, right) = tokio::join!(run_first(&old, &cookies, 5), run_second(&new, &cookies, 5));
    let together = [left?, right?];
    let late = run_first(&old, &cookies, 1).await?;
    assert_eq!(late, Done { views: 3, added: 0, refused: 3 }, "now every cart is the new release's");

    // Both as processes of their own.
    let task = |release: &str| start(&format!("{release} {place}"), &cookies);
    let children = [task("first"), task("second")];
    let apart = children.map(finish);
    println!("{place}: together {together:?}, as processes {apart:?}");
    assert_eq!(apart[0], Done { views: 60, added: 0, refused: 60 });
    assert_eq!(apart[1], Done { views: 60, added: 60, refused: 0 });

    // The old release is gone.
    let done = [alone, unchanged, together[0], together[1], late, apart[0], apart[1]];
    assert_nothing_is_lost(&new, &cookies, &done).await?;
    assert_eq!((new.mismatches(), old.mismatches()), (0, u64::from(together[0].refused + late.refused)));
    Ok(())
}

const TASK: &str = "SESSION_UPGRADE_TASK";

/// Another process: this test binary again, told by an environment variable what to do.
fn start(task: &str, cookies: &[String]) -> Child {
    Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "upgrade::process", "--nocapture"])
        .env(TASK, format!("{task}\n{}", cookies.join("\n")))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a process")
}

fn finish(child: Child) -> Done {
    let output = child.wait_with_output().expect("an end");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let numbers = text.lines().find_map(|line| line.split_once("done: ")).expect("a line").1;
    let [views, added, refused] =
        numbers.split(' ').map(|number| number.parse().expect("a number")).collect::<Vec<_>>()[..]
    else {
        panic!("{numbers}")
    };
    Done { views, added, refused }
}

/// What another process does. Nothing, where no task is set: then this is an ordinary run of all tests.
#[tokio::test]
async fn process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let mut lines = task.lines();
    let (release, place) = lines.next().and_then(|line| line.split_once(' ')).expect("a release and a store");
    let cookies: Vec<String> = lines.map(str::to_owned).collect();
    let sessions = sessions(place).await;
    let done = match release {
        "first" => run_first(&sessions, &cookies, 20).await,
        _ => run_second(&sessions, &cookies, 20).await,
    };
    let Done { views, added, refused } = done.expect("no request fails");
    println!("done: {views} {added} {refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_on_files_survive_an_upgrade() -> Result<(), Error> {
    let folder = Folder::new(&[]);
    upgrade(&format!("file {}", folder.path().join("sessions").display())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_on_redis_survive_an_upgrade() -> Result<(), Error> {
    let server = RedisServer::start();
    upgrade(&format!("redis {}", server.url())).await
}

#[test]
fn whoever_forgets_the_migration_learns_it_from_cargo_test() {
    let folder = Folder::new(&[]);
    let files = Files::of_crate(folder.path()).lock("session.lock.json");
    files.clone().bless(Bless::Compatible).check::<first::Shop>().expect("a new lock");
    let told = files.clone().bless(Bless::Never).check::<careless::Shop>().unwrap_err().to_string();
    println!("{told}");
    for part in [
        "the stored form of `Shop` changes in a way that breaks",
        "key `cart`:\n  backward (today's code reads what is stored): BREAKS",
        "forward (processes of the old release read what the new one writes): BREAKS",
        "key `user`: removed",
        "key `currency`: new",
        "give the key another version and migrate from the old one",
    ] {
        assert!(told.contains(part), "{part}\n---\n{told}");
    }
    files.bless(Bless::Compatible).check::<second::Shop>().expect("with the migrations nothing breaks");
}

#[test]
fn whoever_has_kept_a_record_learns_what_cannot_be_read() {
    let folder = Folder::new(&[]);
    let session = testing::session::<first::Shop>();
    session.cart().set(vec!["tea".to_owned()]).unwrap();
    session.user().set(first::User { name: "Ada".to_owned() }).unwrap();
    testing::record(&session, folder.path().join("v1.txt")).unwrap();

    let unread = testing::fixtures::<careless::Shop>(folder.path()).unread();
    let keys: Vec<_> = unread.iter().map(|one| one.key.as_deref()).collect();
    assert_eq!(keys, [Some("cart"), Some("user")], "{unread:?}");
    testing::fixtures::<second::Shop>(folder.path()).assert_read();
}
