//! How long a session lives, as far as its record says so itself.

use std::num::NonZeroU64;
use std::ops::Deref;
use std::time::Duration;

use super::record::to_number;
use crate::devalue::Field;

/// Kept in the record, where every process that serves the session finds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lifetime {
    /// When the session was created, in milliseconds since the epoch: only where it has an absolute expiry.
    pub(crate) created: Option<u64>,
    /// How long it lives without being used, in milliseconds, where it is remembered for another time than the
    /// configured one.
    pub(crate) remembered: Option<NonZeroU64>,
}

impl Lifetime {
    pub(super) const CREATED: &str = "created";
    pub(super) const REMEMBERED: &str = "remembered";

    /// What a change makes of it.
    pub(super) fn changed(self, remember: Remember) -> Self {
        match remember {
            Remember::AsBefore => self,
            Remember::AsConfigured => Self { remembered: None, ..self },
            Remember::For(ms) => Self { remembered: Some(ms), ..self },
        }
    }

    /// How long the session lives without being used, where it says so.
    pub(crate) fn idle(self) -> Option<Duration> {
        self.remembered.map(|ms| Duration::from_millis(ms.get()))
    }

    /// The fields of a note that says this; none where there is nothing to say.
    pub(super) fn fields(self) -> Fields {
        let said = [(Self::CREATED, self.created), (Self::REMEMBERED, self.remembered.map(NonZeroU64::get))];
        let mut fields = Fields { all: [("", Field::Undefined); 2], count: 0 };
        for (name, ms) in said.into_iter().filter_map(|(name, ms)| Some((name, ms?))) {
            fields.all[fields.count] = (name, Field::Number(to_number(ms)));
            fields.count += 1;
        }
        fields
    }
}

/// What a request does to how long its session lives without being used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Remember {
    #[default]
    AsBefore,
    AsConfigured,
    /// In milliseconds.
    For(NonZeroU64),
}

impl Remember {
    /// At least a second, since a cookie of less would be dropped at once, and no more than a JavaScript number holds
    /// exactly.
    pub(crate) fn time(time: Option<Duration>) -> Self {
        time.map_or(Self::AsConfigured, |time| {
            let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            Self::For(NonZeroU64::MIN.saturating_add(ms.clamp(1_000, 1 << 53) - 1))
        })
    }
}

/// The fields of a note.
pub(super) struct Fields {
    all: [(&'static str, Field<'static>); 2],
    count: usize,
}

impl Deref for Fields {
    type Target = [(&'static str, Field<'static>)];

    fn deref(&self) -> &Self::Target {
        &self.all[..self.count]
    }
}
