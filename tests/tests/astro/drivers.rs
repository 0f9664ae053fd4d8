//! The stores that both sides can share, each with an Astro app that uses it.

use std::path::PathBuf;
use std::sync::LazyLock;

use session_tests::astro::Driver;

pub(crate) static FILES: LazyLock<Driver> = LazyLock::new(|| Driver::files(&folder("files")));

/// A folder below cargo's own for tests' files; `cargo clean` takes it away.
pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("astro").join(name)
}

/// Makes each contract, an asynchronous function of a driver, a test on every driver.
macro_rules! on_every_driver {
    ($($contract:ident)*) => {
        mod files {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $contract() {
                    super::$contract(&crate::drivers::FILES).await;
                }
            )*
        }
    };
}
pub(crate) use on_every_driver;
