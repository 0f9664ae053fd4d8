//! Adapters for web frameworks. They translate requests and responses; every decision about sessions is made in
//! [`Exchange`](crate::Exchange).

#[cfg(feature = "actix-web")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
mod response;
mod running;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "actix-web")]
pub use self::actix::{SessionMiddleware, SessionMiddlewareService};
#[cfg(feature = "tower")]
pub use self::tower::{SessionFuture, SessionLayer, SessionService};
