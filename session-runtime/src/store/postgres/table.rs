//! The table that holds the sessions, and the statements on it.

use crate::store::Expiry;

/// A thousand years fit into the server's time; whatever is longer is as good as for ever.
const LONGEST_US: i64 = 1_000 * 365 * 86_400 * 1_000_000;

/// A session that has not expired. The time is read anew when the server looks again at a row that it had to wait for.
const LIVE: &str = "(expires_at IS NULL OR expires_at > clock_timestamp())";

/// Each is one statement, and so one transaction: it looks and writes in one step, and one that changes a session gives a row
/// if it did. Where another one is at work on the row, the
/// server waits for it, and then looks at what it left.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) schema: String,
    pub(super) load: String,
    /// Nothing is changed where a session is that has not expired.
    pub(super) create: String,
    pub(super) replace: String,
    pub(super) delete: String,
    pub(super) delete_unchanged: String,
    pub(super) touch: String,
    /// Gives how many rows it deleted. Those that somebody is at work on are left to the next sweep.
    pub(super) sweep: String,
}

impl Statements {
    /// `table` is a name, or a schema's and one in it with a dot between them.
    pub(super) fn on(table: &str) -> Self {
        let table = quoted(table);
        let from_now =
            |parameter| format!("clock_timestamp() + {parameter}::int8 * interval '1 microsecond'");
        let (third, second) = (from_now("$3"), from_now("$2"));
        Self {
            // Half of each page is left free, so that a changed row stays on its page and touches no index.
            schema: format!(
                "CREATE TABLE IF NOT EXISTS {table} (\n    key text COLLATE \"C\" PRIMARY KEY,\n    content bytea NOT NULL,\n    \
                 expires_at timestamptz\n) WITH (fillfactor = 50);\n"
            ),
            load: format!(
                "SELECT content, floor(extract(epoch FROM expires_at - clock_timestamp()) * 1000)::int8 \
                 FROM {table} WHERE key = $1 AND {LIVE}"
            ),
            create: format!(
                "INSERT INTO {table} AS stored (key, content, expires_at) VALUES ($1, $2, {third}) \
                 ON CONFLICT (key) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at \
                 WHERE stored.expires_at <= clock_timestamp() RETURNING true"
            ),
            replace: format!(
                "UPDATE {table} SET content = $2, expires_at = {third} \
                 WHERE key = $1 AND content = $4 AND {LIVE} RETURNING true"
            ),
            delete: format!("DELETE FROM {table} WHERE key = $1 AND {LIVE} RETURNING true"),
            delete_unchanged: format!(
                "DELETE FROM {table} WHERE key = $1 AND content = $2 AND {LIVE} RETURNING true"
            ),
            touch: format!(
                "UPDATE {table} SET expires_at = CASE WHEN expires_at IS NULL OR $2::int8 IS NULL THEN NULL \
                 ELSE greatest(expires_at, {second}) END WHERE key = $1 AND {LIVE} RETURNING true"
            ),
            sweep: format!(
                "WITH expired AS (DELETE FROM {table} WHERE key IN (SELECT key FROM {table} \
                 WHERE expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED) RETURNING true) \
                 SELECT count(*) FROM expired"
            ),
        }
    }
}

/// The parameter that says how long a record is kept; none for ever.
pub(super) fn microseconds(expiry: Expiry) -> Option<i64> {
    match expiry {
        Expiry::Never => None,
        Expiry::After(time) => Some(i64::try_from(time.as_micros()).unwrap_or(LONGEST_US).min(LONGEST_US)),
    }
}

fn quoted(table: &str) -> String {
    let quoted = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
    match table.split_once('.') {
        Some((schema, name)) => [quoted(schema), quoted(name)].join("."),
        None => quoted(table),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_US, microseconds, quoted};
    use crate::store::Expiry;

    #[test]
    fn a_name_cannot_end_its_quotes() {
        for (name, is) in [
            ("sessions", r#""sessions""#),
            ("shop.Sessions", r#""shop"."Sessions""#),
            (r#"a" (x int); DROP TABLE b --"#, r#""a"" (x int); DROP TABLE b --""#),
            (r#"a"."b"#, r#""a"""."""b""#),
        ] {
            assert_eq!(quoted(name), is);
        }
    }

    #[test]
    fn the_longest_time_is_one_that_the_server_knows() {
        assert_eq!(microseconds(Expiry::After(Duration::MAX)), Some(LONGEST_US));
        assert_eq!(microseconds(Expiry::After(Duration::from_millis(5))), Some(5_000));
        assert_eq!(microseconds(Expiry::Never), None);
    }
}
