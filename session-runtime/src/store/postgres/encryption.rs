//! TLS for connections that are made by a URL.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::CONNECT;
use crate::Error;
use crate::store::failure::Failure;

/// Trusts what the machine trusts.
pub(super) fn connector() -> Result<MakeRustlsConnect, Error> {
    let mut roots = RootCertStore::empty();
    // Some may be unreadable; where none is left, the server's certificate is refused, and that is said.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::unavailable(Failure { doing: CONNECT, what: error.to_string(), advice: "" }))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
