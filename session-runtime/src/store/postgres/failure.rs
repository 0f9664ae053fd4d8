//! What failed at the server, and what to do.

use std::error::Error as _;
use std::io;

use deadpool_postgres::PoolError;
use tokio_postgres::error::SqlState;

use crate::store::failure::Failure;
use crate::{Error, ErrorKind};

/// An answer that says the statement was not carried out: its code, what it means, what to do.
type Refusal = (SqlState, &'static str, &'static str);

const MISSING: (&str, &str) = (
    "the table does not exist",
    "call `PostgresStore::create_table`, or let your migrations run what `PostgresStore::schema` gives",
);
const OTHER: (&str, &str) = (
    "the table has other columns",
    "another program's table has this name: choose one with `PostgresStore::table`",
);
const USER: (&str, &str) =
    ("the server refuses the user", "check user and password in the URL, and the server's pg_hba.conf");

const REFUSALS: [Refusal; 17] = [
    (SqlState::UNDEFINED_TABLE, MISSING.0, MISSING.1),
    (SqlState::INVALID_SCHEMA_NAME, "the schema does not exist", "create it before the table"),
    (SqlState::UNDEFINED_COLUMN, OTHER.0, OTHER.1),
    (SqlState::UNDEFINED_FUNCTION, OTHER.0, OTHER.1),
    (SqlState::DATATYPE_MISMATCH, OTHER.0, OTHER.1),
    (SqlState::INVALID_COLUMN_REFERENCE, OTHER.0, OTHER.1),
    (SqlState::WRONG_OBJECT_TYPE, OTHER.0, OTHER.1),
    (
        SqlState::INSUFFICIENT_PRIVILEGE,
        "the user has not all rights",
        "it needs SELECT, INSERT, UPDATE and DELETE on the table",
    ),
    (SqlState::INVALID_PASSWORD, USER.0, USER.1),
    (SqlState::INVALID_AUTHORIZATION_SPECIFICATION, USER.0, USER.1),
    (SqlState::UNDEFINED_DATABASE, "the database does not exist", "create it, or check its name in the URL"),
    (
        SqlState::READ_ONLY_SQL_TRANSACTION,
        "the server is read-only",
        "it is a standby: connect to the primary (`target_session_attrs=read-write` in the URL finds it)",
    ),
    (SqlState::DISK_FULL, "the server's disk is full", "make room on it"),
    (SqlState::OUT_OF_MEMORY, "the server is out of memory", ""),
    (
        SqlState::TOO_MANY_CONNECTIONS,
        "the server has no connection left",
        "raise its `max_connections`, or put a pooler before it",
    ),
    (
        SqlState::CANNOT_CONNECT_NOW,
        "the server is starting, stopping or recovering",
        "it answers once it is done",
    ),
    (SqlState::PROGRAM_LIMIT_EXCEEDED, "the text is too long for the server", ""),
];

/// Says what was being done when the client or the server failed.
pub(super) fn at(doing: &'static str) -> impl Fn(PoolError) -> Error {
    move |error| {
        let PoolError::Backend(error) = error else {
            // The pool is the user's, with waits of its own, or was closed.
            return Error::unavailable(Failure { doing, what: error.to_string(), advice: "" });
        };
        let refusal = REFUSALS.iter().find(|(code, ..)| error.code() == Some(code));
        match refusal {
            Some((code, what, advice)) => {
                Error::refused(Failure { doing, what: format!("{what} ({})", code.code()), advice })
            }
            None => Error::unavailable(Failure { doing, what: describe(&error), advice: advice(&error) }),
        }
    }
}

/// What is stored is none of ours.
pub(super) fn not_a_text(doing: &'static str) -> Error {
    let what = "the content is not UTF-8".to_owned();
    Error::with_source(ErrorKind::Corrupt, Failure { doing, what, advice: OTHER.1 })
}

/// Whether a table was not made because somebody else made it at the same time.
pub(super) fn exists_already(error: &PoolError) -> bool {
    let PoolError::Backend(error) = error else { return false };
    let codes = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
    error.code().is_some_and(|code| codes.contains(code))
}

/// A URL that cannot be read. What is wrong with it is not said where it may be a part of the password.
pub(super) fn not_a_url(doing: &'static str, error: &tokio_postgres::Error) -> Error {
    let advice = "a URL is postgres://user:password@host:port/database, with `%` and two digits for what has a meaning in URLs";
    Error::unavailable(Failure { doing, what: error.to_string(), advice })
}

fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(answer) = error.as_db_error() {
        // "duplicate key value violates unique constraint "x"": no further than the first quote.
        let message = answer.message().split(['\'', '`', '"', '(']).next().unwrap_or_default();
        return format!("{} {}", answer.code().code(), message.trim_end()).trim_end().to_owned();
    }
    match (io_cause(error), error.source()) {
        // The system's words, such as "Connection refused (os error 111)".
        (Some(cause), _) => cause.to_string(),
        // The client's, such as "server does not support TLS".
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

fn advice(error: &tokio_postgres::Error) -> &'static str {
    match io_cause(error).map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "is the server running, and is the address right?",
        _ => "",
    }
}

fn io_cause(error: &tokio_postgres::Error) -> Option<&io::Error> {
    error.source()?.downcast_ref()
}
