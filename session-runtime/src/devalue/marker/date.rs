use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::text::{absent_methods, text_marker};
use crate::devalue::date;

text_marker! {
    /// A point in time that is stored as a JavaScript `Date`.
    ///
    /// For `SystemTime`, and with the features of those names `jiff::Timestamp`, `time::OffsetDateTime` and
    /// `chrono::DateTime<Utc>`; also for an `Option` of these (`null`). A `Date` counts milliseconds: what is finer is
    /// dropped on writing. Other formats than ours get the text `2026-01-02T03:04:05.006Z`.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use session_runtime::devalue::{self, Date};
    ///
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1500);
    /// let text = devalue::to_string(&Date(time))?;
    /// assert_eq!(text, r#"[["Date","1970-01-01T00:00:01.500Z"]]"#);
    /// assert_eq!(devalue::from_str::<Date<SystemTime>>(&text)?.0, time);
    /// # Ok::<(), devalue::Error>(())
    /// ```
    Date, DateValue, "$devalue::Date", "date", false
}

/// A type that can be stored as a [`Date`].
///
/// ```
/// use session_runtime::devalue::{self, Date, DateValue};
///
/// #[derive(Debug, PartialEq)]
/// struct Seconds(i64);
///
/// impl DateValue for Seconds {
///     fn to_millis(&self) -> Option<i64> {
///         self.0.checked_mul(1000)
///     }
///     fn from_millis(millis: i64) -> Option<Self> {
///         Some(Self(millis.div_euclid(1000)))
///     }
/// }
/// assert_eq!(devalue::to_string(&Date(Seconds(1)))?, r#"[["Date","1970-01-01T00:00:01.000Z"]]"#);
/// # Ok::<(), devalue::Error>(())
/// ```
pub trait DateValue: Sized {
    /// Milliseconds since 1970, rounded down; `None` if the time lies outside what an `i64` holds.
    fn to_millis(&self) -> Option<i64>;

    /// The time so many milliseconds after 1970; `None` if the type cannot hold it.
    fn from_millis(millis: i64) -> Option<Self>;

    #[doc(hidden)]
    fn to_text(&self) -> Option<Cow<'_, str>> {
        self.to_millis().and_then(date::format).map(Cow::Owned)
    }

    #[doc(hidden)]
    fn from_text(text: &str) -> Option<Self> {
        date::parse(text).and_then(Self::from_millis)
    }

    absent_methods!();
}

impl<T: DateValue> DateValue for Option<T> {
    fn to_millis(&self) -> Option<i64> {
        self.as_ref()?.to_millis()
    }

    fn from_millis(millis: i64) -> Option<Self> {
        T::from_millis(millis).map(Some)
    }

    absent_methods!(option);
}

impl DateValue for SystemTime {
    fn to_millis(&self) -> Option<i64> {
        match self.duration_since(Self::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).ok(),
            Err(before) => {
                i64::try_from(before.duration().as_nanos().div_ceil(1_000_000)).ok().map(|millis| -millis)
            }
        }
    }

    fn from_millis(millis: i64) -> Option<Self> {
        let distance = Duration::from_millis(millis.unsigned_abs());
        if millis < 0 {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        }
    }
}

#[cfg(feature = "jiff")]
impl DateValue for jiff::Timestamp {
    fn to_millis(&self) -> Option<i64> {
        i64::try_from(self.as_nanosecond().div_euclid(1_000_000)).ok()
    }

    fn from_millis(millis: i64) -> Option<Self> {
        Self::from_millisecond(millis).ok()
    }
}

#[cfg(feature = "time")]
impl DateValue for time::OffsetDateTime {
    fn to_millis(&self) -> Option<i64> {
        i64::try_from(self.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
    }

    fn from_millis(millis: i64) -> Option<Self> {
        Self::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()
    }
}

#[cfg(feature = "chrono")]
impl DateValue for chrono::DateTime<chrono::Utc> {
    fn to_millis(&self) -> Option<i64> {
        Some(self.timestamp_millis())
    }

    fn from_millis(millis: i64) -> Option<Self> {
        Self::from_timestamp_millis(millis)
    }
}
