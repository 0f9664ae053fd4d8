//! A server that speaks TLS only, with an authority of its own.

use tempfile::TempDir;

use super::{RedisServer, free_port};
use crate::certificates::Certificates;

/// A server with a certificate for 127.0.0.1 and localhost.
#[derive(Debug)]
pub struct TlsServer {
    /// The server; its plain port is for the tests' own questions.
    pub server: RedisServer,
    /// The certificate of the authority that signed the server's, as PEM.
    pub authority: String,
    port: u16,
}

impl TlsServer {
    /// Starts one, with further arguments.
    ///
    /// # Panics
    /// The certificates cannot be made, or the server does not start.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let certificates = Certificates::new();
        let folder = TempDir::with_prefix("session-redis-").expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            path.to_str().expect("UTF-8").to_owned()
        };
        let port = free_port().to_string();
        let (cert, key) = (write("cert.pem", &certificates.certificate), write("key.pem", &certificates.key));
        let ca = write("ca.pem", &certificates.authority);
        let mut all = vec![
            "--tls-port",
            &port,
            "--tls-cert-file",
            &cert,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &ca,
            "--tls-auth-clients",
            "no",
        ];
        all.extend(arguments);
        let server = RedisServer::start_with(&all);
        // The server has read the files, which go now.
        Self { server, authority: certificates.authority, port: port.parse().expect("a port") }
    }

    /// Its URL.
    ///
    /// # Panics
    /// Never: the server's URL has a port.
    #[must_use]
    pub fn url(&self) -> String {
        let plain = self.server.url();
        let (before, _) = plain.rsplit_once(':').expect("a port");
        format!("{}:{}", before.replacen("redis://", "rediss://", 1), self.port)
    }
}
