//! What failed at a server, in words that lead to no session: the server's and the client's own texts may quote a
//! command's keys and values, so drivers pass on only what is known to be fixed.

use std::fmt;

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) doing: &'static str,
    pub(super) what: String,
    pub(super) advice: &'static str,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.doing, self.what)?;
        match self.advice {
            "" => Ok(()),
            advice => write!(f, "; {advice}"),
        }
    }
}

impl std::error::Error for Failure {}
