//! An Astro app and a Rust service beside it, on one store.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use session_runtime::{
    Expiry, FileStore, Put, PutIf, Record, RedisStore, SessionConfig, SessionId, SessionLayer, Store,
    StoreKey,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{App, Visitor};
use crate::redis_server::RedisServer;

/// Where sessions are kept that both sides share, and an Astro app that keeps them there.
#[derive(Debug)]
pub struct Driver {
    app: App,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Files(PathBuf),
    Redis(RedisServer),
}

/// Astro's option `base`, and ours.
const BASE: &str = "shop";

impl Driver {
    /// Astro's driver `fs` and [`FileStore::astro`], on one folder.
    ///
    /// # Panics
    /// As [`App::start`]; the path is not UTF-8.
    #[must_use]
    pub fn files(folder: &Path) -> Self {
        let app = App::start(&[("SESSION_FOLDER", folder.to_str().expect("a path in UTF-8"))]);
        Self { app, place: Place::Files(folder.to_owned()) }
    }

    /// An app that keeps its sessions as Astro does by itself, and [`FileStore::astro`] on its folder.
    ///
    /// # Panics
    /// As [`App::start`].
    #[must_use]
    pub fn of_app(directory: &Path) -> Self {
        let app = App::start_in(directory, &[]);
        Self { app, place: Place::Files(directory.join(".astro/session")) }
    }

    /// Astro's driver `redis` and [`RedisStore`], on a server of their own.
    ///
    /// # Panics
    /// As [`App::start`] and [`RedisServer::start`].
    #[must_use]
    pub fn redis() -> Self {
        let server = RedisServer::start();
        let app = App::start(&[("SESSION_REDIS", &server.url()), ("SESSION_REDIS_BASE", BASE)]);
        Self { app, place: Place::Redis(server) }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.place {
            Place::Files(_) => "files",
            Place::Redis(_) => "Redis",
        }
    }

    /// The file of a session, where sessions are files.
    #[must_use]
    pub fn file(&self, id: &str) -> Option<PathBuf> {
        match &self.place {
            Place::Files(folder) => Some(folder.join(id)),
            Place::Redis(_) => None,
        }
    }

    /// For how long the server keeps a session, in milliseconds; -1 is for ever.
    ///
    /// # Panics
    /// Sessions are not kept on a server.
    #[must_use]
    pub fn kept_for(&self, id: &str) -> i64 {
        let Place::Redis(server) = &self.place else { panic!("a file does not say") };
        match server.command(&format!("PTTL {BASE}:{id}")) {
            redis::Value::Int(ms) => ms,
            other => panic!("{other:?}"),
        }
    }

    /// Starts a Rust service of these routes on a free port, with Astro's settings.
    ///
    /// # Panics
    /// There is no free port, or the server of the sessions cannot be reached.
    pub async fn serve(&self, routes: Router) -> Pair {
        self.serve_with(routes, SessionConfig::astro()).await
    }

    /// Starts a Rust service with settings of its own.
    ///
    /// # Panics
    /// As [`serve`](Self::serve).
    pub async fn serve_with(&self, routes: Router, config: SessionConfig) -> Pair {
        let store = self.store().await;
        let routes = routes.layer(SessionLayer::with_config(Arc::clone(&store), config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let rust = listener.local_addr().expect("it is bound");
        let service = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Pair { astro: self.app.address(), rust, store, service }
    }

    async fn store(&self) -> Arc<dyn Store> {
        match &self.place {
            Place::Files(folder) => Arc::new(FileStore::astro(folder)),
            Place::Redis(server) => {
                Arc::new(RedisStore::connect(&server.url()).await.expect("the server answers").base(BASE))
            }
        }
    }
}

/// An Astro app and a Rust service that share their sessions. The service ends when this is dropped.
pub struct Pair {
    astro: SocketAddr,
    rust: SocketAddr,
    store: Arc<dyn Store>,
    service: JoinHandle<()>,
}

impl Pair {
    /// Somebody without a cookie.
    #[must_use]
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.astro, self.rust)
    }

    /// What is stored under this id, as it stands in the store.
    ///
    /// # Panics
    /// It is no id, or the store fails.
    pub async fn stored(&self, id: &str) -> Option<String> {
        let loaded = self.store.load(&key(id)).await.expect("the store works");
        loaded.map(|record| record.text().to_owned())
    }

    /// Stores a text and gives a visitor whose cookie leads to it.
    ///
    /// # Panics
    /// The store fails.
    pub async fn with_record(&self, text: &str) -> Visitor {
        let id = SessionId::random();
        let record = Record::new(text);
        let put = self.store.put(&StoreKey::plain(&id), PutIf::Absent, &record, Expiry::Never).await;
        assert!(matches!(put, Ok(Put::Stored)), "{put:?}");
        let mut visitor = self.visitor();
        visitor.cookie = Some(format!("astro-session={}", id.expose()));
        visitor
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("astro", &self.astro).field("rust", &self.rust).finish_non_exhaustive()
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.service.abort();
    }
}

fn key(id: &str) -> StoreKey {
    StoreKey::plain(&id.parse::<SessionId>().expect("a session id"))
}
