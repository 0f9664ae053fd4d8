//! The checks, a file for each part of the contract.

mod atomic;
mod delete;
mod every;
mod load;
mod put;
mod touch;

use super::Check;

macro_rules! table {
    ($($operation:ident { $($check:ident)* })*) => {
        /// All checks.
        pub const CHECKS: &[Check] = &[
            $($(Check { name: stringify!($check), run: |on| Box::pin($operation::$check(on)) },)*)*
        ];
    };
}

crate::__conformance_checks! { table! }
