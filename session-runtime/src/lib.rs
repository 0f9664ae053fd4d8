#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod codec;
mod config;
mod cookie;
mod data;
mod declared;
pub mod devalue;
mod entry;
mod error;
mod exchange;
mod id;
mod keys;
mod log;
mod migrate;
mod mismatch;
#[cfg(feature = "schema")]
pub mod schema;
mod session;
mod slot;
mod state;
pub mod store;
pub mod testing;
mod untyped;
#[cfg(any(feature = "tower", feature = "actix-web"))]
pub mod web;

pub use session_derive::SessionData;

pub use self::clock::Clock;
pub use self::config::{ErrorResponse, SessionConfig};
pub use self::cookie::SameSite;
pub use self::data::{KeyInfo, SessionData, SessionValue, Untyped};
pub use self::entry::{Defaulted, Entry, Mode, Required};
pub use self::error::{Error, ErrorKind};
pub use self::exchange::{Exchange, Finish, Sessions};
pub use self::id::{InvalidSessionId, SessionId, StoreKey};
pub use self::session::{Handle, Session};
#[cfg(feature = "file")]
pub use self::store::FileStore;
#[cfg(feature = "postgres")]
pub use self::store::PostgresStore;
#[cfg(feature = "redis")]
pub use self::store::RedisStore;
pub use self::store::{Delete, DeleteIf, Expiry, MemoryStore, Put, PutIf, Record, Store, StoreFuture, Touch};
pub use self::untyped::UntypedAccessors;
#[cfg(feature = "tower")]
pub use self::web::SessionLayer;
#[cfg(feature = "actix-web")]
pub use self::web::SessionMiddleware;

/// What generated code calls. Not for use by hand; it may change in any release.
#[doc(hidden)]
pub mod __private {
    pub use crate::codec::Codec;
    pub use crate::migrate::{Always, Failure, Migration, OldValue, Older, OrFails, Reader, older};
    use crate::{Defaulted, Entry, Error, Handle, KeyInfo, Mode, Required};

    /// One text per key.
    pub type Forms = Option<Vec<String>>;

    /// Tells whether the entry has a value that can be read.
    pub fn read<T: 'static, M: Mode>(
        entry: &Entry<'_, T, M>,
        tell: &mut dyn FnMut(&'static KeyInfo, Result<bool, Error>),
    ) {
        entry.tell(tell);
    }

    /// The entry of a key without a default.
    #[inline]
    pub fn required<'s, T: 'static>(
        handle: &'s Handle,
        info: &'static KeyInfo,
        codec: Codec<T>,
    ) -> Entry<'s, T, Required> {
        Entry::new(handle, info, codec, ())
    }

    /// The entry of a key with a default.
    #[inline]
    pub fn defaulted<'s, T: 'static>(
        handle: &'s Handle,
        info: &'static KeyInfo,
        codec: Codec<T>,
        fallback: fn() -> T,
    ) -> Entry<'s, T, Defaulted> {
        Entry::new(handle, info, codec, fallback)
    }
}
