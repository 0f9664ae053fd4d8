//! The forms that marker types ask for.

use crate::devalue::SIGNAL;

/// What a marker type asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Map,
    /// One pair of a Map that is written as a sequence of pairs.
    Pair,
    Set,
    Undefined,
    Date,
    Url,
    BigInt,
    RegExp,
    Bytes,
    /// A whole [`Value`](crate::devalue::Value), as its text.
    Value,
}

impl Form {
    /// In the order of their numbers.
    pub(crate) const ALL: [Self; 11] = [
        Self::Plain,
        Self::Map,
        Self::Pair,
        Self::Set,
        Self::Undefined,
        Self::Date,
        Self::Url,
        Self::BigInt,
        Self::RegExp,
        Self::Bytes,
        Self::Value,
    ];

    pub(crate) fn of_signal(name: &str) -> Option<Self> {
        Some(match name.strip_prefix(SIGNAL)? {
            "Map" => Self::Map,
            "Set" => Self::Set,
            "Undefined" => Self::Undefined,
            "Date" => Self::Date,
            "Url" => Self::Url,
            "BigInt" => Self::BigInt,
            "RegExp" => Self::RegExp,
            "Bytes" => Self::Bytes,
            "Value" => Self::Value,
            _ => return None,
        })
    }
}

const _: () = {
    let mut number = 0;
    while number < Form::ALL.len() {
        assert!(Form::ALL[number] as usize == number);
        number += 1;
    }
};
