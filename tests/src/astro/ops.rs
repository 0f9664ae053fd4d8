//! What the app can be asked to do with its session.

use serde_json::{Value as Json, json};

/// One operation on Astro's session, as `tests/astro/src/pages/ops.js` takes it. Values are JavaScript expressions.
#[derive(Debug, Clone)]
pub struct Op(pub(super) Json);

impl Op {
    /// `session.get(key)`.
    #[must_use]
    pub fn get(key: &str) -> Self {
        Self(json!({ "op": "get", "key": key }))
    }

    /// `session.has(key)`.
    #[must_use]
    pub fn has(key: &str) -> Self {
        Self(json!({ "op": "has", "key": key }))
    }

    /// `session.set(key, js)`.
    #[must_use]
    pub fn set(key: &str, js: &str) -> Self {
        Self(json!({ "op": "set", "key": key, "js": js }))
    }

    /// `session.set(key, js, { ttl })`, in seconds.
    #[must_use]
    pub fn set_for(key: &str, js: &str, ttl: f64) -> Self {
        Self(json!({ "op": "set", "key": key, "js": js, "ttl": ttl }))
    }

    /// Gets an array, appends to it and sets it.
    #[must_use]
    pub fn push(key: &str, js: &str) -> Self {
        Self(json!({ "op": "push", "key": key, "js": js }))
    }

    /// `session.delete(key)`.
    #[must_use]
    pub fn delete(key: &str) -> Self {
        Self(json!({ "op": "delete", "key": key }))
    }

    /// `session.load(id)`.
    #[must_use]
    pub fn load(id: &str) -> Self {
        Self(json!({ "op": "load", "id": id }))
    }

    /// Gives the value of an expression, without any session.
    #[must_use]
    pub fn eval(js: &str) -> Self {
        Self(json!({ "op": "eval", "js": js }))
    }

    /// Waits so many milliseconds.
    #[must_use]
    pub fn sleep(ms: u64) -> Self {
        Self(json!({ "op": "sleep", "ms": ms }))
    }

    /// `session.keys()`, `values()`, `entries()`, `regenerate()` or `destroy()`.
    #[must_use]
    pub fn plain(name: &str) -> Self {
        Self(json!({ "op": name }))
    }
}
