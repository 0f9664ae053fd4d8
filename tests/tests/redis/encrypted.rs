//! TLS: the server's certificate is checked, and sessions go through.

use redis::{Client, TlsCertificates};
use session_runtime::{Expiry, RedisStore, Store};
use session_tests::redis_server::TlsServer;

use crate::support::{create, key, said, text};

fn client(url: &str, authority: &str) -> Client {
    let root_cert = Some(authority.as_bytes().to_vec());
    Client::build_with_tls(url, TlsCertificates { client_tls: None, root_cert }).expect("a client")
}

#[tokio::test]
async fn sessions_go_through_an_encrypted_connection() {
    let mut tls = TlsServer::start(&[]);
    let store = RedisStore::from_client(&client(&tls.url(), &tls.authority)).expect("a store");
    let (key, _) = create(&store, "one", Expiry::Never).await;
    assert_eq!(text(&store, &key).await.as_deref(), Some("one"));
    tls.server.kill();
    assert!(said(&store.load(&key).await.expect_err("no server"), &key).contains("Connection refused"));
}

#[tokio::test]
async fn a_password_goes_through_it_too() {
    let tls = TlsServer::start(&["--requirepass", "secret"]);
    let store = RedisStore::from_client(&client(&tls.url(), &tls.authority)).expect("a store");
    create(&store, "one", Expiry::Never).await;
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let (tls, other) = (TlsServer::start(&[]), TlsServer::start(&[]));
    let error = RedisStore::connect(&tls.url()).await.expect_err("an unknown authority");
    println!("{}", said(&error, &key()));
    assert_eq!(error.status(), 503);
    let store = RedisStore::from_client(&client(&tls.url(), &other.authority)).expect("a store");
    let error = store.load(&key()).await.expect_err("another authority");
    let said = said(&error, &key());
    assert!(said.contains("certificate"), "{said}");
}
