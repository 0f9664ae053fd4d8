//! Expiry as the modification time of a file.

use std::fs::Metadata;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store::Expiry;

/// 2000-01-01T00:00:00Z: in the past, so that every filesystem can hold it, and no time that tools set by accident.
const NEVER_MS: u64 = 946_684_800_000;

/// 2106-02-07: what comes later is as good as never, and not every filesystem can hold it.
const LAST_MS: u64 = u32::MAX as u64 * 1000;

/// When a record expires, in milliseconds since the epoch, or never. The order is that of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Until {
    Time(u64),
    Never,
}

impl Until {
    /// The end of `expiry`, counted from `now_ms`.
    pub(super) fn after(now_ms: u64, expiry: Expiry) -> Self {
        let Expiry::After(time) = expiry else { return Self::Never };
        match u64::try_from(time.as_millis()).map(|time| now_ms.saturating_add(time)) {
            Ok(NEVER_MS) => Self::Time(NEVER_MS + 1),
            Ok(end) if end <= LAST_MS => Self::Time(end),
            _ => Self::Never,
        }
    }

    /// What a file says.
    pub(super) fn of(file: &Metadata) -> io::Result<Self> {
        let passed = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(match u64::try_from(passed.as_millis()).unwrap_or(u64::MAX) {
            NEVER_MS => Self::Never,
            end => Self::Time(end),
        })
    }

    /// What is written to a file.
    pub(super) fn as_modified(self) -> SystemTime {
        let ms = match self {
            Self::Never => NEVER_MS,
            Self::Time(end) => end,
        };
        UNIX_EPOCH + Duration::from_millis(ms)
    }

    pub(super) fn is_over(self, now_ms: u64) -> bool {
        self <= Self::Time(now_ms)
    }

    /// How long it still is, unless it is for ever.
    pub(super) fn remaining(self, now_ms: u64) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::Time(end) => Some(Duration::from_millis(end.saturating_sub(now_ms))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LAST_MS, NEVER_MS, Until};
    use crate::store::Expiry;

    #[test]
    fn never_is_after_every_time_and_no_time_is_taken_for_it() {
        let after = |now, ms| Until::after(now, Expiry::After(Duration::from_millis(ms)));
        assert!(Until::after(0, Expiry::Never) > after(0, LAST_MS));
        assert_eq!(after(0, NEVER_MS), Until::Time(NEVER_MS + 1));
        assert_eq!(after(1, LAST_MS), Until::Never);
        assert_eq!(Until::after(0, Expiry::After(Duration::MAX)), Until::Never);
        assert_eq!(after(u64::MAX, 1), Until::Never);
        assert!(after(5, 5).is_over(10) && !after(5, 5).is_over(9) && !Until::Never.is_over(u64::MAX));
    }
}
