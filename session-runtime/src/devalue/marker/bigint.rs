use std::borrow::Cow;

use super::text::{absent_methods, text_marker};

text_marker! {
    /// An integer that is stored as a JavaScript `BigInt`, however small it is.
    ///
    /// For `i32`, `u32`, `i64`, `u64`, `i128` and `u128`; also for an `Option` of these. (Without the marker an integer
    /// is a number as long as JavaScript holds it exactly.) Numbers are read as well. Other formats get a decimal string.
    ///
    /// ```
    /// use session_runtime::devalue::{self, BigInt};
    ///
    /// let text = devalue::to_string(&BigInt(5_u64))?;
    /// assert_eq!(text, r#"[["BigInt","5"]]"#);
    /// assert_eq!(devalue::from_str::<BigInt<u64>>(&text)?.0, 5);
    /// # Ok::<(), devalue::Error>(())
    /// ```
    BigInt, Integer, "$devalue::BigInt", "bigint", true
}

/// A type that can be stored as a [`BigInt`].
///
/// ```
/// use session_runtime::devalue::Integer;
///
/// assert_eq!(u64::from_decimal("12"), Some(12));
/// ```
pub trait Integer: Sized {
    /// The number in decimal digits.
    fn to_decimal(&self) -> Option<String>;

    /// The number from decimal digits; `None` if the type cannot hold it.
    fn from_decimal(digits: &str) -> Option<Self>;

    #[doc(hidden)]
    fn to_text(&self) -> Option<Cow<'_, str>> {
        self.to_decimal().map(Cow::Owned)
    }

    #[doc(hidden)]
    fn from_text(text: &str) -> Option<Self> {
        Self::from_decimal(text)
    }

    absent_methods!();
}

impl<T: Integer> Integer for Option<T> {
    fn to_decimal(&self) -> Option<String> {
        self.as_ref()?.to_decimal()
    }

    fn from_decimal(digits: &str) -> Option<Self> {
        T::from_decimal(digits).map(Some)
    }

    absent_methods!(option);
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Integer for $type {
            fn to_decimal(&self) -> Option<String> {
                Some(self.to_string())
            }

            fn from_decimal(digits: &str) -> Option<Self> {
                digits.parse().ok()
            }
        }
    )*};
}

integers!(i32 u32 i64 u64 i128 u128);
