//! Encrypted connections, against a server with a certificate of its own.

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use session_runtime::{Expiry, PostgresStore};
use session_tests::certificates::Certificates;
use session_tests::operations::{create, key, said, text};
use session_tests::postgres_server::PostgresServer;
use tokio_postgres_rustls::MakeRustlsConnect;

fn trusting(certificates: &Certificates) -> MakeRustlsConnect {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificates.authority.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    MakeRustlsConnect::new(config)
}

#[tokio::test]
async fn a_connector_of_ones_own_encrypts() {
    let certificates = Certificates::new();
    let server = PostgresServer::start_encrypted(&certificates);
    let config = format!("{}?sslmode=require", server.url()).parse().unwrap();
    let store = PostgresStore::from_config(config, trusting(&certificates)).unwrap();
    store.create_table().await.unwrap();
    let (id, _) = create(&store, "one", Expiry::Never).await;
    assert_eq!(text(&store, &id).await.as_deref(), Some("one"));
    // The one, and the sweep's.
    let encrypted = "SELECT count(*) FROM pg_stat_ssl WHERE ssl AND pid <> pg_backend_pid()";
    let connections = server.run(encrypted).await;
    assert!(["1", "2"].contains(&connections[0].as_str()), "{connections:?}");
    // A statement that is given up is cancelled over an encrypted connection too.
    let other = server.client().await;
    other.batch_execute("BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let load = tokio::time::timeout(std::time::Duration::from_millis(100), text(&store, &id)).await;
    assert!(load.is_err());
    // Beside it there may be the sweep, which nobody has given up: it waits until the lock is gone.
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT content%'";
    session_tests::operations::until("cancelled", async || server.run(waits).await == ["0"]).await;
    other.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(text(&store, &id).await.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_certificate_that_this_machine_does_not_trust_is_refused() {
    let server = PostgresServer::start_encrypted(&Certificates::new());
    let error = PostgresStore::connect(&server.url()).await.expect_err("not trusted");
    let said = said(&error, &key());
    println!("{said}");
    assert!(said.contains("invalid peer certificate"), "{said}");
}

#[tokio::test]
async fn what_cannot_be_encrypted_is_not_where_it_must_be() {
    let server = PostgresServer::shared();
    assert!(PostgresStore::connect(&server.url()).await.is_ok(), "encrypted where the server can");
    let error =
        PostgresStore::connect(&format!("{}?sslmode=require", server.url())).await.expect_err("plain");
    let said = said(&error, &key());
    println!("{said}");
    assert!(said.contains("TLS"), "{said}");
}
