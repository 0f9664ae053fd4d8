//! The bare clients, and our store without anything above it.

use std::sync::Arc;

use fred::interfaces::{ClientLike, KeysInterface};
use session_runtime::{Expiry, Put, PutIf, Record, RedisStore, SessionId, Store, StoreKey};

use crate::data;
use crate::measure::{Prepare, Request, prepare};

/// More than are ever at work at a time, so that each task has a session of its own.
pub const SESSIONS: usize = 64;

pub fn contenders(url: &str, cart: usize, writing: bool) -> [(&'static str, Prepare); 3] {
    let (url, text) = (url.to_owned(), Arc::new(data::json(cart)));
    let own = move || (url.clone(), Arc::clone(&text), writing);
    [
        prepare("redis-rs", {
            let own = own.clone();
            move || redis_rs(own())
        }),
        prepare("fred", {
            let own = own.clone();
            move || fred(own())
        }),
        prepare("our store alone", move || store(own())),
    ]
}

/// The server, what a session holds, and whether it is to be written.
type Own = (String, Arc<Vec<u8>>, bool);

pub fn name(task: usize) -> String {
    format!("raw:{task}")
}

pub async fn connection(url: &str) -> redis::aio::MultiplexedConnection {
    // As our store sets it: without a timer for each command, and with room for all that wait.
    let config =
        redis::AsyncConnectionConfig::new().set_response_timeout(None).set_pipeline_buffer_size(1024);
    let client = redis::Client::open(url).expect("a URL");
    client.get_multiplexed_async_connection_with_config(&config).await.expect("a connection")
}

pub async fn set(connection: &mut redis::aio::MultiplexedConnection, name: &str, text: &[u8]) {
    let mut set = redis::cmd("SET");
    set.arg(name).arg(text).arg("PX").arg(86_400_000);
    set.query_async::<()>(connection).await.expect("set");
}

async fn redis_rs((url, text, writing): Own) -> Request {
    let mut connection = connection(&url).await;
    for task in 0..SESSIONS {
        set(&mut connection, &name(task), &text).await;
    }
    Arc::new(move |task| {
        let (mut connection, text) = (connection.clone(), Arc::clone(&text));
        Box::pin(async move {
            let name = name(task);
            let got: Vec<u8> = redis::cmd("GET").arg(&name).query_async(&mut connection).await.expect("get");
            assert_eq!(got.len(), text.len());
            if writing {
                set(&mut connection, &name, &text).await;
            }
        })
    })
}

async fn fred((url, text, writing): Own) -> Request {
    let config = fred::types::config::Config::from_url(&url).expect("a URL");
    let client = fred::clients::Client::new(config, None, None, None);
    client.init().await.expect("a connection");
    Arc::new(move |task| {
        let (client, text) = (client.clone(), Arc::clone(&text));
        Box::pin(async move {
            let name = name(task);
            let got: Vec<u8> = client.get(&name).await.expect("get");
            assert_eq!(got.len(), text.len());
            if writing {
                let expiry = Some(fred::types::Expiration::PX(86_400_000));
                let () = client.set(&name, text.as_slice(), expiry, None, false).await.expect("set");
            }
        })
    })
}

async fn store((url, text, writing): Own) -> Request {
    let store = RedisStore::connect(&url).await.expect("a store");
    let expiry = Expiry::After(std::time::Duration::from_secs(86_400));
    let mut keys = Vec::new();
    let texts = [text.as_slice(), &[text.as_slice(), b" "].concat()]
        .map(|text| Record::new(String::from_utf8(text.to_vec()).expect("UTF-8")));
    for _ in 0..SESSIONS {
        let key = StoreKey::hashed(&SessionId::random());
        store.put(&key, PutIf::Absent, &texts[0], expiry).await.expect("put");
        keys.push(key);
    }
    Arc::new(move |task| {
        let (store, key, texts) = (store.clone(), keys[task], texts.clone());
        Box::pin(async move {
            let loaded = store.load(&key).await.expect("load").expect("kept");
            if writing {
                // Another text each time, as a session that is changed is.
                let next = &texts[usize::from(loaded.text().len() == texts[0].text().len())];
                let put = store.put(&key, PutIf::Unchanged(&loaded), next, expiry).await.expect("put");
                assert!(matches!(put, Put::Stored));
            }
        })
    })
}
