//! The stores that `SESSION_STORE` can name.

use session_runtime::{MemoryStore, Store};

/// The store called `name`; without a name, the default one.
pub(crate) fn open(name: Option<&str>) -> Result<Box<dyn Store>, String> {
    match name.unwrap_or("memory") {
        "memory" => Ok(Box::new(MemoryStore::new())),
        other => Err(format!(
            "SESSION_STORE={other:?}: there is no such store. Known stores:\n  \
             memory   in this process, until it ends (the default)"
        )),
    }
}
