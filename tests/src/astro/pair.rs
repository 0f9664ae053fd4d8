//! An Astro app and a Rust service beside it, on one store.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use session_runtime::{
    Expiry, FileStore, Put, PutIf, Record, SessionConfig, SessionId, SessionLayer, Store, StoreKey,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{App, Visitor};

/// Where sessions are kept that both sides share.
pub struct Driver {
    app: App,
    store: Arc<dyn Store>,
    folder: Option<PathBuf>,
}

impl Driver {
    /// Astro's driver `fs` and [`FileStore::astro`], on one folder.
    ///
    /// # Panics
    /// As [`App::start`]; the path is not UTF-8.
    #[must_use]
    pub fn files(folder: &Path) -> Self {
        let app = App::start(&[("SESSION_FOLDER", folder.to_str().expect("a path in UTF-8"))]);
        Self { app, store: Arc::new(FileStore::astro(folder)), folder: Some(folder.to_owned()) }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        "files"
    }

    /// The folder of the files, where it is files.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Starts a Rust service of these routes on a free port.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn serve(&self, routes: Router) -> Pair {
        let routes = routes.layer(SessionLayer::with_config(Arc::clone(&self.store), SessionConfig::astro()));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let rust = listener.local_addr().expect("it is bound");
        let service = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Pair { astro: self.app.address(), rust, store: Arc::clone(&self.store), service }
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

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("app", &self.app).field("folder", &self.folder).finish_non_exhaustive()
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
