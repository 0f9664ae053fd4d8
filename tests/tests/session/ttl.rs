//! How long values live: the key's ttl, the configuration's, the call's.

use std::time::{Duration, SystemTime};

use session_runtime::testing::ManualClock;
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionData, Sessions, testing};

const START: u64 = 1_795_416_736_073;
const MINUTE: Duration = Duration::from_secs(60);

#[derive(SessionData)]
struct Values {
    #[session(default)]
    plain: u32,
    #[session(default, ttl = "10m")]
    timed: u32,
}

type Act = fn(&Session<Values>) -> Result<(), Error>;

/// What is done to `plain` or `timed`, and how many minutes the value lives then; zero is for ever.
struct Row {
    name: &'static str,
    /// The configuration's ttl in minutes, zero is none.
    ttl: u32,
    acts: &'static [(u32, Act)],
    plain: u32,
    timed: u32,
}

const SET: Act = |session| session.plain().set(1).and_then(|()| session.timed().set(1));
const UPDATE: Act =
    |session| session.plain().update(|n| *n += 1).and_then(|()| session.timed().update(|n| *n += 1));
const SET_FOR: Act =
    |session| session.plain().set_for(1, MINUTE * 3).and_then(|()| session.timed().set_for(1, MINUTE * 3));

/// The minutes before each act are counted from the one before, those in which the value lives from the first.
const ROWS: &[Row] = &[
    Row { name: "set", ttl: 0, acts: &[(0, SET)], plain: 0, timed: 10 },
    Row { name: "set, with a configured ttl", ttl: 5, acts: &[(0, SET)], plain: 5, timed: 10 },
    Row { name: "set for a time", ttl: 0, acts: &[(0, SET_FOR)], plain: 3, timed: 3 },
    Row { name: "set for a time, with a configured ttl", ttl: 5, acts: &[(0, SET_FOR)], plain: 3, timed: 3 },
    Row { name: "update makes a value", ttl: 5, acts: &[(0, UPDATE)], plain: 5, timed: 10 },
    Row { name: "update keeps the time", ttl: 5, acts: &[(0, SET), (4, UPDATE)], plain: 5, timed: 10 },
    Row { name: "set starts anew", ttl: 5, acts: &[(0, SET), (4, SET)], plain: 9, timed: 14 },
    Row { name: "set for a time shortens", ttl: 5, acts: &[(0, SET), (1, SET_FOR)], plain: 4, timed: 4 },
    Row { name: "set after set for a time", ttl: 0, acts: &[(0, SET_FOR), (1, SET)], plain: 0, timed: 11 },
    Row { name: "update after its end", ttl: 5, acts: &[(0, SET), (6, UPDATE)], plain: 11, timed: 10 },
];

fn at(ms: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

/// Each act in a request of its own, and then a look at each moment that counts: the last at which a value is there,
/// and the first at which it is gone.
async fn check(row: &Row, config: SessionConfig) -> Result<(), Error> {
    let clock = ManualClock::at(START);
    let ttl = (row.ttl > 0).then(|| MINUTE * row.ttl);
    let config = config.idle(None).absolute(None).ttl(ttl).clock(clock.clock());
    let sessions = Sessions::new(MemoryStore::new().clock(clock.clock()), config);
    let mut cookie =
        testing::cookie(&sessions, |session: &Session| session.set_for("kept", 1, MINUTE * 1_000_000))
            .await?;
    for (minutes, act) in row.acts {
        clock.advance(MINUTE * *minutes);
        let exchange = sessions.begin([cookie.as_bytes()]);
        act(&exchange.load().await?.view())?;
        let finish = exchange.finish(200).await;
        finish.error.map_or(Ok(()), Err)?;
        let given = finish.set_cookie.as_deref().and_then(|set| set.split(';').next()).map(str::to_owned);
        cookie = given.unwrap_or(cookie);
    }
    let mut moments: Vec<u64> = [row.plain, row.timed]
        .iter()
        .map(|minutes| START + u64::from(*minutes) * 60_000)
        .flat_map(|end| [end, end + 1])
        .filter(|moment| *moment >= clock.clock().now_ms())
        .collect();
    moments.push(START + 1000 * 60_000);
    moments.sort_unstable();
    for moment in moments {
        clock.advance(Duration::from_millis(moment - clock.clock().now_ms()));
        let session: Session<Values> = sessions.begin([cookie.as_bytes()]).load().await?.view();
        for (name, entry, minutes) in
            [("plain", session.plain(), row.plain), ("timed", session.timed(), row.timed)]
        {
            let end = (minutes > 0).then(|| START + u64::from(minutes) * 60_000);
            let there = end.is_none_or(|end| moment <= end);
            assert_eq!(entry.exists(), there, "{}: {name} at {} ms", row.name, moment - START);
            assert_eq!(entry.get()? != 0, there, "{}: {name}", row.name);
            assert_eq!(entry.expires_at(), end.filter(|_| there).map(at), "{}: {name}", row.name);
            assert_eq!(session.untyped().keys().iter().any(|key| key == name), there, "{}", row.name);
        }
        assert!(session.untyped().exists("kept"));
    }
    Ok(())
}

#[tokio::test]
async fn every_row_in_both_layouts() -> Result<(), Error> {
    for row in ROWS {
        check(row, SessionConfig::default()).await?;
        check(row, SessionConfig::astro()).await?;
    }
    Ok(())
}
