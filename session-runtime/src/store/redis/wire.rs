//! The commands, and what their answers mean.

use std::time::Duration;

use redis::{Cmd, RedisError, Value};

use super::failure::unexpected;
use crate::store::Expiry;
use crate::{Error, ErrorKind, Record};

/// A bulk string of a server is at most 512 MiB long.
const MAX_TEXT: usize = 512 << 20;

/// The server adds the time to its own and keeps the sum in 63 bits: a thousand years fit.
const LONGEST: Duration = Duration::from_secs(1_000 * 365 * 86_400);

/// Compares and sets. Nothing is written where the comparison fails, so replicas and the append-only file see nothing.
/// Answers 1, what is stored instead, or nothing.
pub(super) const REPLACE: &str = "\
local current = redis.call('GET', KEYS[1])
if current ~= ARGV[1] then return current end
redis.call('SET', KEYS[1], ARGV[2], unpack(ARGV, 3))
return 1";

/// Compares and deletes. Answers 1, what is stored instead, or nothing.
pub(super) const DELETE: &str = "\
local current = redis.call('GET', KEYS[1])
if current ~= ARGV[1] then return current end
return redis.call('DEL', KEYS[1])";

pub(super) fn get(name: &str) -> Cmd {
    command("GET", name, 0, 0)
}

/// Sets where nothing is; answers what was there (Redis 7.0).
pub(super) fn create(name: &str, text: &str, expiry: Expiry) -> Cmd {
    let mut command = command("SET", name, 5, text.len());
    command.arg(text).arg("NX").arg("GET");
    expire(&mut command, expiry);
    command
}

/// Sets where exactly `old` is (Redis 8.4, Valkey 8.1); answers OK or nothing.
pub(super) fn replace_if_equal(name: &str, old: &str, text: &str, expiry: Expiry) -> Cmd {
    let mut command = command("SET", name, 5, text.len() + old.len());
    command.arg(text).arg("IFEQ").arg(old);
    expire(&mut command, expiry);
    command
}

/// Calls [`REPLACE`] by its hash or in full.
pub(super) fn replace(script: Script<'_>, name: &str, old: &str, text: &str, expiry: Expiry) -> Cmd {
    let mut command = script.command(name, 4, text.len() + old.len());
    command.arg(old).arg(text);
    expire(&mut command, expiry);
    command
}

pub(super) fn delete(name: &str) -> Cmd {
    command("DEL", name, 0, 0)
}

/// Calls [`DELETE`] by its hash or in full.
pub(super) fn delete_if_equal(script: Script<'_>, name: &str, old: &str) -> Cmd {
    let mut command = script.command(name, 1, old.len());
    command.arg(old);
    command
}

/// Makes the time longer, never shorter (Redis 7.0); answers whether it did.
pub(super) fn extend(name: &str, expiry: Expiry) -> Cmd {
    match milliseconds(expiry) {
        Some(ms) => {
            let mut command = command("PEXPIRE", name, 2, 0);
            command.arg(ms).arg("GT");
            command
        }
        None => command("PERSIST", name, 0, 0),
    }
}

pub(super) fn exists(name: &str) -> Cmd {
    command("EXISTS", name, 0, 0)
}

/// How a script is called.
#[derive(Debug, Clone, Copy)]
pub(super) enum Script<'s> {
    ByHash(&'s str),
    InFull(&'s str),
}

impl Script<'_> {
    fn command(self, name: &str, arguments: usize, bytes: usize) -> Cmd {
        let (verb, script) = match self {
            Self::ByHash(hash) => ("EVALSHA", hash),
            Self::InFull(code) => ("EVAL", code),
        };
        let mut command = Cmd::with_capacity(4 + arguments, 64 + script.len() + name.len() + bytes);
        command.arg(verb).arg(script).arg(1).arg(name);
        command
    }
}

/// What a command was answered.
#[derive(Debug)]
pub(super) enum Answer {
    Done,
    Nothing,
    Text(Record),
}

impl Answer {
    /// Reads an answer; `Done` stands for OK and 1, `Nothing` for null and 0.
    pub(super) fn read(value: Value, doing: &'static str) -> Result<Self, Error> {
        match value {
            Value::Okay | Value::Int(1) => Ok(Self::Done),
            Value::Nil | Value::Int(0) => Ok(Self::Nothing),
            Value::BulkString(bytes) => {
                let text = String::from_utf8(bytes)
                    .map_err(|error| Error::with_source(ErrorKind::Corrupt, error.utf8_error()))?;
                Ok(Self::Text(Record::new(text)))
            }
            _ => Err(unexpected(doing)),
        }
    }
}

/// Whether the server did not know an option of a command, and so did nothing.
pub(super) fn is_unknown_option(error: &RedisError) -> bool {
    error.code() == Some("ERR") && error.detail().is_some_and(|detail| detail.starts_with("syntax error"))
}

/// Whether the server does not hold a script yet, and so did nothing.
pub(super) fn is_unknown_script(error: &RedisError) -> bool {
    error.code() == Some("NOSCRIPT")
}

/// Refuses what no server would take.
pub(super) fn check_size(text: &str) -> Result<(), Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::hinted(ErrorKind::TooLarge, "Redis takes texts of up to 512 MiB"));
    }
    Ok(())
}

fn command(verb: &str, name: &str, arguments: usize, bytes: usize) -> Cmd {
    let mut command = Cmd::with_capacity(2 + arguments, 64 + verb.len() + name.len() + bytes);
    command.arg(verb).arg(name);
    command
}

/// The server takes no time of 0 milliseconds from now, but any moment of the past.
fn expire(command: &mut Cmd, expiry: Expiry) {
    match milliseconds(expiry) {
        None => {}
        Some(0) => {
            command.arg("PXAT").arg(1);
        }
        Some(ms) => {
            command.arg("PX").arg(ms);
        }
    }
}

/// Whole milliseconds, of which a begun one counts.
fn milliseconds(expiry: Expiry) -> Option<u64> {
    match expiry {
        Expiry::Never => None,
        Expiry::After(time) => u64::try_from(time.min(LONGEST).as_micros().div_ceil(1000)).ok(),
    }
}
