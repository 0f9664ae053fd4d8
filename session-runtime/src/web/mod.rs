//! Adapters for web frameworks. They translate requests and responses; every decision about sessions is made in
//! [`Exchange`](crate::Exchange).

#[cfg(feature = "axum")]
mod axum;
mod tower;

pub use self::tower::{SessionFuture, SessionLayer, SessionService};
