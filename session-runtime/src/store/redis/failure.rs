//! What failed at the server, and what to do.

use redis::{ErrorKind as ClientErrorKind, RedisError};

use crate::store::failure::Failure;
use crate::{Error, ErrorKind};

/// An answer that says the command was not carried out: its code, what it means, what to do.
type Refusal = (&'static str, &'static str, &'static str);

const REFUSALS: [Refusal; 15] = [
    ("ASK", "a slot of the cluster is being moved", ""),
    ("BUSY", "the server is busy with a script", ""),
    ("CLUSTERDOWN", "the cluster is down", "some of its slots are served by nobody"),
    ("LOADING", "the server is loading its data", "it answers once they are in memory"),
    ("MASTERDOWN", "the server has lost its primary", "connect to the primary, or through sentinels"),
    ("MISCONF", "the server cannot save its data", "its log says why; look at its disk"),
    (
        "MOVED",
        "another node of the cluster holds the session",
        "is that node running? A cluster needs `RedisStore::connect_cluster`",
    ),
    ("NOAUTH", "the server asks for a password", "put user and password into the URL"),
    (
        "NOPERM",
        "the user has not all rights",
        "it needs GET, SET, DEL, EXISTS, PEXPIRE, PERSIST, EVAL and EVALSHA on the keys",
    ),
    ("NOREPLICAS", "the server has too few replicas", "its `min-replicas-to-write` asks for more"),
    ("OOM", "the server is out of memory", "raise its `maxmemory` or set another `maxmemory-policy`"),
    ("READONLY", "the server is read-only", "it is a replica: connect to the primary, or through sentinels"),
    ("TRYAGAIN", "a slot of the cluster is being moved", ""),
    ("UNBLOCKED", "the server has become a replica", ""),
    ("WRONGPASS", "the server refuses user and password", "check them in the URL"),
];

/// What is stored under the key is of another type.
const WRONG_TYPE: &str = "WRONGTYPE";

/// Says what was being done when the client or the server failed.
pub(super) fn at(doing: &'static str) -> impl FnOnce(RedisError) -> Error {
    move |error| {
        let code = error.code().unwrap_or_default();
        if code == WRONG_TYPE {
            let what = format!("the key holds something else than a string ({code})");
            let advice = "another program uses the same keys: give the sessions a `base` of their own";
            return Error::with_source(ErrorKind::Corrupt, Failure { doing, what, advice });
        }
        if let Some((_, what, advice)) = REFUSALS.iter().find(|(known, ..)| *known == code) {
            return Error::refused(Failure { doing, what: format!("{what} ({code})"), advice });
        }
        Error::unavailable(Failure { doing, what: describe(&error), advice: advice(&error) })
    }
}

/// An answer that the command cannot have.
pub(super) fn unexpected(doing: &'static str) -> Error {
    let what = "the server's answer is of a type that the command cannot have".to_owned();
    Error::unavailable(Failure { doing, what, advice: "is it Redis 7.0, Valkey 7.2 or newer?" })
}

fn describe(error: &RedisError) -> String {
    match (error.code(), error.kind()) {
        // "unknown command 'X', with args beginning with: 'the key' …": no further than the first quote.
        (Some(code), _) => {
            let detail =
                error.detail().unwrap_or_default().split(['\'', '`', '"']).next().unwrap_or_default();
            format!("{code} {}", detail.trim_end()).trim_end().to_owned()
        }
        // The system's words, such as "Connection refused (os error 111)".
        (None, ClientErrorKind::Io) => error.to_string(),
        (None, _) => error.category().to_owned(),
    }
}

fn advice(error: &RedisError) -> &'static str {
    match error.kind() {
        ClientErrorKind::AuthenticationFailed => "check user and password in the URL",
        ClientErrorKind::InvalidClientConfig => "a URL is redis://user:password@host:port/db",
        _ if error.is_connection_refusal() => "is the server running, and is the address right?",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::at;

    /// What a server may answer, as the client reads it.
    fn error(answer: &str) -> redis::RedisError {
        let value = redis::parse_redis_value(format!("-{answer}\r\n").as_bytes()).expect("an answer");
        value.extract_error().expect_err("an error")
    }

    #[test]
    fn nothing_of_a_key_or_a_value_is_passed_on() {
        for answer in [
            "ERR unknown command 'GETX', with args beginning with: 'the-key' 'the-value' ",
            "ERR unknown command `GETX`, with args beginning with: `the-key`, `the-value`, ",
            "NOPERM No permissions to access the 'the-key' key",
            "MOVED 3999 the-key:6381",
            "WRONGTYPE the-key",
        ] {
            let error = at("test")(error(answer));
            let said = format!("{error:?} {}", std::error::Error::source(&error).expect("a cause"));
            assert!(!said.contains("the-key") && !said.contains("the-value"), "{said}");
        }
    }

    #[test]
    fn only_what_says_that_nothing_was_done_is_a_refusal() {
        for (answer, refusal) in [
            ("OOM command not allowed when used memory > 'maxmemory'.", true),
            ("READONLY You can't write against a read only replica.", true),
            ("LOADING Redis is loading the dataset in memory", true),
            ("ERR value is not an integer or out of range", false),
            ("WHATEVER this may be", false),
        ] {
            assert_eq!(at("test")(error(answer)).is_refusal(), refusal, "{answer}");
        }
        assert!(matches!(Value::Nil.extract_error(), Ok(Value::Nil)));
    }
}
