//! A certificate for a server on this machine, and the authority that signed it.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// As PEM.
#[derive(Debug)]
pub struct Certificates {
    /// The authority's certificate.
    pub authority: String,
    /// The server's, for 127.0.0.1 and localhost.
    pub certificate: String,
    /// The server's key.
    pub key: String,
}

impl Certificates {
    /// Makes new ones.
    ///
    /// # Panics
    /// They cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed");
        let key = KeyPair::generate().expect("a key");
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate =
            CertificateParams::new(names).expect("names").signed_by(&key, &authority).expect("signed");
        Self { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}
