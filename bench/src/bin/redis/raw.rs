//! The bare clients, and our store without anything above it.

use std::sync::Arc;

use fred::interfaces::{ClientLike, KeysInterface};
use session_runtime::{Expiry, Put, PutIf, Record, RedisStore, SessionId, Store, StoreKey};

use crate::data;
use crate::measure::{Contender, OnTokio, Request};
use crate::server::Server;

/// More than are ever at work at a time, so that each task has a session of its own.
pub const SESSIONS: usize = 64;

pub fn contenders(
    server: &Server,
    runtime: &tokio::runtime::Runtime,
    cart: usize,
    writing: bool,
) -> Vec<Box<dyn Contender>> {
    let text = Arc::new(data::json(cart));
    let requests = runtime.block_on(async {
        [
            ("redis-rs", redis_rs(server, &text, writing).await),
            ("fred", fred(server, &text, writing).await),
            ("our store alone", store(server, &text, writing).await),
        ]
    });
    OnTokio::all(runtime, requests)
}

pub fn name(task: usize) -> String {
    format!("raw:{task}")
}

pub async fn connection(server: &Server) -> redis::aio::MultiplexedConnection {
    // As our store sets it: without a timer for each command, and with room for all that wait.
    let config =
        redis::AsyncConnectionConfig::new().set_response_timeout(None).set_pipeline_buffer_size(1024);
    let client = redis::Client::open(server.url()).expect("a URL");
    client.get_multiplexed_async_connection_with_config(&config).await.expect("a connection")
}

pub async fn set(connection: &mut redis::aio::MultiplexedConnection, name: &str, text: &[u8]) {
    let mut set = redis::cmd("SET");
    set.arg(name).arg(text).arg("PX").arg(86_400_000);
    set.query_async::<()>(connection).await.expect("set");
}

async fn redis_rs(server: &Server, text: &Arc<Vec<u8>>, writing: bool) -> Request {
    let mut connection = connection(server).await;
    for task in 0..SESSIONS {
        set(&mut connection, &name(task), text).await;
    }
    let text = Arc::clone(text);
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

async fn fred(server: &Server, text: &Arc<Vec<u8>>, writing: bool) -> Request {
    let config = fred::types::config::Config::from_url(&server.url()).expect("a URL");
    let client = fred::clients::Client::new(config, None, None, None);
    client.init().await.expect("a connection");
    let text = Arc::clone(text);
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

async fn store(server: &Server, text: &Arc<Vec<u8>>, writing: bool) -> Request {
    let store = RedisStore::connect(&server.url()).await.expect("a store");
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
