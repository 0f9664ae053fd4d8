//! The stores that `SESSION_STORE` can name.

use session_runtime::{FileStore, MemoryStore, Store};

/// Where the file store keeps the shop's sessions, below the working directory.
const FOLDER: &str = "target/shop-sessions";

/// The store called `name`; without a name, the default one.
pub(crate) fn open(name: Option<&str>) -> Result<Box<dyn Store>, String> {
    match name.unwrap_or("file") {
        "file" => Ok(Box::new(FileStore::new(FOLDER))),
        "memory" => Ok(Box::new(MemoryStore::new())),
        other => Err(format!(
            "SESSION_STORE={other:?}: there is no such store. Known stores:\n  \
             file     in {FOLDER}, where they survive a restart (the default)\n  \
             memory   in this process, until it ends"
        )),
    }
}
