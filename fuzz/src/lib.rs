//! What must hold for every text and every value of the devalue codec.
//!
//! Each function takes any bytes and panics if something does not hold. The fuzz targets call them, and so does the
//! test suite, with a few thousand inputs of its own, so that they cannot rot.
//!
//! ```text
//! cargo +nightly fuzz run decode -- -max_total_time=60
//! ```

#![forbid(unsafe_code)]

mod decode;
pub mod entropy;
pub mod graft;
pub mod mutate;
mod rewrite;
mod roundtrip;
pub mod value;

pub use decode::decode;
pub use rewrite::document_rewrite;
pub use roundtrip::roundtrip;
