//! The stores that `SESSION_STORE` can name.

use session_runtime::{Error, FileStore, MemoryStore, PostgresStore, RedisStore, Store};

/// Where the file store keeps the shop's sessions, below the working directory.
const FOLDER: &str = "target/shop-sessions";

/// What stands before the shop's keys in a Redis that others may use, too.
const BASE: &str = "shop";

/// The store called `name`; without a name, the default one.
pub(crate) async fn open(name: Option<&str>) -> Result<Box<dyn Store>, String> {
    match name.unwrap_or("file") {
        "file" => Ok(Box::new(FileStore::new(FOLDER))),
        "memory" => Ok(Box::new(MemoryStore::new())),
        url if url.contains("://") => {
            on_server(url).await.map_err(|error| format!("SESSION_STORE: {}", causes(&error)))
        }
        other => Err(format!(
            "SESSION_STORE={other:?}: there is no such store. Known stores:\n  \
             file     in {FOLDER}, where they survive a restart (the default)\n  \
             memory   in this process, until it ends\n  \
             redis://user:password@host:port/db   on a Redis or Valkey server (rediss:// for TLS)\n  \
             postgres://user:password@host:port/database   in the table `sessions`, which is made if need be"
        )),
    }
}

/// The store on the server at a URL.
async fn on_server(url: &str) -> Result<Box<dyn Store>, Error> {
    if !url.starts_with("postgres") {
        return Ok(Box::new(RedisStore::connect(url).await?.base(BASE)));
    }
    let store = PostgresStore::connect(url).await?;
    store.create_table().await?;
    Ok(Box::new(store))
}

/// An error with all its causes on one line. It shows nothing of the URL, which may hold a password.
fn causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
