//! What failed at the server, in words that lead to no session: the client's own errors may quote a command's keys
//! and values, so nothing of them is passed on but the code, and the text where it is the server's fixed one.

use std::fmt;

use redis::{ErrorKind as ClientErrorKind, RedisError};

use crate::{Error, ErrorKind};

/// Answers that say the command was not carried out.
const REFUSALS: [&str; 13] = [
    "BUSY",
    "CLUSTERDOWN",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "ASK",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
];

/// What is stored under a key is no record: another type, no UTF-8.
const WRONG_TYPE: &str = "WRONGTYPE";

#[derive(Debug)]
struct Failure {
    doing: &'static str,
    what: String,
    advice: &'static str,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}{}", self.doing, self.what, self.advice)
    }
}

impl std::error::Error for Failure {}

/// Says what was being done when the client or the server failed.
pub(super) fn at(doing: &'static str) -> impl FnOnce(RedisError) -> Error {
    move |error| {
        let failure = Failure { doing, what: describe(&error), advice: advice(&error) };
        match error.code() {
            Some(WRONG_TYPE) => Error::with_source(ErrorKind::Corrupt, failure),
            Some(code) if REFUSALS.contains(&code) => Error::refused(failure),
            _ => Error::unavailable(failure),
        }
    }
}

/// An answer that the command cannot have.
pub(super) fn unexpected(doing: &'static str) -> Error {
    let what = "the server's answer is of another type than the command has".to_owned();
    Error::unavailable(Failure { doing, what, advice: "; is it Redis 7.0, Valkey 7.2 or newer?" })
}

fn describe(error: &RedisError) -> String {
    let Some(code) = error.code() else {
        return match error.kind() {
            // The system's own words, such as "Connection refused (os error 111)".
            ClientErrorKind::Io => error.to_string(),
            _ => error.category().to_owned(),
        };
    };
    let detail = error.detail().unwrap_or_default();
    // "unknown command 'X', with args beginning with: 'the key' …", and a quoted word may be one of ours.
    let fixed = detail.split(['\'', '`', '"']).next().unwrap_or_default().trim_end();
    match code {
        "MOVED" | "ASK" => code.to_owned(),
        _ => format!("{code} {fixed}").trim_end().to_owned(),
    }
}

fn advice(error: &RedisError) -> &'static str {
    match error.code() {
        Some("OOM") => "; raise the server's `maxmemory` or give it an eviction policy",
        Some("READONLY") => "; the server is a replica: connect to the primary, or through sentinels",
        Some("LOADING") => "; it answers once its data is in memory",
        Some("MISCONF") => "; the server cannot save to its disk",
        Some("NOAUTH" | "WRONGPASS") => "; put the user and the password into the URL",
        Some("NOPERM") => "; the user needs GET, SET, DEL, EXISTS, PEXPIRE, PERSIST, EVAL and EVALSHA",
        Some("CLUSTERDOWN") => "; some of the cluster's slots are served by nobody",
        Some(WRONG_TYPE) => "; another program uses the same key: give the sessions a `base` of their own",
        _ if error.kind() == ClientErrorKind::AuthenticationFailed => {
            "; check the user and the password in the URL"
        }
        _ if error.is_connection_refusal() => "; is the server running, and is the address right?",
        _ => "",
    }
}
