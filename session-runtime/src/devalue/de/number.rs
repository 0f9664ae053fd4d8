//! Numbers, and bigints where an integer is asked for.

use serde::de::{Expected, Visitor};

use super::value::De;
use crate::devalue::error::Error;
use crate::devalue::number;
use crate::devalue::source::Head;

impl<'de> De<'_, 'de> {
    pub(super) fn number<V: Visitor<'de>>(token: &str, visitor: V) -> Result<V::Value, Error> {
        let value = number::parse(token);
        match number::small_integer(value) {
            Some(integer) if integer != 0 || !value.is_sign_negative() => match u64::try_from(integer) {
                Ok(integer) => visitor.visit_u64(integer),
                Err(_) => visitor.visit_i64(integer),
            },
            _ => visitor.visit_f64(value),
        }
    }

    /// A number without a fraction or a bigint, for a type of at most 64 bits or of more.
    #[inline]
    pub(super) fn integer<V: Visitor<'de>>(self, wide: bool, visitor: V) -> Result<V::Value, Error> {
        match self.input.source.plain_integer(self.slot()) {
            Some(value) if self.input.budget.take(1).is_ok() => {
                visitor.visit_u64(value).map_err(|error| self.locate(error))
            }
            _ => self.odd_integer(wide, visitor),
        }
    }

    /// What is no type's integer: a number from 1e21 on, and the ones that are not finite.
    fn too_large(&self, visitor: &dyn Expected) -> Error {
        self.locate(Error::range(visitor.to_string(), "number out of range"))
    }

    #[cold]
    fn odd_integer<V: Visitor<'de>>(self, wide: bool, visitor: V) -> Result<V::Value, Error> {
        let value = match self.head()? {
            Head::Number(token) => match number::parse_integer(token) {
                Some(value) => Ok(value),
                None => match number::parse(token) {
                    value if value.is_infinite() || value.fract() == 0.0 => {
                        return Err(self.too_large(&visitor));
                    }
                    value => return visitor.visit_f64(value).map_err(|error| self.locate(error)),
                },
            },
            Head::Float(0.0) => Ok(0),
            Head::Float(_) => return Err(self.too_large(&visitor)),
            Head::Tagged(tag, cursor) if tag.is("BigInt") => {
                let digits = self.bigint(cursor)?;
                digits.parse().map_err(|_| digits)
            }
            _ => return Err(self.mismatch(&visitor)),
        };
        match value {
            Ok(value) => match (u64::try_from(value), i64::try_from(value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ if wide => visitor.visit_i128(value),
                _ => Err(self.too_large(&visitor)),
            },
            Err(digits) => match digits.parse() {
                Ok(value) if wide => visitor.visit_u128(value),
                _ => Err(self.too_large(&visitor)),
            },
        }
        .map_err(|error| self.locate(error))
    }

    pub(super) fn float<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.head()? {
            Head::Float(value) => visitor.visit_f64(value),
            Head::Number(token) => visitor.visit_f64(number::parse(token)),
            _ => Err(self.mismatch(&visitor)),
        }
        .map_err(|error| self.locate(error))
    }
}
