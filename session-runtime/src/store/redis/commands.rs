//! The operations as commands: which are sent, and what their answers say.

use std::sync::atomic::{AtomicBool, Ordering};

use redis::{Cmd, RedisResult, Value};

use super::failure::{at, unexpected};
use super::link::Link;
use super::wire::{self, Answer, Script};
use crate::Error;
use crate::store::{Delete, DeleteIf, Expiry, Put, Record, Touch};

const LOAD: &str = "load a session from Redis";
const PUT: &str = "put a session into Redis";
const DELETE: &str = "delete a session from Redis";
const TOUCH: &str = "set the expiry of a session in Redis";

/// A link, and what is known of the server behind it.
pub(super) struct Commands {
    link: Link,
    /// Whether `SET … IFEQ` is worth a try.
    has_ifeq: AtomicBool,
    replace: redis::Script,
    delete: redis::Script,
}

impl Commands {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            has_ifeq: AtomicBool::new(true),
            replace: redis::Script::new(wire::REPLACE),
            delete: redis::Script::new(wire::DELETE),
        }
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }

    pub(super) async fn load(&self, name: &str) -> Result<Option<Record>, Error> {
        let value = self.link.ask(|| wire::get(name)).await.map_err(at(LOAD))?;
        match Answer::read(value, LOAD)? {
            Answer::Text(record) => Ok(Some(record)),
            Answer::Nothing => Ok(None),
            Answer::Done => Err(unexpected(LOAD)),
        }
    }

    pub(super) async fn create(&self, name: &str, record: &Record, expiry: Expiry) -> Result<Put, Error> {
        let command = wire::create(name, record.text(), expiry);
        let value = self.link.send(command).await.map_err(at(PUT))?;
        match Answer::read(value, PUT)? {
            Answer::Nothing => Ok(Put::Stored),
            Answer::Text(current) => Ok(Put::Conflict(Some(current))),
            Answer::Done => Err(unexpected(PUT)),
        }
    }

    pub(super) async fn replace(
        &self,
        name: &str,
        old: &Record,
        new: &Record,
        expiry: Expiry,
    ) -> Result<Put, Error> {
        while self.has_ifeq.load(Ordering::Relaxed) {
            let command = wire::replace_if_equal(name, old.text(), new.text(), expiry);
            let answer = match self.link.send(command).await {
                Err(error) if wire::is_unknown_option(&error) => {
                    self.has_ifeq.store(false, Ordering::Relaxed);
                    break;
                }
                answer => Answer::read(answer.map_err(at(PUT))?, PUT)?,
            };
            match answer {
                Answer::Done => return Ok(Put::Stored),
                Answer::Nothing => match self.load(name).await? {
                    // It was something else a moment ago, and is what was expected now.
                    Some(current) if current.same_content(old) => {}
                    current => return Ok(Put::Conflict(current)),
                },
                Answer::Text(_) => return Err(unexpected(PUT)),
            }
        }
        let replace = |script: Script<'_>| wire::replace(script, name, old.text(), new.text(), expiry);
        let value = self.call(&self.replace, wire::REPLACE, replace).await.map_err(at(PUT))?;
        Ok(match Answer::read(value, PUT)? {
            Answer::Done => Put::Stored,
            Answer::Nothing => Put::Conflict(None),
            Answer::Text(current) => Put::Conflict(Some(current)),
        })
    }

    pub(super) async fn remove(&self, name: &str, condition: DeleteIf<'_>) -> Result<Delete, Error> {
        let value = match condition {
            DeleteIf::Any => self.link.send(wire::delete(name)).await,
            DeleteIf::Unchanged(old) => {
                let delete = |script: Script<'_>| wire::delete_if_equal(script, name, old.text());
                self.call(&self.delete, wire::DELETE, delete).await
            }
        };
        Ok(match Answer::read(value.map_err(at(DELETE))?, DELETE)? {
            Answer::Done => Delete::Deleted,
            Answer::Nothing => Delete::Missing,
            Answer::Text(current) => Delete::Conflict(current),
        })
    }

    pub(super) async fn extend(&self, name: &str, expiry: Expiry) -> Result<Touch, Error> {
        // To extend twice is to extend once: this may be sent again.
        let mut value = self.link.ask(|| wire::extend(name, expiry)).await.map_err(at(TOUCH))?;
        if matches!(Answer::read(value, TOUCH)?, Answer::Done) {
            return Ok(Touch::Touched);
        }
        // There is none, or it is kept for longer already.
        value = self.link.ask(|| wire::exists(name)).await.map_err(at(TOUCH))?;
        match Answer::read(value, TOUCH)? {
            Answer::Done => Ok(Touch::Touched),
            _ => Ok(Touch::Missing),
        }
    }

    /// Calls a script by its hash; in full where the server does not hold it, which makes it hold it.
    async fn call(
        &self,
        script: &redis::Script,
        code: &str,
        command: impl Fn(Script<'_>) -> Cmd,
    ) -> RedisResult<Value> {
        match self.link.send(command(Script::ByHash(script.get_hash()))).await {
            Err(error) if wire::is_unknown_script(&error) => {
                self.link.send(command(Script::InFull(code))).await
            }
            answer => answer,
        }
    }
}
